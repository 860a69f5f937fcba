#include "toy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

namespace streamtest {
namespace {

/// All of its schedules, as texts; fails if one comes twice.
std::vector<std::string> every_schedule(Strategy& strategy, const RunProgram& program) {
  std::vector<std::string> texts;
  while (strategy.begin()) {
    Recorder recorder(strategy);
    (void)program(recorder);
    strategy.end(recorder.choices());
    texts.push_back(to_text(recorder.schedule()));
  }
  EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), texts.size()) << "one was made twice";
  return texts;
}

RunProgram independent(std::size_t first, std::size_t second) {
  return [=](Chooser& chooser) { return toy::independent(chooser, first, second); };
}

TEST(BoundedSearch, MakesEachScheduleWithinTheBoundOnce) {
  // Two actors with three steps have C(6, 3) orders; counted by hand, so many with up to n
  // interruptions of the one that would go on.
  const std::size_t expected[] = {1, 4, 10, 16, 19, 20, 20};
  for (unsigned bound = 0; bound < std::size(expected); ++bound)
    EXPECT_EQ(every_schedule(*make_bounded_search(bound), independent(3, 3)).size(),
              expected[bound])
        << bound;
}

TEST(BoundedSearch, MakesEveryOrderIfItMay) {
  EXPECT_EQ(every_schedule(*make_bounded_search(100), independent(5, 6)).size(), 462U);
}

TEST(BoundedSearch, TriesFewerDeviationsFirst) {
  std::vector<std::ptrdiff_t> deviations;
  for (const std::string& text : every_schedule(*make_bounded_search(3), independent(3, 3)))
    deviations.push_back(text == "-" ? 0 : std::ranges::count(text, ',') + 1);
  EXPECT_TRUE(std::ranges::is_sorted(deviations));
  EXPECT_EQ(deviations.back(), 3);
}

TEST(BoundedSearch, CountsPicksAsChoices) {
  const RunProgram program = [](Chooser& chooser) {
    (void)chooser.pick(3);
    (void)chooser.pick(1);
    (void)chooser.pick(2);
    return streamtest::Run();
  };
  EXPECT_EQ(every_schedule(*make_bounded_search(2), program).size(), 6U);
}

TEST(BoundedSearch, GivesTheTurnToAnotherAfterAQuantum) {
  // 0 0 1 1 0 0 1 1 0 1: after each pair it deviates from the order without interruption.
  EXPECT_EQ(every_schedule(*make_bounded_search(0, 2), independent(5, 5)),
            std::vector<std::string>{"2=1,4=1,6=1,8=1"});
}

TEST(BoundedSearch, CountsTheQuantumFromWhenOthersCould) {
  const RunProgram program = [](Chooser& chooser) {
    int moves = 0;
    toy::Toy toy;
    toy.actor(std::vector<toy::Step>(5, toy::always([&] { ++moves; })));
    toy.actor({{.act = [] { return true; }, .possible = [&] { return moves >= 3; }}});
    return toy.run(chooser);
  };
  EXPECT_EQ(every_schedule(*make_bounded_search(0, 2), program), std::vector<std::string>{"-"});
}

TEST(BoundedSearch, MakesEachScheduleOnceWithAQuantumToo) {
  EXPECT_EQ(every_schedule(*make_bounded_search(100, 2), independent(5, 5)).size(), 252U);
}

TEST(BoundedSearch, RefusesAQuantumOf0) {
  EXPECT_THROW((void)make_bounded_search(1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace streamtest
