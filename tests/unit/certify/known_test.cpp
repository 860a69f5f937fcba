#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/known.hpp>
#include <streamtest/certify/options.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace streamtest {
namespace {

const std::string sound =
    R"({"rule": "CLS-1", "phrase": "second close", "issue": "https://example.org/1"})";

RuleResult result(const std::string& id, Verdict verdict, const std::string& seen = {}) {
  RuleResult made;
  made.id = id;
  made.verdict = verdict;
  made.message = seen.empty() ? seen : failure_text(*find_rule(id), "a case", seen, {}, "again");
  return made;
}

KnownLine line(const std::string& rule, const std::string& phrase = "second close") {
  KnownLine made;
  made.rule = rule;
  made.phrase = phrase;
  made.issue = "https://example.org/1";
  return made;
}

std::string fault(const KnownLine& known, const std::vector<RuleResult>& results,
                  std::string_view variant = "") {
  return judge_known({known}, variant, results, "2030-06-15").front().fault;
}

class KnownFile : public testing::Test {
 protected:
  std::string file() const { return (folder_.path() / "known.jsonl").string(); }
  void write(const std::string& text) const { std::ofstream(file()) << text; }
  std::string text() const {
    std::ifstream stream(file());
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::string refusal(const std::string& written) const {
    write(written);
    try {
      (void)read_known(file(), "", {"small"}, false);
    } catch (const UsageError& error) {
      const std::string reason = error.what();
      EXPECT_TRUE(reason.starts_with(file())) << reason;
      return reason.substr(std::min(reason.size(), file().size()));
    }
    return "none";
  }
  std::string updated(std::vector<RuleResult> results) const {
    Report report;
    report.rules = std::move(results);
    const std::vector<KnownLine> lines = read_known(file(), "", {}, true);
    for (RuleResult& each : report.rules) apply_known(lines, "", each);
    report.known = judge_known(lines, "", report.rules, today());
    summary_ = update_known(file(), {report}, {});
    return text();
  }
  mutable std::string summary_;

 private:
  TemporaryFolder folder_;
};

TEST_F(KnownFile, CommentsAndBlankLinesArePassedOver) {
  write("# why\n\n  # more\n" + sound + "\n");
  const std::vector<KnownLine> lines = read_known(file(), "", {}, false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].rule, "CLS-1");
  EXPECT_EQ(lines[0].phrase, "second close");
  EXPECT_EQ(lines[0].issue, "https://example.org/1");
  EXPECT_FALSE(lines[0].flaky);
}

TEST_F(KnownFile, WhatIsWrongIsNamedByLineAndReason) {
  EXPECT_EQ(refusal("# a comment\n{\"rule\": \"CLS-1\", \"phrase\": \"x\"}\n"),
            ":2: issue is missing");
  EXPECT_EQ(refusal(R"({"rule": "QQQ-1", "phrase": "x", "issue": "https://x"})"),
            ":1: 'QQQ-1' matches no rule; `streamtest rules` lists them");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "phrase": "", "issue": "https://x"})"),
            ":1: phrase is empty: write part of what the failure says was seen");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "phrase": "x", "issue": ""})"),
            ":1: issue is '': write the address where the failure is tracked, https://…");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "phrase": "x", "issue": "https://x", "until": "soon"})"),
            ":1: until is 'soon': write the last day as YYYY-MM-DD");
  EXPECT_EQ(
      refusal(R"({"rule": "CLS-1", "phrase": "x", "issue": "https://x", "until": "2030-02-30"})"),
      ":1: until is '2030-02-30': write the last day as YYYY-MM-DD");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "phrase": "x", "issue": "https://x", "variant": "big"})"),
            ":1: the harness has no variant 'big'; it has small");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "phrase": "x", "issue": "https://x", "why": "y"})"),
            ":1: the line has an unknown field 'why'");
  EXPECT_EQ(refusal(R"({"rule": "CLS-1", "rule": "CLS-2", "phrase": "x", "issue": "https://x"})"),
            ":1: the field 'rule' is there twice");
  EXPECT_EQ(refusal("[]"), ":1: the line is not an object");
  EXPECT_NE(refusal("CLS-1\n").find(":1: not JSON: "), std::string::npos);
}

TEST_F(KnownFile, ARuleHasOneLine) {
  const std::string wide =
      R"({"rule": "CLS-*", "phrase": "x", "issue": "https://x", "variant": "small"})";
  EXPECT_EQ(refusal(wide + "\n\n" + sound),
            ":3: CLS-1 is covered by " + file() + ":1 already; one line a rule");
}

