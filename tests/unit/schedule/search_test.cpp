#include "toy.hpp"

#include <gtest/gtest.h>

namespace streamtest {
namespace {

const std::function<bool()> always = [] { return true; };

TEST(Search, CountsRunsUntilOneFails) {
  std::uint64_t schedules = 100;
  const auto strategy = make_bounded_search(1);
  const auto found =
      search(*strategy, [](Chooser& c) { return toy::lost_update(c); }, always, schedules);
  ASSERT_TRUE(found);
  // 0 0 1 1 is right; of its only choices each, made otherwise, is wrong or not an interruption.
  EXPECT_EQ(found->run.failure, "lost");
  EXPECT_EQ(to_text(found->schedule), "1=1");
  EXPECT_EQ(found->strategy, "bounded search, 1 deviation");
  EXPECT_EQ(schedules, 100 + found->schedules);
}

TEST(Search, EndsWithTheStrategy) {
  std::uint64_t schedules = 0;
  const auto strategy = make_bounded_search(100);
  EXPECT_FALSE(
      search(*strategy, [](Chooser& c) { return toy::independent(c, 3, 3); }, always, schedules));
  EXPECT_EQ(schedules, 20U);
}

TEST(Search, EndsWhenItMayNotGoOn) {
  std::uint64_t schedules = 0;
  const auto strategy = make_uniform(1);
  EXPECT_FALSE(search(
      *strategy, [](Chooser& c) { return toy::polite(c); }, [&] { return schedules < 7; },
      schedules));
  EXPECT_EQ(schedules, 7U);
}

/// Found by choosing at random, so that nearly each choice deviates.
Failing found_at_random(std::uint64_t seed, const RunProgram& program) {
  std::uint64_t schedules = 0;
  auto found = search(*make_uniform(seed), program, always, schedules);
  return std::move(*found);
}

Failing failing_with(Schedule schedule, std::string kind, std::uint64_t hash = 0) {
  return {.schedule = std::move(schedule),
          .run = {.failure = std::move(kind), .hash = hash},
          .strategy = "by hand",
          .schedules = 1};
}

const RunProgram three_updates = [](Chooser& c) { return toy::lost_update(c, 3); };

TEST(Shrink, LeavesTheOneInterruptionThatMatters) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Failing failing = found_at_random(seed, three_updates);
    const Failing small = shrink(failing, three_updates);
    EXPECT_EQ(small.run.failure, "lost");
    // Wherever the second actor is put between the two moves of the first, or the other way round.
    ASSERT_EQ(small.schedule.deviations.size(), 1U)
        << to_text(failing.schedule) << " to " << to_text(small.schedule);
    EXPECT_EQ(replays(small, three_updates), 3U);
    EXPECT_EQ(small.strategy, failing.strategy);
    EXPECT_EQ(small.schedules, failing.schedules);
  }
}

/// Fails if actor 2 comes before 1 and 3 before 2, which needs two deviations that aren't 1.
Run two_inversions(Chooser& chooser) {
  std::string order;
  toy::Toy toy;
  for (int i = 0; i < 4; ++i)
    toy.actor({toy::always([&order, i] { order += static_cast<char>('0' + i); })});
  toy.verdict = [&order] {
    return order.find('2') < order.find('1') && order.find('3') < order.find('2') ? "inverted" : "";
  };
  return toy.run(chooser);
}

TEST(Shrink, LeavesNothingThatCanGoOrBeSmaller) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Failing small = shrink(found_at_random(seed, two_inversions), two_inversions);
    const auto fails = [](Schedule schedule) {
      Replay replay(std::move(schedule));
      return two_inversions(replay).failure == "inverted";
    };
    for (std::size_t i = 0; i < small.schedule.deviations.size(); ++i) {
      Schedule without = small.schedule;
      without.deviations.erase(without.deviations.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(fails(without)) << i << " can be left out of " << to_text(small.schedule);
      for (std::uint32_t choice = 1; choice < small.schedule.deviations[i].choice; ++choice) {
        Schedule smaller = small.schedule;
        smaller.deviations[i].choice = choice;
        EXPECT_FALSE(fails(smaller)) << to_text(small.schedule) << " can be " << to_text(smaller);
      }
    }
  }
}

/// "rare" if actor 2 comes first, "common" otherwise.
Run two_kinds(Chooser& chooser) {
  std::vector<int> order;
  toy::Toy toy;
  for (int i = 0; i < 3; ++i) toy.actor({toy::always([&order, i] { order.push_back(i); })});
  toy.verdict = [&order] { return order.front() == 2 ? "rare" : "common"; };
  return toy.run(chooser);
}

