#include "result.hpp"

#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <stdexcept>

namespace streamtest {
namespace {

constexpr auto core_must = "ORD-1";
constexpr auto should = "BLK-5";
constexpr auto truncating = "TRN-1";

/// The whole of one rule's verdict beside a rule that passed.
Whole beside_a_pass(Profile profile, std::string_view id, Verdict verdict) {
  return judge(profile, {result("ORD-2", Verdict::pass), result(id, verdict)});
}

TEST(Judge, WhatEachVerdictOfACoreMustMakesOfTheWhole) {
  for (const Profile profile : {Profile::core, Profile::full, Profile::strict}) {
    const auto whole = [&](Verdict verdict) { return beside_a_pass(profile, core_must, verdict); };
    EXPECT_EQ(whole(Verdict::pass), Whole::conformant);
    EXPECT_EQ(whole(Verdict::not_selected), Whole::conformant);
    EXPECT_EQ(whole(Verdict::fail), Whole::not_conformant);
    EXPECT_EQ(whole(Verdict::flaky), Whole::not_conformant);
    EXPECT_EQ(whole(Verdict::inconclusive), Whole::inconclusive);
    EXPECT_EQ(whole(Verdict::could_not_run), Whole::inconclusive);
    EXPECT_EQ(whole(Verdict::excluded), Whole::partial);
    EXPECT_EQ(whole(Verdict::known_failure), Whole::partial);
    EXPECT_EQ(whole(Verdict::untested), Whole::partial);
    EXPECT_EQ(whole(Verdict::not_supported), Whole::partial);
  }
}

TEST(Judge, AShouldCountsInStrictOnly) {
  for (const Verdict verdict : {Verdict::fail, Verdict::flaky}) {
    EXPECT_EQ(beside_a_pass(Profile::core, should, verdict), Whole::conformant);
    EXPECT_EQ(beside_a_pass(Profile::full, should, verdict), Whole::conformant);
    EXPECT_EQ(beside_a_pass(Profile::strict, should, verdict), Whole::not_conformant);
  }
  EXPECT_EQ(beside_a_pass(Profile::full, should, Verdict::could_not_run), Whole::conformant);
  EXPECT_EQ(beside_a_pass(Profile::strict, should, Verdict::could_not_run), Whole::inconclusive);
  EXPECT_EQ(beside_a_pass(Profile::full, should, Verdict::excluded), Whole::conformant);
  EXPECT_EQ(beside_a_pass(Profile::strict, should, Verdict::excluded), Whole::partial);
  EXPECT_EQ(beside_a_pass(Profile::strict, should, Verdict::not_supported), Whole::conformant);
}

TEST(Judge, AHandlersCoreAreItsOwnRules) {
  const auto whole = [](Verdict verdict, Profile profile, Role role) {
    return judge(profile,
                 {result("HND-1", Verdict::pass), result("HND-2", verdict),
                  result(core_must, Verdict::not_selected)},
                 role);
  };
  for (const Profile profile : {Profile::core, Profile::full}) {
    EXPECT_EQ(whole(Verdict::pass, profile, Role::handler), Whole::conformant);
    EXPECT_EQ(whole(Verdict::fail, profile, Role::handler), Whole::not_conformant);
    EXPECT_EQ(whole(Verdict::not_supported, profile, Role::handler), Whole::partial);
  }
  // A stream need not bring a handler along.
  EXPECT_EQ(whole(Verdict::not_supported, Profile::full, Role::stream), Whole::conformant);
  EXPECT_EQ(whole(Verdict::fail, Profile::core, Role::stream), Whole::inconclusive);
}

TEST(Judge, CoreIgnoresRulesWithNeeds) {
  for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive, Verdict::excluded})
    EXPECT_EQ(beside_a_pass(Profile::core, truncating, verdict), Whole::conformant);
  EXPECT_EQ(beside_a_pass(Profile::full, truncating, Verdict::fail), Whole::not_conformant);
  EXPECT_EQ(beside_a_pass(Profile::full, truncating, Verdict::excluded), Whole::partial);
  EXPECT_EQ(judge(Profile::core, {result(truncating, Verdict::pass)}), Whole::inconclusive);
}

