#include <streamtest/cases/aftermath.hpp>

#include <gtest/gtest.h>

#include <string_view>

namespace streamtest {
namespace {

testing::AssertionResult says(const std::optional<std::string>& seen, std::string_view words) {
  if (seen && seen->find(words) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "it says: " << seen.value_or("nothing");
}

/// Two batches of two and three events, acknowledged, all there.
Aftermath sound() {
  return {.batches = {{0, {.size = 2, .acknowledged = true, .offsets = {0, 1}}},
                      {1, {.size = 3, .acknowledged = true, .offsets = {2, 3, 4}}}},
          .seen = {{0, "0-0"}, {2, "1-0"}},
          .survivors = {{0, "0-0"}, {1, "0-1"}, {2, "1-0"}, {3, "1-1"}, {4, "1-2"}},
          .appended = 5};
}

TEST(Aftermath, NamesArePutTogetherAndTakenApart) {
  EXPECT_EQ(name_of(12, 3), "12-3");
  EXPECT_EQ(parts_of("12-3"), (std::pair<std::uint64_t, std::uint64_t>{12, 3}));
}

TEST(Aftermath, NothingIsWrongWithAStreamThatIsWhole) {
  EXPECT_EQ(sound().lost(), std::nullopt);
  EXPECT_EQ(sound().taken_back(), std::nullopt);
  EXPECT_EQ(sound().torn(), std::nullopt);
}

TEST(Aftermath, ABatchThatWasNotAcknowledgedMayBeThereOrNot) {
  Aftermath there = sound();
  there.batches[1].acknowledged = false;
  there.batches[1].offsets.clear();
  Aftermath gone = there;
  gone.survivors.resize(2);
  gone.seen.erase(2);
  gone.appended = 2;
  for (const Aftermath& each : {there, gone}) {
    EXPECT_EQ(each.lost(), std::nullopt);
    EXPECT_EQ(each.taken_back(), std::nullopt);
    EXPECT_EQ(each.torn(), std::nullopt);
  }
}

TEST(Aftermath, WhatWasCutIsNotMissed) {
  Aftermath cut = sound();
  cut.start = 3;
  cut.survivors.erase(cut.survivors.begin(), cut.survivors.begin() + 3);
  EXPECT_EQ(cut.lost(), std::nullopt);
  EXPECT_EQ(cut.taken_back(), std::nullopt);
  EXPECT_EQ(cut.torn(), std::nullopt);
}

TEST(Aftermath, AnAcknowledgedEventIsLost) {
  Aftermath lost = sound();
  lost.survivors.pop_back();
  EXPECT_TRUE(says(lost.lost(), "event 1-2 was acknowledged at offset 4"));
  lost.batches[1].offsets.clear();
  EXPECT_TRUE(says(lost.lost(), "event 1-2 was acknowledged before a crash"));
}

TEST(Aftermath, AnAcknowledgedEventHasMoved) {
  Aftermath moved = sound();
  for (Aftermath::Survivor& survivor : moved.survivors) ++survivor.offset;
  EXPECT_TRUE(says(moved.lost(), "and has offset 1 after it"));
  EXPECT_TRUE(says(moved.taken_back(), "and has offset 1 after it"));
}

TEST(Aftermath, AnEventThatWasSeenIsTakenBack) {
  Aftermath taken = sound();
  taken.batches.erase(1);
  taken.survivors.resize(2);
  taken.appended = 2;
  EXPECT_TRUE(says(taken.taken_back(), "event 1-0 was given to a reader at offset 2"));
  EXPECT_EQ(taken.lost(), std::nullopt);
}

TEST(Aftermath, ABatchIsThereInPart) {
  Aftermath end = sound();
  end.survivors.pop_back();
  EXPECT_TRUE(says(end.torn(), "only 2 of the 3 events of batch 1"));
  Aftermath middle = sound();
  middle.survivors = {{0, "0-0"}, {1, "1-0"}, {2, "1-1"}, {3, "1-2"}};
  EXPECT_TRUE(says(middle.torn(), "only 1 of the 2 events of batch 0"));
  Aftermath begin = sound();
  begin.survivors = {{0, "0-0"}, {1, "0-1"}, {2, "1-1"}, {3, "1-2"}};
  EXPECT_TRUE(says(begin.torn(), "batch 1 begins with its event 1"));
  Aftermath front = sound();
  front.survivors.erase(front.survivors.begin());
  EXPECT_TRUE(says(front.torn(), "batch 0 begins with its event 1"));
}

TEST(Aftermath, ABatchStandsThereTwiceOrOutOfOrder) {
  Aftermath twice = sound();
  twice.survivors = {{0, "0-0"}, {1, "0-1"}, {2, "0-0"}, {3, "0-1"}};
  EXPECT_TRUE(says(twice.torn(), "batch 0 stands behind batch 0"));
  Aftermath turned = sound();
  turned.survivors = {{0, "1-0"}, {1, "1-1"}, {2, "1-2"}, {3, "0-0"}, {4, "0-1"}};
  EXPECT_TRUE(says(turned.torn(), "batch 0 stands behind batch 1"));
}

TEST(Aftermath, OffsetsHaveAGap) {
  Aftermath gap = sound();
  gap.survivors.back().offset = 7;
  EXPECT_TRUE(says(gap.torn(), "offset 3 is followed by 7"));
  gap.sparse = true;
  EXPECT_EQ(gap.torn(), std::nullopt);
  Aftermath behind = sound();
  behind.appended = 6;
  EXPECT_TRUE(says(behind.torn(), "offset 4 is followed by 6"));
}

TEST(Aftermath, ThereIsSomethingThatNobodyAppended) {
  for (const char* name : {"", "7-0", "1-3"}) {
    Aftermath odd = sound();
    odd.survivors.push_back({5, name});
    EXPECT_TRUE(says(odd.torn(), "offset 5 holds an event that nobody appended"));
  }
}

TEST(Aftermath, WhatATornTailMayTakeIsNotMissed) {
  Aftermath torn = sound();
  torn.batches[1].may_be_lost = true;
  torn.survivors.resize(2);
  torn.appended = 2;
  EXPECT_EQ(torn.torn(), std::nullopt);
  EXPECT_EQ(torn.lost(), std::nullopt);
  torn.survivors.clear();
  torn.appended = 0;
  EXPECT_TRUE(says(torn.lost(), "event 0-0 was acknowledged at offset 0"));
}

TEST(Aftermath, ABatchThatWasNotAcknowledgedMayComeLate) {
  Aftermath late = sound();
  late.batches[0] = {.size = 2};
  late.survivors = {{0, "1-0"}, {1, "1-1"}, {2, "1-2"}, {3, "0-0"}, {4, "0-1"}};
  EXPECT_EQ(late.torn(), std::nullopt);
}

}  // namespace
}  // namespace streamtest
