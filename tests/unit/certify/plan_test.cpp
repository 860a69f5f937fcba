#include "../subject/little_handler.hpp"
#include "../subject/little_stream.hpp"

#include <streamtest/certify/certify.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace streamtest {
namespace {

const SubjectFactory& factory() {
  static const SubjectFactory made = make_factory<LittleHarness>("little");
  return made;
}

std::set<std::string_view> ids(const Plan& plan) {
  std::set<std::string_view> set;
  for (const Rule* rule : plan.run) set.insert(rule->id);
  return set;
}

Verdict settled(const Plan& plan, std::string_view id) {
  for (const RuleResult& result : plan.settled)
    if (result.id == id) return result.verdict;
  return Verdict::pass;
}

TEST(Plan, EveryRuleIsRunOrSettledOnce) {
  const Plan plan = make_plan(factory(), {});
  EXPECT_EQ(plan.run.size() + plan.settled.size(), catalogue().size());
}

TEST(Plan, WhatIsNotDeclaredIsNotSupported) {
  const Plan plan = make_plan(factory(), {});
  EXPECT_EQ(settled(plan, "APP-5"), Verdict::not_supported);
  EXPECT_EQ(settled(plan, "CNS-1"), Verdict::not_supported);
  EXPECT_TRUE(ids(plan).contains("TRN-1"));
}

TEST(Plan, AHandlerIsAskedForItsOwnRules) {
  const SubjectFactory handler = make_factory<LittleHandlerHarness>("little");
  for (const Profile profile : {Profile::core, Profile::full, Profile::strict}) {
    Options options;
    options.profile = profile;
    const Plan plan = make_plan(handler, options);
    EXPECT_EQ(ids(plan), (std::set<std::string_view>{"HND-1", "HND-2"}));
    EXPECT_EQ(settled(plan, "ORD-1"), Verdict::not_selected);
    EXPECT_EQ(settled(plan, "CNS-1"), Verdict::not_selected);
    EXPECT_EQ(plan.run.size() + plan.settled.size(), catalogue().size());
  }
}

TEST(Plan, AStreamsHarnessMayBringAHandlerAlong) {
  struct Both : LittleHarness, LittleHandlerHarness {
    explicit Both(const Scenario& scenario)
        : LittleHarness(scenario), LittleHandlerHarness(scenario) {}
  };
  const SubjectFactory both = make_factory<Both>("both");
  EXPECT_EQ(both.role, Role::stream);
  const Plan plan = make_plan(both, {});
  EXPECT_TRUE(ids(plan).contains("HND-1"));
  EXPECT_TRUE(ids(plan).contains("ORD-1"));
  EXPECT_EQ(settled(plan, "CNS-1"), Verdict::not_supported);
}

TEST(Plan, RulesAreSelectedByPattern) {
  Options options;
  options.rules = {"BLK-*", "CLS_1"};
  const Plan plan = make_plan(factory(), options);
  EXPECT_EQ(plan.run.size(), 6U);
  EXPECT_EQ(settled(plan, "ORD-1"), Verdict::not_selected);
}

TEST(Plan, ExcludedRulesAreMarked) {
  Options options;
  options.exclude = {"BLK-5"};
  const Plan plan = make_plan(factory(), options);
  EXPECT_EQ(settled(plan, "BLK-5"), Verdict::excluded);
  EXPECT_FALSE(ids(plan).contains("BLK-5"));
}

TEST(Plan, TheProfileCoreNeedsNoHooks) {
  Options options;
  options.profile = Profile::core;
  for (const Rule* rule : make_plan(factory(), options).run) {
    EXPECT_EQ(rule->level, Level::must) << rule->id;
    EXPECT_TRUE(rule->needs.empty()) << rule->id;
  }
}

TEST(Plan, AnUnknownRuleIsAUsageError) {
  Options options;
  options.rules = {"BLK-77"};
  EXPECT_THROW((void)make_plan(factory(), options), UsageError);
  options.rules.clear();
  options.exclude = {"nothing"};
  EXPECT_THROW((void)make_plan(factory(), options), UsageError);
}

TEST(Compose, ARuleWithoutAFindingCouldNotRun) {
  const Plan plan = make_plan(factory(), {});
  const Report report = compose(factory(), {}, {}, plan, {}, 0);
  EXPECT_EQ(report.rules.size(), catalogue().size());
  EXPECT_EQ(report.verdict, Whole::inconclusive);
  EXPECT_EQ(report.exit_code, 3);
}

TEST(Certify, TheLibraryDoorGivesAWholeReport) {
  Options options;
  options.budget = "quick";
  const Report report = certify(factory(), options);
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_EQ(report.rules.size(), catalogue().size());
  EXPECT_TRUE(verify(to_json(report)).empty());
}

TEST(Certify, AHandlersReportIsACertificate) {
  Options options;
  options.budget = "quick";
  const Report report = certify(make_factory<LittleHandlerHarness>("little"), options);
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_EQ(report.role, Role::handler);
  EXPECT_EQ(report.rules.size(), catalogue().size());
  EXPECT_EQ(verify(to_json(report)), std::vector<std::string>());
  options.rules = {"ORD-*"};
  EXPECT_EQ(certify(make_factory<LittleHandlerHarness>("little"), options).exit_code, 3);
}

TEST(Report, AFolderThatCannotBeMadeIsAUsageError) {
  EXPECT_THROW(check_report_folder("/proc/streamtest-report"), UsageError);
}

}  // namespace
}  // namespace streamtest