TEST(Judge, WhatIsNotDeclaredCostsNothing) {
  EXPECT_EQ(beside_a_pass(Profile::full, truncating, Verdict::not_supported), Whole::conformant);
  EXPECT_EQ(beside_a_pass(Profile::strict, truncating, Verdict::not_supported), Whole::conformant);
}

TEST(Judge, WithoutAPassItIsInconclusive) {
  EXPECT_EQ(judge(Profile::full, {}), Whole::inconclusive);
  for (const Verdict verdict : {Verdict::not_supported, Verdict::excluded, Verdict::not_selected,
                                Verdict::untested, Verdict::known_failure})
    EXPECT_EQ(judge(Profile::full, {result(core_must, verdict)}), Whole::inconclusive);
  EXPECT_EQ(judge(Profile::full, {result(should, Verdict::fail)}), Whole::inconclusive);
  EXPECT_EQ(judge(Profile::full, {result(core_must, Verdict::fail)}), Whole::not_conformant);
  EXPECT_EQ(judge(Profile::full, {result(should, Verdict::pass)}), Whole::conformant);
}

TEST(Judge, TheWorstCounts) {
  const auto whole = [](std::initializer_list<Verdict> verdicts) {
    std::vector<RuleResult> rules{result("ORD-2", Verdict::pass)};
    for (const Verdict verdict : verdicts) rules.push_back(result(core_must, verdict));
    return judge(Profile::full, rules);
  };
  EXPECT_EQ(whole({Verdict::fail, Verdict::could_not_run, Verdict::excluded}),
            Whole::not_conformant);
  EXPECT_EQ(whole({Verdict::excluded, Verdict::could_not_run, Verdict::flaky}),
            Whole::not_conformant);
  EXPECT_EQ(whole({Verdict::excluded, Verdict::inconclusive}), Whole::inconclusive);
  EXPECT_EQ(whole({Verdict::inconclusive, Verdict::excluded}), Whole::inconclusive);
}

TEST(ExitCode, FollowsFromTheWhole) {
  EXPECT_EQ(exit_code(Whole::conformant), 0);
  EXPECT_EQ(exit_code(Whole::not_conformant), 1);
  EXPECT_EQ(exit_code(Whole::inconclusive), 3);
  EXPECT_EQ(exit_code(Whole::partial), 4);
}

TEST(ExitCode, AcceptingPartialChangesNothingElse) {
  EXPECT_EQ(exit_code(Whole::partial, true), 0);
  EXPECT_EQ(exit_code(Whole::conformant, true), 0);
  EXPECT_EQ(exit_code(Whole::not_conformant, true), 1);
  EXPECT_EQ(exit_code(Whole::inconclusive, true), 3);
}

Report sample() {
  Report report;
  report.kit_version = "0.1.0";
  report.kit_commit = "abc";
  report.contract = "1.0";
  report.subject = "mystream";
  report.target = "plugin:mystream.so";
  report.variant = "small pages";
  report.capabilities = {{"truncation", "strict"}, {"durability", "process"}};
  report.lacks = {"cancelling"};
  report.may_claim = {"twin"};
  report.seed = 18446744073709551615U;
  report.budget = "quick";
  report.time_scale = 0.1;
  report.cores = 2;
  report.seconds = 1.25;
  report.programs = 3;
  report.schedules = 4;
  report.explored.ways = {{"controlled threads", 2}, {"free threads", 1}};
  report.explored.weaker_because = {"the stream has connections"};
  report.explored.strategies = {{"FIFO", 1}, {"PCT 2", 3}};
  report.explored.situations["a read that waited"] = {
      .programs = 2, .met = {"BLK-3"}, .missed = {"BLK-4"}, .bounds = {{2, 0.25}}};
  report.explored.bounds = {{2, 0.5}, {3, 0.125}};
  report.profile = Profile::strict;
  report.catalogue_hash = "0123456789abcdef";
  report.verdict = Whole::not_conformant;
  report.exit_code = 1;
  KnownLine known;
  known.rule = "BLK-*";
  known.phrase = "is stuck";
  known.issue = "https://example.org/3";
  known.until = "2030-01-01";
  known.flaky = true;
  report.known = {known};
  report.rules = {result(core_must, Verdict::fail), result(should, Verdict::pass)};
  report.rules[0].message = "two lines\n\"quoted\"";
  report.rules[0].reproduce = "streamtest certify memory:";
  report.rules[0].seconds = 0.5;
  return report;
}

