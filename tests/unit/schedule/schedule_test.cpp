#include <streamtest/schedule/schedule.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

TEST(Schedule, IsTheSameAfterItsText) {
  const Schedule schedules[] = {
      {}, {{{0, 1}}}, {{{4, 1}, {17, 2}, {18446744073709551615U, 4294967295U}}}};
  for (const Schedule& schedule : schedules)
    EXPECT_EQ(schedule_from_text(to_text(schedule)), schedule) << to_text(schedule);
  EXPECT_EQ(to_text({}), "-");
  EXPECT_EQ(to_text({{{4, 1}, {17, 2}}}), "4=1,17=2");
}

class Garbage : public testing::TestWithParam<const char*> {};

TEST_P(Garbage, IsNoSchedule) {
  EXPECT_FALSE(schedule_from_text(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Texts, Garbage,
                         testing::Values("", " ", "--", "-,4=1", "4", "4=", "=1", "4=1,", ",4=1",
                                         "4=1,,5=1", "4=1 ", " 4=1", "4=1\n", "4 =1", "+4=1",
                                         "-4=1", "4=-1", "04=1", "4=01", "4=0", "4=1,4=2",
                                         "5=1,4=1", "4=1;5=1", "x=1", "4=0x1", "4=4294967296",
                                         "18446744073709551616=1"));

const std::vector<Move> three{{.actor = 0}, {.actor = 1}, {.actor = 2}};

TEST(Recorder, WritesDownWhatDeviatesAndCountsAll) {
  Replay inner({{{1, 2}, {3, 1}}});
  Recorder recorder(inner);
  EXPECT_EQ(recorder.choose(three), 0U);
  EXPECT_EQ(recorder.choose(three), 2U);
  EXPECT_EQ(recorder.pick(1), 0U);
  EXPECT_EQ(recorder.pick(2), 1U);
  EXPECT_EQ(recorder.choices(), 4U);
  EXPECT_EQ(to_text(recorder.schedule()), "1=2,3=1");
}

TEST(Replay, IsExactIfEveryDeviationWasMade) {
  Replay replay({{{1, 2}}});
  EXPECT_TRUE(replay.diverged()) << "nothing was asked for yet";
  EXPECT_EQ(replay.choose(three), 0U);
  EXPECT_EQ(replay.choose(three), 2U);
  EXPECT_EQ(replay.choose(three), 0U);
  EXPECT_FALSE(replay.diverged());
}

TEST(Replay, LeavesOutWhatIsImpossibleAndTells) {
  Replay replay({{{0, 3}, {1, 1}}});
  EXPECT_EQ(replay.choose(three), 0U);
  EXPECT_EQ(replay.choose(three), 1U) << "what follows is made";
  EXPECT_TRUE(replay.diverged());
}

}  // namespace
}  // namespace streamtest
