#include "toy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace streamtest {
namespace {

using MakeStrategy = std::function<std::unique_ptr<Strategy>(std::uint64_t seed)>;

/// The schedules of the next runs, as texts.
std::vector<std::string> next_schedules(Strategy& strategy, const RunProgram& program,
                                        std::size_t runs) {
  std::vector<std::string> texts;
  while (texts.size() < runs && strategy.begin()) {
    Recorder recorder(strategy);
    (void)program(recorder);
    strategy.end(recorder.choices());
    texts.push_back(to_text(recorder.schedule()));
  }
  return texts;
}

constexpr std::size_t all = 100'000;

// ---- What they find

struct Hunt {
  const char* what;
  RunProgram program;
  MakeStrategy strategy;
  std::uint64_t within;  ///< schedules, as measured for the worst of 20 seeds: it is exact
};

void PrintTo(const Hunt& hunt, std::ostream* out) {
  *out << hunt.what;
}

class Strategies : public testing::TestWithParam<Hunt> {};

TEST_P(Strategies, FindTheBugFor20Of20Seeds) {
  std::uint64_t worst = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto strategy = GetParam().strategy(seed);
    std::uint64_t schedules = 0;
    const auto found =
        search(*strategy, GetParam().program, [&] { return schedules < all; }, schedules);
    ASSERT_TRUE(found) << "seed " << seed << ": not in " << schedules;
    worst = std::max(worst, found->schedules);
  }
  EXPECT_LE(worst, GetParam().within);
}

const RunProgram lost_update = [](Chooser& c) { return toy::lost_update(c, 2); };
const MakeStrategy pct2 = [](std::uint64_t seed) { return make_pct(seed, 2); };
const MakeStrategy pct3 = [](std::uint64_t seed) { return make_pct(seed, 3); };
const MakeStrategy bounded = [](std::uint64_t) { return make_bounded_search(1); };

INSTANTIATE_TEST_SUITE_P(
    Bugs, Strategies,
    testing::Values(Hunt{"lost update, uniform", lost_update, make_uniform, 4},
                    Hunt{"lost update, PCT 2", lost_update, pct2, 41},
                    Hunt{"lost update, PCT 3", lost_update, pct3, 19},
                    Hunt{"lost update, POS", lost_update, make_pos, 4},
                    Hunt{"lost update, bounded", lost_update, bounded, 2},
                    Hunt{"lost update, portfolio", lost_update, make_portfolio, 1},
                    Hunt{"missed wake-up, uniform", toy::missed_wake_up, make_uniform, 21},
                    Hunt{"missed wake-up, PCT 2", toy::missed_wake_up, pct2, 40},
                    Hunt{"missed wake-up, POS", toy::missed_wake_up, make_pos, 14},
                    Hunt{"missed wake-up, bounded", toy::missed_wake_up, bounded, 3},
                    Hunt{"missed wake-up, portfolio", toy::missed_wake_up, make_portfolio, 9},
                    Hunt{"moment, PCT 2", toy::moment, pct2, 129},
                    Hunt{"moment, PCT 3", toy::moment, pct3, 179},
                    Hunt{"moment, POS", toy::moment, make_pos, 497},
                    Hunt{"moment, bounded", toy::moment, bounded, 22},
                    Hunt{"moment, portfolio", toy::moment, make_portfolio, 72},
                    Hunt{"wrong waiter, portfolio", toy::wrong_waiter, make_portfolio, 1}));

// ---- What they don't accuse

struct Named {
  const char* what;
  MakeStrategy make;
};

void PrintTo(const Named& named, std::ostream* out) {
  *out << named.what;
}

class Fairness : public testing::TestWithParam<Named> {};

TEST_P(Fairness, LetsAPoliteProgramComeToItsEnd) {
  const auto strategy = GetParam().make(1);
  std::uint64_t schedules = 0;
  std::uint64_t longest = 0;
  const RunProgram program = [&](Chooser& chooser) {
    Recorder recorder(chooser);
    streamtest::Run run = toy::polite(recorder);
    longest = std::max(longest, recorder.choices());
    return run;
  };
  const auto found = search(*strategy, program, [&] { return schedules < 2000; }, schedules);
  EXPECT_FALSE(found) << found->run.failure << " in run " << found->schedules;
  EXPECT_LE(longest, 1200U) << "what is learnt from runs that spin makes them longer";
}

