#include "toy.hpp"

#include <streamtest/schedule/course.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

/// "0 0 1": who moved, a number a move.
std::string to_text(const Course& course) {
  std::string text;
  for (const Stretch& each : course.stretches)
    for (std::uint64_t i = 0; i < each.moves; ++i)
      text += (text.empty() ? "" : " ") + std::to_string(each.actor);
  return text;
}

Course surveyed(Chooser& chooser, const RunProgram& program) {
  Surveyor surveyor(chooser);
  program(surveyor);
  return surveyor.course();
}

Course surveyed(Schedule schedule, const RunProgram& program) {
  Replay replay(std::move(schedule));
  return surveyed(replay, program);
}

const RunProgram two_of_three = [](Chooser& c) { return toy::independent(c, 3, 3); };

TEST(Course, IsWhoMovedWhen) {
  EXPECT_EQ(to_text(surveyed({}, two_of_three)), "0 0 0 1 1 1");
  EXPECT_EQ(to_text(surveyed({{{1, 1}, {3, 1}}}, two_of_three)), "0 1 1 0 0 1");
}

TEST(Course, HoldsHowManyWaysThereWere) {
  Replay replay(Schedule{});
  Surveyor surveyor(replay);
  two_of_three(surveyor);
  EXPECT_EQ(surveyor.counts(), (std::vector<std::size_t>{2, 2, 2, 1, 1, 1}));
}

TEST(Course, IsFollowed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto strategy = make_uniform(seed);
    const Course course = surveyed(*strategy, toy::wrong_waiter);
    CourseReplay replay(course);
    const Course again = surveyed(replay, toy::wrong_waiter);
    EXPECT_EQ(to_text(again), to_text(course));
    EXPECT_EQ(again.picks, course.picks);
  }
}

TEST(Course, IsLeftWhereAnActorCannotGoOn) {
  CourseReplay replay({.stretches = {{1, 7}, {2, 1}, {0, 1}}, .picks = {}});
  EXPECT_EQ(to_text(surveyed(replay, two_of_three)), "1 1 1 0 0 0");
}

TEST(Course, HasASwitchLessWhenAnActorDoesMoreAtOneGo) {
  const Course course{.stretches = {{0, 1}, {1, 2}, {0, 2}}, .picks = {}};
  std::vector<std::string> texts;
  EXPECT_FALSE(try_with_a_switch_less(course, [&](const Course& each) {
    texts.push_back(to_text(each));
    return false;
  }));
  EXPECT_EQ(texts, (std::vector<std::string>{"0 0 0 1 1", "1 1 0 0 0"}));
}

/// Actor 2 must not come to its end while 0 and 1 have their last step before them: "overtaken". It
/// can't begin before 0 has made a hundred steps.
Run overtaken(Chooser& chooser) {
  std::size_t left = 2;
  std::size_t made = 0;
  bool failed = false;
  toy::Toy toy;
  for (int i = 0; i < 2; ++i) {
    std::vector<toy::Step> steps(300, toy::always([&made, i] { made += i == 0 ? 1 : 0; }));
    steps.push_back(toy::always([&] { --left; }));
    toy.actor(std::move(steps));
  }
  toy.actor({{.act = [] { return true; }, .possible = [&] { return made >= 100; }},
             toy::always([&] { failed = left == 2; })});
  toy.verdict = [&] { return failed ? "overtaken" : ""; };
  return toy.run(chooser);
}

// Without either of the two interruptions an actor comes to its end, and the one that would do
// alone is far from where others are looked for: it is left once 1's two stretches are one.
TEST(Course, ShrinksWhatNeedsTwoInterruptionsThatNeedEachOther) {
  const Failing failing{.schedule = {{{290, 1}, {580, 1}}},
                        .run = {.failure = "overtaken", .hash = 0},
                        .strategy = "by hand",
                        .schedules = 1};
  const Failing small = shrink(failing, overtaken, 20);
  EXPECT_EQ(small.schedule.deviations.size(), 1U) << to_text(small.schedule);
  EXPECT_EQ(replays(small, overtaken), 3U);
}

}  // namespace
}  // namespace streamtest