TEST_F(KnownFile, AMissingFileIsAMistakeUnlessItIsToBeWritten) {
  EXPECT_THROW((void)read_known(file(), "", {}, false), UsageError);
  EXPECT_TRUE(read_known(file(), "", {}, true).empty());
  EXPECT_THROW((void)read_known("", file(), {}, false), UsageError);
  EXPECT_THROW((void)read_known("", "", {}, true), UsageError);
}

TEST(Known, AFailureIsKnownByRuleVariantAndPhrase) {
  const auto applied = [](const KnownLine& known, RuleResult made, std::string_view variant = "") {
    apply_known({known}, variant, made);
    return made.verdict;
  };
  const RuleResult failed = result("CLS-1", Verdict::fail, "the second close gave ok");
  EXPECT_EQ(applied(line("CLS-1"), failed), Verdict::known_failure);
  EXPECT_EQ(applied(line("CLS-*"), failed), Verdict::known_failure);
  EXPECT_EQ(applied(line("CLS-2"), failed), Verdict::fail);
  EXPECT_EQ(applied(line("CLS-1", "third close"), failed), Verdict::fail);
  // The rule's own sentence is in the text as well, and says nothing.
  EXPECT_EQ(applied(line("CLS-1", "MUST"), failed), Verdict::fail);
  EXPECT_EQ(applied(line("CLS-1"), result("CLS-1", Verdict::pass)), Verdict::pass);
  EXPECT_EQ(applied(line("CLS-1"), result("CLS-1", Verdict::could_not_run, "second close")),
            Verdict::could_not_run);
  KnownLine small = line("CLS-1");
  small.variant = "small";
  EXPECT_EQ(applied(small, failed, "small"), Verdict::known_failure);
  EXPECT_EQ(applied(small, failed, "large"), Verdict::fail);
}

TEST(Known, ALineThatNoLongerHoldsHasAFault) {
  const RuleResult known = result("CLS-1", Verdict::known_failure, "second close");
  EXPECT_EQ(fault(line("CLS-1"), {known}), "");
  EXPECT_EQ(fault(line("CLS-1"), {result("CLS-1", Verdict::pass)}), "CLS-1: CLS-1 passed");
  EXPECT_EQ(fault(line("CLS-1"), {result("CLS-1", Verdict::fail, "other words")}),
            "CLS-1: CLS-1 failed with other words than 'second close'");
  EXPECT_EQ(fault(line("CLS-*"), {known, result("CLS-2", Verdict::pass)}), "CLS-*: CLS-2 passed");
  EXPECT_EQ(fault(line("TRN-1"), {result("TRN-1", Verdict::not_supported)}),
            "TRN-1: TRN-1 can't fail here: ");
  for (const Verdict verdict :
       {Verdict::not_selected, Verdict::excluded, Verdict::inconclusive, Verdict::could_not_run})
    EXPECT_EQ(fault(line("CLS-1"), {result("CLS-1", verdict)}), "");
}

TEST(Known, ALineOfAnotherVariantSaysNothing) {
  KnownLine small = line("CLS-1");
  small.variant = "small";
  EXPECT_EQ(fault(small, {result("CLS-1", Verdict::pass)}, "large"), "");
  EXPECT_EQ(fault(small, {result("CLS-1", Verdict::pass)}, "small"), "CLS-1: CLS-1 passed");
}

TEST(Known, ADateIsInclusive) {
  const RuleResult known = result("CLS-1", Verdict::known_failure, "second close");
  KnownLine dated = line("CLS-1");
  dated.until = "2030-06-15";
  EXPECT_EQ(fault(dated, {known}), "");
  dated.until = "2030-06-14";
  EXPECT_EQ(fault(dated, {known}), "CLS-1: its date, 2030-06-14, is over");
}

TEST(Known, AFlakyRuleMayPassButNotFailOtherwise) {
  KnownLine flaky = line("CLS-1");
  flaky.flaky = true;
  EXPECT_EQ(fault(flaky, {result("CLS-1", Verdict::pass)}), "");
  EXPECT_EQ(fault(flaky, {result("CLS-1", Verdict::known_failure)}), "");
  EXPECT_NE(fault(flaky, {result("CLS-1", Verdict::fail, "other words")}), "");
}

TEST_F(KnownFile, AnUpdateKeepsWhatHolds) {
  const std::string written = "# why\n\n" + sound + "\n";
  write(written);
  EXPECT_EQ(updated({result("CLS-1", Verdict::fail, "second close")}), written);
  EXPECT_EQ(summary_, "0 taken out, 0 changed, 0 added");
}