INSTANTIATE_TEST_SUITE_P(
    Of, Fairness,
    testing::Values(
        Named{"FIFO", [](std::uint64_t) { return make_fifo(); }}, Named{"uniform", make_uniform},
        Named{"PCT 1", [](std::uint64_t seed) { return make_pct(seed, 1); }}, Named{"PCT 2", pct2},
        Named{"PCT 3", pct3}, Named{"PCT 5", [](std::uint64_t seed) { return make_pct(seed, 5); }},
        Named{"POS", make_pos}, Named{"bounded", bounded}, Named{"portfolio", make_portfolio}));

TEST(FairTail, IsWhatLetsThePoliteProgramEnd) {
  // With one priority for all its life the actor that looks comes first in half of the runs.
  const auto strategy = make_pct(1, 1);
  unsigned with_tail = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(strategy->begin());
    Recorder recorder(*strategy);
    EXPECT_EQ(toy::polite(recorder).failure, "");
    strategy->end(recorder.choices());
    with_tail += recorder.choices() > 400 ? 1 : 0;
  }
  EXPECT_GE(with_tail, 30U);
  EXPECT_LE(with_tail, 70U);
}

// ---- That they do the same again

class Same : public testing::TestWithParam<Named> {};

TEST_P(Same, SeedGivesTheSameChoicesAndAnotherSeedOthers) {
  const auto of = [&](std::uint64_t seed) {
    return next_schedules(*GetParam().make(seed), lost_update, 50);
  };
  EXPECT_EQ(of(7), of(7));
  EXPECT_NE(of(7), of(8));
}

INSTANTIATE_TEST_SUITE_P(Of, Same,
                         testing::Values(Named{"uniform", make_uniform}, Named{"PCT 2", pct2},
                                         Named{"POS", make_pos},
                                         Named{"portfolio", make_portfolio}));

TEST(Portfolio, MakesTheseChoicesWithEveryCompilerAndLibrary) {
  const std::vector<std::string> expected{"1=1,2=1,3=1,4=1,7=1,8=1,9=1,10=1,11=1,12=1",
                                          "-",
                                          "0=1,1=1",
                                          "0=2,1=1,3=2,4=1,8=2,9=1",
                                          "1=1",
                                          "0=2,1=2,3=2,8=1",
                                          "0=1,1=2,2=3,3=1,4=2,8=1,9=1,11=1,12=1",
                                          "0=3,5=1,7=1,8=1,9=1"};
  EXPECT_EQ(next_schedules(*make_portfolio(1), lost_update, 8), expected);
}

// ---- One by one

TEST(Fifo, MakesTheOldestMoveInOneRun) {
  const auto strategy = make_fifo();
  ASSERT_TRUE(strategy->begin());
  const std::vector<Move> moves{
      {.actor = 2, .since = 9}, {.actor = 0, .since = 4}, {.actor = 1, .since = 4}};
  EXPECT_EQ(strategy->choose(moves), 1U);
  EXPECT_EQ(strategy->pick(5), 0U);
  strategy->end(2);
  EXPECT_FALSE(strategy->begin());
}

TEST(Uniform, MakesEveryOrderOftenAndEndsNever) {
  std::map<std::string, int> times;
  const auto strategy = make_uniform(3);
  for (const std::string& text :
       next_schedules(*strategy, [](Chooser& c) { return toy::independent(c, 2, 2); }, 6000))
    ++times[text];
  ASSERT_EQ(times.size(), 6U);
  // The rarest has p = 1/8: two actors' turns are tossed three times.
  for (const auto& [text, count] : times) EXPECT_GE(count, 600) << text;
}

TEST(Pct, OfDepth1HasAsManyOrdersAsActorsHave) {
  const auto texts =
      next_schedules(*make_pct(1, 1), [](Chooser& c) { return toy::independent(c, 3, 3); }, 200);
  EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), 2U);
}