constexpr std::string_view sample_json = R"({
  "schema": "streamtest-report/1",
  "kit": {
    "version": "0.1.0",
    "commit": "abc"
  },
  "contract": {
    "version": "1.0"
  },
  "subject": {
    "name": "mystream",
    "role": "stream",
    "target": "plugin:mystream.so",
    "variant": "small pages",
    "capabilities": {
      "truncation": "strict",
      "durability": "process"
    },
    "lacks": [
      "cancelling"
    ],
    "may_claim": [
      "twin"
    ]
  },
  "run": {
    "seed": 18446744073709551615,
    "budget": "quick",
    "time_scale": 0.1,
    "cores": 2,
    "seconds": 1.25,
    "programs": 3,
    "schedules": 4,
    "exploration": {
      "ways": [
        {
          "way": "controlled threads",
          "programs": 2
        },
        {
          "way": "free threads",
          "programs": 1
        }
      ],
      "weaker_because": [
        "the stream has connections"
      ],
      "strategies": [
        {
          "strategy": "FIFO",
          "schedules": 1
        },
        {
          "strategy": "PCT 2",
          "schedules": 3
        }
      ],
      "labels": [
        {
          "label": "a read that waited",
          "programs": 2,
          "met": [
            "BLK-3"
          ],
          "missed": [
            "BLK-4"
          ],
          "bounds": [
            {
              "depth": 2,
              "p": 0.25
            }
          ]
        }
      ],
      "bounds": [
        {
          "depth": 2,
          "p": 0.5
        },
        {
          "depth": 3,
          "p": 0.125
        }
      ]
    }
  },
  "profile": "strict",
  "catalogue_hash": "0123456789abcdef",
  "verdict": "not_conformant",
  "exit_code": 1,
  "known": [
    {
      "list": "flaky",
      "rule": "BLK-*",
      "variant": "",
      "phrase": "is stuck",
      "issue": "https://example.org/3",
      "until": "2030-01-01",
      "fault": ""
    }
  ],
  "rules": [
    {
      "id": "ORD-1",
      "level": "must",
      "verdict": "fail",
      "cases": 1,
      "seconds": 0.5,
      "message": "two lines\n\"quoted\"",
      "reproduce": "streamtest certify memory:"
    },
    {
      "id": "BLK-5",
      "level": "should",
      "verdict": "pass",
      "cases": 1,
      "seconds": 0.25,
      "message": "",
      "reproduce": ""
    }
  ]
}
)";

TEST(ReportJson, HasTheLayoutThatScriptsRelyOn) {
  EXPECT_EQ(to_json(sample()), sample_json);
}

TEST(ReportJson, ComesBackAsItWas) {
  const Report report = report_from_json(sample_json);
  EXPECT_EQ(report.seed, 18446744073709551615U);
  EXPECT_EQ(report.capabilities, sample().capabilities);
  EXPECT_EQ(report.time_scale, 0.1);
  EXPECT_EQ(report.rules.at(0).message, "two lines\n\"quoted\"");
  EXPECT_EQ(to_json(report), sample_json);
}