TEST(Shrink, KeepsTheKindOfTheFailure) {
  const Failing failing = failing_with({{{0, 2}, {1, 1}}}, "rare");
  const Failing small = shrink(failing, two_kinds);
  EXPECT_EQ(small.run.failure, "rare");
  EXPECT_EQ(to_text(small.schedule), "0=2") << "without a deviation it fails too, but differently";
}

TEST(Shrink, MakesChoicesSmaller) {
  const RunProgram not_0_first = [](Chooser& chooser) {
    const Move moves[] = {{.actor = 0}, {.actor = 1}, {.actor = 2}, {.actor = 3}};
    return streamtest::Run{.failure = chooser.choose(moves) == 0 ? "" : "late", .hash = 0};
  };
  EXPECT_EQ(to_text(shrink(failing_with({{{0, 3}}}, "late"), not_0_first).schedule), "0=1");
}

TEST(Shrink, DropsWhatTheRunDidNotMake) {
  const Failing failing = failing_with({{{0, 2}, {1, 7}, {1000, 1}}}, "rare");
  EXPECT_EQ(to_text(shrink(failing, two_kinds, 1).schedule), "0=2");
}

TEST(Shrink, TakesNoMoreRunsThanItMay) {
  for (const std::uint64_t most : {0U, 1U, 2U, 5U, 9U}) {
    std::uint64_t runs = 0;
    const RunProgram counted = [&](Chooser& chooser) {
      ++runs;
      return three_updates(chooser);
    };
    const Failing failing = found_at_random(3, three_updates);
    const Failing small = shrink(failing, counted, most);
    EXPECT_LE(runs, most);
    EXPECT_EQ(replays(small, three_updates), 3U) << most;
  }
}

TEST(Shrink, ReturnsWhatDoesNotComeBackAsItIs) {
  const Failing failing = failing_with({{{0, 1}, {1, 1}}}, "seen once");
  const Failing same = shrink(failing, two_kinds);
  EXPECT_EQ(same.schedule, failing.schedule);
  EXPECT_EQ(same.run.failure, "seen once");
}

/// Ten choices between two, of which some together are a mistake.
Run mistakes(Chooser& chooser) {
  std::string chosen;
  for (int i = 0; i < 10; ++i)
    if (chooser.pick(2) == 1) chosen += static_cast<char>('0' + i);
  const bool is_wrong = chosen == "0124" || chosen == "58";
  return {.failure = is_wrong ? "wrong" : chosen == "1" ? "other" : "", .hash = chosen.size()};
}

const Schedule four{{{0, 1}, {1, 1}, {2, 1}, {4, 1}}};

TEST(WithFewerDeviations, FindsTwoWhereShrinkingIsStuckAtFour) {
  const Failing stuck = shrink(failing_with(four, "wrong", 4), mistakes);
  ASSERT_EQ(stuck.schedule, four);
  const Failing fewer = with_fewer_deviations(stuck, mistakes, always);
  EXPECT_EQ(to_text(fewer.schedule), "5=1,8=1");
  EXPECT_EQ(fewer.run.failure, "wrong");
  EXPECT_EQ(fewer.strategy, "by hand");
  EXPECT_EQ(fewer.schedules, 1U);
  EXPECT_EQ(replays(fewer, mistakes), 3U);
}

TEST(WithFewerDeviations, LeavesAsItIsWhatHasTwoOrIsNotFound) {
  const Failing two = failing_with({{{5, 1}, {8, 1}}}, "wrong");
  EXPECT_EQ(with_fewer_deviations(two, mistakes, always).schedule, two.schedule);
  const Failing of_no_kind = failing_with(four, "something else");
  EXPECT_EQ(with_fewer_deviations(of_no_kind, mistakes, always).schedule, four);
}

TEST(WithFewerDeviations, SearchesNoLongerThanItMay) {
  unsigned runs = 0;
  const RunProgram counted = [&runs](Chooser& chooser) {
    ++runs;
    return mistakes(chooser);
  };
  const auto fewer =
      with_fewer_deviations(failing_with(four, "wrong"), counted, [&runs] { return runs < 5; });
  EXPECT_EQ(fewer.schedule, four);
  EXPECT_EQ(runs, 5U);
}

TEST(Replays, CountsTheSameFailureWithTheSameHashOnly) {
  int runs = 0;
  const RunProgram moody = [&](Chooser&) {
    ++runs;
    return streamtest::Run{.failure = runs == 2 ? "other" : "wrong", .hash = runs == 3 ? 8U : 9U};
  };
  EXPECT_EQ(replays(failing_with({}, "wrong", 9), moody, 5), 3U);
}

}  // namespace
}  // namespace streamtest