TEST(Pct, OfDepth2InterruptsOnceAtMost) {
  const auto strategy = make_pct(1, 2);
  const auto texts =
      next_schedules(*strategy, [](Chooser& c) { return toy::independent(c, 3, 3); }, 2000);
  // Either actor first; uninterrupted, or interrupted after 1 or 2 of its moves.
  EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), 6U);
}

TEST(Pct, RefusesDepth0) {
  EXPECT_THROW((void)make_pct(1, 0), std::invalid_argument);
}

TEST(Pct, MissesAsThePaperSays) {
  EXPECT_NEAR(pct_miss(2, 5, 60, 2072), 0.001, 0.00002);
  EXPECT_DOUBLE_EQ(pct_miss(1, 4, 60, 1), 0.75);
  EXPECT_EQ(pct_miss(3, 5, 60, 0), 1);
  EXPECT_EQ(pct_miss(1, 1, 60, 1), 0);
  EXPECT_THROW((void)pct_miss(1, 0, 60, 1), std::invalid_argument);
}

/// Actor 0 is made to move twice while 1 and 2 wait, so that their order was settled before the
/// first move: how often do they keep it, in 10,000 runs?
int keeps_order(std::uint32_t object_of_first) {
  const auto strategy = make_pos(5);
  int kept = 0;
  int all_runs = 0;
  while (all_runs < 10'000) {
    (void)strategy->begin();
    const Move first{.actor = 0, .since = 0, .object = object_of_first};
    const Move one{.actor = 1, .since = 0, .object = 7};
    const Move two{.actor = 2, .since = 0, .object = 8};
    const Move late{.actor = 3, .since = 1, .object = 9};
    // The three are drawn, and 0 is made only if it is the highest. If it touches what 1 touches,
    // 1 is drawn anew: it may come before 3, which is new, in half of the runs. Else it has lost
    // against 0, and comes before 3 in a third.
    if (strategy->choose(std::vector{first, one, two}) != 0) continue;
    ++all_runs;
    kept += strategy->choose(std::vector{one, late}) == 0 ? 1 : 0;
  }
  return kept;
}

TEST(Pos, DrawsAnewWhatTouchesTheSameAndNothingElse) {
  EXPECT_NEAR(keeps_order(7), 5000, 300);
  EXPECT_NEAR(keeps_order(6), 3750, 300);
  EXPECT_NEAR(keeps_order(0), 3750, 300);
}

TEST(Portfolio, GivesItsMembersTheirShares) {
  std::map<std::string, int> runs;
  const auto strategy = make_portfolio(1);
  for (int i = 0; i < 1001; ++i) {
    ASSERT_TRUE(strategy->begin());
    ++runs[strategy->name()];
    Recorder recorder(*strategy);
    (void)toy::independent(recorder, 300, 300);
    strategy->end(recorder.choices());
  }
  const std::map<std::string, int> expected{{"FIFO", 1},
                                            {"PCT 2", 100},
                                            {"PCT 3", 100},
                                            {"PCT 4", 100},
                                            {"PCT 5", 100},
                                            {"POS", 200},
                                            {"bounded search, 0 deviations", 1},
                                            {"bounded search, 1 deviation", 299},
                                            {"uniform", 100}};
  EXPECT_EQ(runs, expected);
}

TEST(Portfolio, GivesTheOthersTheTurnsOfWhatHasEnded) {
  std::map<std::string, int> runs;
  const auto strategy = make_portfolio(1);
  for (int i = 0; i < 1001; ++i) {
    ASSERT_TRUE(strategy->begin());
    ++runs[strategy->name()];
    Recorder recorder(*strategy);
    (void)toy::independent(recorder, 3, 3);
    strategy->end(recorder.choices());
  }
  EXPECT_EQ(runs["bounded search, 1 deviation"], 3);
  EXPECT_EQ(runs["uniform"], 100);
  EXPECT_EQ(runs["POS"] + runs["PCT 2"] + runs["PCT 3"] + runs["PCT 4"] + runs["PCT 5"],
            1001 - 1 - 4 - 100);
}

}  // namespace
}  // namespace streamtest
