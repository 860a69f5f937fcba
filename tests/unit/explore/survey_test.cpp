#include "../schedule/toy.hpp"

#include <streamtest/explore/survey.hpp>
#include <streamtest/schedule/search.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

namespace streamtest {
namespace {

SurveyedRun pct(unsigned depth, std::uint64_t choices, std::uint64_t reach) {
  return {.strategy = "PCT", .choices = choices, .pct = PctRun{.depth = depth, .reach = reach}};
}

TEST(PctBounds, AreThoseOfTheTheorem) {
  const std::vector<SurveyedRun> runs{pct(2, 10, 20), pct(3, 20, 20)};
  const Bounds bounds = pct_bounds(runs, 5);
  EXPECT_NEAR(bounds.at(2), 1.0 / (5 * 20), 1e-12);
  EXPECT_NEAR(bounds.at(3), 1.0 / (5 * 20 * 20), 1e-12);
  EXPECT_EQ(bounds.size(), 2U);
}

TEST(PctBounds, ARunMoreMissesWhatBothMiss) {
  const std::vector<SurveyedRun> runs{pct(2, 10, 10), pct(2, 10, 10)};
  EXPECT_NEAR(pct_bounds(runs, 1).at(2), 1 - 0.9 * 0.9, 1e-12);
}

TEST(PctBounds, ARunThatDoesNotReachTheLongestsEndGivesNothing) {
  const std::vector<SurveyedRun> runs{pct(2, 10, 20), {.strategy = "POS", .choices = 21}};
  EXPECT_EQ(pct_bounds(runs, 5).at(2), 0);
}

TEST(PctBounds, ARestlessRunGivesAndTakesNothing) {
  std::vector<SurveyedRun> runs{pct(2, 10, 20), pct(2, 30, 20)};
  runs[1].restless = true;
  EXPECT_NEAR(pct_bounds(runs, 5).at(2), 1.0 / 100, 1e-12);
}

TEST(PctBounds, OtherStrategiesPromiseNothing) {
  const std::vector<SurveyedRun> runs{{.strategy = "uniform", .choices = 5}, pct(5, 5, 5)};
  EXPECT_EQ(pct_bounds(runs, 2), (Bounds{{2, 0}, {3, 0}}));
}

TEST(Bounds, OfTwoSearchesAddUp) {
  Bounds bounds{{2, 0.5}};
  add(bounds, {{2, 0.5}, {3, 0.25}});
  EXPECT_EQ(bounds, (Bounds{{2, 0.75}, {3, 0.25}}));
}

TEST(Explored, OfTwoCasesIsTheSum) {
  Explored explored;
  explored.ways = {{"free threads", 1}};
  explored.weaker_because = {"a"};
  explored.strategies = {{"POS", 2}};
  explored.situations["close"] = {1, {"CLS-3"}, {}, {{2, 0.5}}};
  Explored other;
  other.ways = {{"free threads", 2}};
  other.weaker_because = {"b"};
  other.strategies = {{"FIFO", 1}};
  other.situations["close"] = {2, {}, {"CLS-4"}, {{2, 0.5}}};
  explored.add(other);
  EXPECT_EQ(explored.ways.at("free threads"), 3U);
  EXPECT_EQ(explored.weaker_because, (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(explored.strategies, (std::map<std::string, std::uint64_t>{{"FIFO", 1}, {"POS", 2}}));
  const Explored::Situation& close = explored.situations.at("close");
  EXPECT_EQ(close.programs, 3U);
  EXPECT_EQ(close.met, (std::set<std::string>{"CLS-3"}));
  EXPECT_EQ(close.missed, (std::set<std::string>{"CLS-4"}));
  EXPECT_EQ(close.bounds.at(2), 0.75);
}

/// How often runs of PCT 2 find the bug, and how often they would by what is promised.
struct Promise {
  double found = 0;
  double promised = 0;
};

Promise promise(const RunProgram& program, std::uint64_t actors) {
  Promise total;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Survey survey(make_pct(seed, 2));
    for (int i = 0; i < 10; ++i) {
      survey.begin();
      Recorder recorder(survey);
      total.found += program(recorder).failure.empty() ? 0 : 1;
      survey.end(recorder.choices());
    }
    for (const SurveyedRun& run : survey.runs())
      total.promised += pct_bounds(std::span(&run, 1), actors).at(2);
  }
  return total;
}

/// As far as chance may carry what is counted; the seeds are fixed, so it never does by chance.
double spread(double count) {
  return 3 * std::sqrt(count);
}

TEST(PctBounds, AreKeptOnAMissedWakeUp) {
  const Promise seen = promise(toy::missed_wake_up, 2);
  EXPECT_GT(seen.promised, 500);
  EXPECT_GE(seen.found, seen.promised - spread(seen.promised));
}

TEST(PctBounds, AreNoMoreAndNoLessThanTheWorstBugOfTheirDepthAllows) {
  const Promise seen = promise(toy::moment, 2);
  EXPECT_GT(seen.promised, 100);
  EXPECT_NEAR(seen.found, seen.promised, spread(seen.promised));
}

TEST(Survey, WritesDownWhatEachRunWas) {
  Survey survey(make_portfolio(1));
  for (int i = 0; i < 12; ++i) {
    survey.begin();
    Recorder recorder(survey);
    (void)recorder.pick(2);
    (void)toy::lost_update(recorder, 1);
    survey.rested();
    (void)recorder.pick(1);
    survey.end(recorder.choices());
  }
  std::set<std::string> strategies;
  for (const SurveyedRun& run : survey.runs()) {
    strategies.insert(run.strategy.substr(0, run.strategy.find(',')));
    EXPECT_EQ(run.choices, 10U) << run.strategy;
    EXPECT_EQ(run.pct.has_value(), run.strategy.starts_with("PCT")) << run.strategy;
    if (run.pct) {
      EXPECT_EQ(run.strategy, "PCT " + std::to_string(run.pct->depth));
      EXPECT_EQ(run.pct->reach, 11U) << "as long as a whole run";
    }
  }
  EXPECT_EQ(strategies, (std::set<std::string>{"FIFO", "PCT 2", "PCT 3", "PCT 4", "PCT 5", "POS",
                                               "bounded search", "uniform"}));
  EXPECT_FALSE(survey.runs()[0].restless) << "FIFO changes nothing";
  EXPECT_TRUE(std::ranges::any_of(survey.runs(), &SurveyedRun::restless));
  EXPECT_FALSE(std::ranges::all_of(survey.runs(), &SurveyedRun::restless));
}

}  // namespace
}  // namespace streamtest
