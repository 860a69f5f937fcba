#include <streamtest/cases/case.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/focus.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace streamtest {
namespace {

Anomaly anomaly(AnomalyKind kind, const char* rule) {
  return {.kind = kind, .rule = rule, .sentence = {}, .calls = {}};
}

TEST(Focus, EachRuleIsOneOfTheCataloguesAndComesOnce) {
  std::set<std::string_view> rules;
  for (const Focus& focus : explored_rules()) {
    EXPECT_NE(find_rule(focus.rule), nullptr) << focus.rule;
    EXPECT_TRUE(rules.insert(focus.rule).second) << focus.rule;
  }
  EXPECT_FALSE(rules.empty());
}

TEST(Focus, EachRuleHasOneCaseThatExploresIt) {
  for (const Focus& focus : explored_rules())
    EXPECT_EQ(std::ranges::count_if(all_cases(),
                                    [&](const Case& each) {
                                      return each.rule == focus.rule &&
                                             each.name == "explored_schedules" &&
                                             each.body == run_exploration;
                                    }),
              1)
        << focus.rule;
}

TEST(Focus, NoCaseExploresARuleWithoutAFocus) {
  for (const Case& each : all_cases()) {
    if (each.body != run_exploration) continue;
    EXPECT_NE(std::ranges::find(explored_rules(), each.rule, &Focus::rule), explored_rules().end())
        << each.rule;
  }
}

TEST(Focus, OnlyRulesOfCancellingNeedIt) {
  for (const Case& each : exploration_cases())
    EXPECT_EQ(each.needs.has_value(), chapter_of(each.rule) == "CAN") << each.rule;
}

TEST(FirstBreach, IsTheFirstOfThatRuleOrOfOneOfTheKinds) {
  const Focus focus{.rule = "ORD-5", .kinds = {AnomalyKind::lost_event}};
  const std::vector<Anomaly> anomalies = {
      anomaly(AnomalyKind::torn, "APP-1"),
      anomaly(AnomalyKind::lost_event, "CON-2"),
      anomaly(AnomalyKind::skipped_event, "ORD-5"),
  };
  EXPECT_EQ(first_breach(focus, anomalies), &anomalies[1]);
  EXPECT_EQ(first_breach(focus, std::span(anomalies).subspan(2)), &anomalies[2]);
}

TEST(FirstBreach, IsNoneIfAllAreOtherRules) {
  const std::vector<Anomaly> anomalies = {anomaly(AnomalyKind::torn, "APP-1")};
  EXPECT_EQ(first_breach({.rule = "ORD-5"}, anomalies), nullptr);
  EXPECT_EQ(first_breach({.rule = "APP-1"}, {}), nullptr);
}

}  // namespace
}  // namespace streamtest