TEST(ReportJson, EveryNameComesBack) {
  Report report = sample();
  report.rules.clear();
  for (const Verdict verdict :
       {Verdict::pass, Verdict::fail, Verdict::known_failure, Verdict::not_supported,
        Verdict::excluded, Verdict::not_selected, Verdict::untested, Verdict::inconclusive,
        Verdict::could_not_run, Verdict::flaky})
    report.rules.push_back(result(core_must, verdict));
  for (const Whole whole :
       {Whole::conformant, Whole::partial, Whole::not_conformant, Whole::inconclusive}) {
    for (const Profile profile : {Profile::core, Profile::full, Profile::strict}) {
      report.verdict = whole;
      report.profile = profile;
      EXPECT_EQ(to_json(report_from_json(to_json(report))), to_json(report));
    }
  }
}

TEST(ReportJson, InvalidBytesAreReplaced) {
  Report report = sample();
  report.rules[0].message = std::string("a\xFF\0b\x1B", 5);
  const std::string message = report_from_json(to_json(report)).rules[0].message;
  EXPECT_EQ(message, std::string("a\xEF\xBF\xBD\0b\x1B", 7));
}

/// The complaint about the sample with `from` replaced by `to`.
std::string complaint(std::string_view from, std::string_view to) {
  std::string text(sample_json);
  text.replace(text.find(from), from.size(), to);
  try {
    report_from_json(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(ReportJson, WhatIsWrongIsNamed) {
  EXPECT_EQ(complaint(R"("cases": 1,)", R"("cases": -1,)"), "rules[0].cases is not a count");
  EXPECT_EQ(complaint(R"("cases": 1,)", R"("cases": true,)"), "rules[0].cases is not a count");
  EXPECT_EQ(complaint(R"("cases": 1,)", ""), "rules[0].cases is missing");
  EXPECT_EQ(complaint(R"("seconds": 0.5,)", R"("seconds": null,)"),
            "rules[0].seconds is not a number");
  EXPECT_EQ(complaint(R"("cores": 2,)", R"("cores": 4294967296,)"), "run.cores is too large");
  EXPECT_EQ(complaint(R"("exit_code": 1)", R"("exit_code": 256)"), "exit_code is too large");
  EXPECT_EQ(complaint(R"("fail")", R"("failed")"),
            "rules[0].verdict is 'failed', which nothing is called");
  EXPECT_EQ(complaint(R"("truncation": "strict")", R"("truncation": 1)"),
            "subject.capabilities.truncation is not a text");
  EXPECT_EQ(complaint(R"("commit": "abc")", R"("commit": "abc", "by": "me")"),
            "kit has an unknown field 'by'");
  EXPECT_EQ(complaint(R"("exit_code": 1)", R"("exit_code": 1, "exit_code": 0)"),
            "the field 'exit_code' is there twice");
  EXPECT_EQ(complaint(R"("p": 0.25)", R"("p": 1.25)"),
            "run.exploration.labels[0].bounds[0].p is no probability");
  EXPECT_EQ(complaint(R"("missed": [)", R"("met": [)"), "the field 'met' is there twice");
  EXPECT_EQ(complaint(R"("strategy": "FIFO",)", R"("strategy": "FIFO", "seed": 1,)"),
            "run.exploration.strategies[0] has an unknown field 'seed'");
  EXPECT_EQ(complaint(R"("strategy": "PCT 2")", R"("strategy": "FIFO")"),
            "run.exploration.strategies[1].strategy is there a second time");
  EXPECT_EQ(complaint(R"("depth": 3,)", R"("depth": 2,)"),
            "run.exploration.bounds[1].depth is there a second time");
  EXPECT_EQ(complaint("streamtest-report/1", "streamtest-report/2"),
            "schema is 'streamtest-report/2', and not 'streamtest-report/1'");
}

TEST(ReportJson, OtherJsonIsRefused) {
  for (const std::string_view text : {"", "null", "[]", "{}", "1", R"({"schema": 1})"})
    EXPECT_THROW(report_from_json(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace streamtest