TEST_F(KnownFile, AnUpdateTakesOutWhatPasses) {
  write("# why\n" + sound + "\n");
  EXPECT_EQ(updated({result("CLS-1", Verdict::pass)}), "# why\n");
  EXPECT_EQ(summary_, "1 taken out, 0 changed, 0 added");
}

TEST_F(KnownFile, AnUpdateNarrowsToWhatFails) {
  write(R"({"rule": "CLS-*", "phrase": "second close", "issue": "https://x"})"
        "\n");
  EXPECT_EQ(updated({result("CLS-1", Verdict::fail, "second close"), result("CLS-2", Verdict::pass),
                     result("CLS-3", Verdict::not_selected)}),
            R"({"rule": "CLS-1", "phrase": "second close", "issue": "https://x"})"
            "\n"
            R"({"rule": "CLS-3", "phrase": "second close", "issue": "https://x"})"
            "\n");
  EXPECT_EQ(summary_, "0 taken out, 1 changed, 0 added");
}

TEST_F(KnownFile, AnUpdateOfOneVariantKeepsWhatIsSaidOfOthers) {
  write(R"({"rule": "CLS-1", "phrase": "second close", "issue": "https://example.org/1"})"
        "\n");
  Report report;
  report.variant = "small";
  RuleResult passed;
  passed.id = "CLS-1";
  passed.verdict = Verdict::pass;
  report.rules = {passed};
  report.known =
      judge_known(read_known(file(), "", {"small", "large"}, true), "small", report.rules, today());
  (void)update_known(file(), {report}, {"small", "large"});
  EXPECT_EQ(text(), R"({"rule": "CLS-1", "variant": "large", "phrase": "second close", )"
                    R"("issue": "https://example.org/1"})"
                    "\n");
}

TEST_F(KnownFile, AnUpdateAddsWhatFailsWithoutAnIssueThatSomebodyMustWrite) {
  EXPECT_EQ(updated({result("CLS-1", Verdict::fail, "close of c17 gave the wrong outcome: 3")}),
            R"({"rule": "CLS-1", "phrase": "gave the wrong outcome:", "issue": ""})"
            "\n");
  EXPECT_EQ(summary_,
            "0 taken out, 0 changed, 1 added; write the issue of one before it is read again");
  EXPECT_THROW((void)read_known(file(), "", {}, false), UsageError);
}

TEST_F(KnownFile, AnUpdateLeavesADateThatIsOverToPeople) {
  const std::string old =
      R"({"rule": "CLS-1", "phrase": "x", "issue": "https://x", "until": "2001-01-01"})"
      "\n";
  write(old);
  EXPECT_EQ(updated({result("CLS-1", Verdict::fail, "x")}), old);
}

/// While it lives, this process can't write more than a few bytes to a file.
class NoSpaceLeft {
 public:
  NoSpaceLeft() {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit few{8, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &few);
  }
  NoSpaceLeft(const NoSpaceLeft&) = delete;
  NoSpaceLeft& operator=(const NoSpaceLeft&) = delete;
  ~NoSpaceLeft() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, told_);
  }

 private:
  rlimit before_{};
  void (*told_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

// It was emptied before it was written.
TEST_F(KnownFile, AnUpdateThatCannotBeWrittenLeavesTheListAsItWas) {
  write(sound + "\n");
  {
    const NoSpaceLeft none;
    EXPECT_THROW((void)updated({result("CLS-2", Verdict::fail, "more")}), UsageError);
  }
  EXPECT_EQ(text(), sound + "\n");
  const std::filesystem::path folder = std::filesystem::path(file()).parent_path();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(KnownFile, AnUpdateKeepsTheListsRights) {
  write(sound + "\n");
  const auto rights = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(file(), rights);
  EXPECT_EQ(updated({result("CLS-1", Verdict::pass)}), "");
  EXPECT_EQ(std::filesystem::status(file()).permissions(), rights);
}

TEST_F(KnownFile, AnUpdateKeepsALinkAlsoToAListThatIsYetToBe) {
  const std::string target = file() + ".shared";
  std::filesystem::create_symlink(target, file());
  for (const std::string id : {"CLS-1", "CLS-2"}) {
    static_cast<void>(updated({result(id, Verdict::fail, "second close")}));
    EXPECT_TRUE(std::filesystem::is_symlink(file()));
    EXPECT_TRUE(std::filesystem::is_regular_file(target));
    write(sound + "\n");
  }
}

TEST(Known, TodayIsADate) {
  EXPECT_EQ(today().size(), 10U);
  EXPECT_GT(today(), "2026-01-01");
}

}  // namespace
}  // namespace streamtest
