#include <streamtest/certify/pace.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

using namespace std::chrono_literals;

constexpr Pace::Time begin{1h};

TEST(Pace, LeavesCasesTheirTimeOnSchedule) {
  Pace pace(100s, 90, begin);
  EXPECT_EQ(pace.at(begin), 1);
  for (int rule = 1; rule <= 90; ++rule) {
    pace.finish_rule();
    EXPECT_EQ(pace.late(begin + rule * 1s), 0s) << "nine tenths of the budget, shared by the rules";
    EXPECT_EQ(pace.at(begin + rule * 1s), 1);
  }
}

TEST(Pace, GivesNoMoreThanTheUsualTimeToWhatIsEarly) {
  Pace pace(100s, 90, begin);
  pace.finish_rule();
  EXPECT_EQ(pace.late(begin), -1s);
  EXPECT_EQ(pace.at(begin), 1);
}

TEST(Pace, FallsAsTheRunGetsLateAndRisesAsItCatchesUp) {
  Pace pace(100s, 90, begin);
  EXPECT_DOUBLE_EQ(pace.at(begin + 2s), 0.6);
  EXPECT_DOUBLE_EQ(pace.at(begin + 4s), 0.2);
  pace.finish_rule();
  EXPECT_DOUBLE_EQ(pace.at(begin + 4s), 0.4);
}

TEST(Pace, KeepsATenthHoweverLate) {
  const Pace pace(100s, 90, begin);
  EXPECT_DOUBLE_EQ(pace.at(begin + 5s), 0.1);
  EXPECT_DOUBLE_EQ(pace.at(begin + 1h), 0.1);
}

TEST(Pace, GoesOnFromTheLatenessThatAnotherOneTold) {
  const Pace late(100s, 90, begin, 2s);
  EXPECT_EQ(late.late(begin + 1s), 3s);
  EXPECT_DOUBLE_EQ(late.at(begin), 0.6);
  EXPECT_EQ(Pace(100s, 90, begin, -5s).at(begin + 5s), 1);
}

TEST(Pace, HoldsWithoutARule) {
  EXPECT_EQ(Pace(100s, 0, begin).at(begin), 1);
}

}  // namespace
}  // namespace streamtest
