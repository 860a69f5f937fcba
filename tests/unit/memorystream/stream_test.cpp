#include "log.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace memorystream {
namespace {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::Offset;
using eventstream::Parcel;

constexpr Offset highest = std::numeric_limits<Offset>::max();

std::vector<Offset> drain(Cursor cursor) {
  std::vector<Offset> offsets;
  while (auto event = cursor.try_next()) offsets.push_back(event->offset);
  return offsets;
}

TEST(Stream, GivesEachEventAtTheOffsetItsAppendTold) {
  Log log;
  EXPECT_EQ(log.append({Log::a, Log::b}).value(), 0U);
  EXPECT_EQ(log.append({Log::a}).value(), 2U);
  EXPECT_EQ(drain(log.stream.open(0, Log::both).value()), (std::vector<Offset>{0, 1, 2}));
  EXPECT_EQ(drain(log.stream.open(1, {Log::a}).value()), std::vector<Offset>{2});
}

TEST(Stream, RefusesWhatItCannotTakeAndWritesNothing) {
  Log log;
  const Parcel good = Log::parcel(Log::a);
  eventstream::Envelope stranger = *good;
  stranger.source_application = {"other", "other"};
  EXPECT_EQ(log.stream.append(std::vector{good, Parcel()}).error(), Errc::invalid_argument);
  EXPECT_EQ(log.stream.append(std::vector{good, Parcel(stranger)}).error(), Errc::invalid_argument);
  EXPECT_EQ(log.append({Log::a, EventType("C")}).error(), Errc::unsupported_event_type);
  EXPECT_EQ(log.stream.next_offset(), 0U);
}

TEST(Stream, OpenRefusesWhatItCannotServe) {
  Log log;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(log.stream.open(0, {}).error(), Errc::no_event_types);
  EXPECT_EQ(log.stream.open(0, {Log::a, EventType("C")}).error(), Errc::unsupported_event_type);
  EXPECT_EQ(log.stream.open(0, {Log::a}, stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(log.stream.event_types(stop.get_token()).error(), Errc::cancelled);
}

TEST(Stream, AnEmptyBatchIsNothing) {
  Log log;
  EXPECT_EQ(log.append({}).value(), 0U);
  (void)log.append({Log::a});
  EXPECT_EQ(log.append({}).value(), 1U);
}

TEST(Stream, AnExpectedOffsetIsHeldTo) {
  Log log;
  EXPECT_EQ(log.append({Log::a}, 1).error(), Errc::conflict);
  EXPECT_EQ(log.append({Log::a}, 0).value(), 0U);
  EXPECT_EQ(log.append({Log::a}, 0).error(), Errc::conflict);
  EXPECT_EQ(log.append({}, 5).error(), Errc::conflict);
}

TEST(Stream, HugeOffsetsWaitAndDoNotWrap) {
  Log log;
  (void)log.append({Log::a});
  for (const Offset offset : {Offset{2}, Offset{1} << 32, Offset{1} << 63, highest - 1, highest}) {
    Cursor cursor = log.stream.open(offset, Log::both).value();
    EXPECT_EQ(cursor.try_next().error(), Errc::not_yet) << offset;
  }
}

TEST(Stream, CrossesItsSegments) {
  Log log;
  for (int i = 0; i < 1000; ++i) (void)log.append({i % 10 == 0 ? Log::a : Log::b});
  EXPECT_EQ(drain(log.stream.open(0, Log::both).value()).size(), 1000U);
  const std::vector<Offset> some = drain(log.stream.open(255, {Log::a}).value());
  ASSERT_EQ(some.size(), 74U);
  EXPECT_EQ(some.front(), 260U);
  EXPECT_EQ(some.back(), 990U);
}

TEST(Truncate, IsMonotoneAndClamped) {
  Log log;
  (void)log.append({Log::a, Log::a, Log::a});
  EXPECT_EQ(log.stream.truncate(2), 2U);
  EXPECT_EQ(log.stream.truncate(1), 2U);
  EXPECT_EQ(log.stream.truncate(highest), 3U);
  EXPECT_EQ(log.append({Log::a}).value(), 3U);
  EXPECT_EQ(drain(log.stream.open(3, Log::both).value()), std::vector<Offset>{3});
}

TEST(Truncate, IsStrictAndTold) {
  Log log;
  for (int i = 0; i < 600; ++i) (void)log.append({Log::a});
  Cursor before = log.stream.open(0, Log::both).value();
  EXPECT_EQ(before.next()->offset, 0U);
  (void)log.stream.truncate(300);
  EXPECT_EQ(before.next().error(), Errc::truncated);
  EXPECT_EQ(before.next().error(), Errc::truncated);
  EXPECT_EQ(log.stream.open(299, Log::both)->next().error(), Errc::truncated);
  EXPECT_EQ(log.stream.open(300, Log::both)->next()->offset, 300U);
}

TEST(Truncate, LeavesDeliveredEventsIntact) {
  Log log;
  for (int i = 0; i < 512; ++i) (void)log.append({Log::a});
  Cursor cursor = log.stream.open(0, Log::both).value();
  const Event kept = cursor.next().value();
  (void)log.stream.truncate(512);
  (void)cursor.close();
  EXPECT_EQ(kept.parcel->type, Log::a);
}

TEST(Buffer, TruncatesItself) {
  memorystream::Stream stream(
      {.application = Log::owner, .event_types = Log::both, .first_offset = 10, .buffer_size = 3});
  EXPECT_EQ(stream.first_offset(), 10U);
  EXPECT_EQ(stream.open(9, Log::both)->next().error(), Errc::truncated);
  for (int i = 0; i < 5; ++i) (void)stream.append(std::vector{Log::parcel(Log::a)});
  EXPECT_EQ(stream.first_offset(), 12U);
  EXPECT_EQ(drain(stream.open(12, Log::both).value()), (std::vector<Offset>{12, 13, 14}));
}

TEST(Stream, FiltersUpToTheLastOffsets) {
  memorystream::Stream stream({.application = Log::owner,
                               .event_types = Log::both,
                               .first_offset = highest - 100,
                               .buffer_size = 100});
  (void)stream.append(std::vector{Log::parcel(Log::b), Log::parcel(Log::a)});
  EXPECT_EQ(drain(stream.open(highest - 100, {Log::a}).value()), std::vector<Offset>{highest - 99});
}

Event early(Offset offset) {
  return {offset, Log::parcel(Log::a)};
}

TEST(Add, PutsEventsInTheirPlaces) {
  Log log;
  EXPECT_TRUE(log.stream.add(std::vector{early(2), early(1)}));
  EXPECT_EQ(log.stream.next_offset(), 0U);
  EXPECT_TRUE(log.stream.add(std::vector{early(0)}));
  EXPECT_EQ(log.stream.next_offset(), 3U);
  EXPECT_EQ(drain(log.stream.open(0, Log::both).value()), (std::vector<Offset>{0, 1, 2}));
}

TEST(Add, DropsWhatIsThereAlready) {
  Log log;
  EXPECT_TRUE(log.stream.add(std::vector{early(1), early(1)}));  // twice while it waits
  EXPECT_TRUE(
      log.stream.add(std::vector{early(0), early(1), early(0)}));  // again when its turn comes
  EXPECT_TRUE(log.stream.add(std::vector{early(0)}));              // and late
  EXPECT_TRUE(log.stream.add(std::vector{early(2)}));
  EXPECT_EQ(drain(log.stream.open(0, Log::both).value()), (std::vector<Offset>{0, 1, 2}));
}

TEST(Add, RefusesWhatItCannotTakeBeforeAnyIsAdded) {
  Log log;
  EXPECT_EQ(log.stream.add(std::vector{early(0), Event{highest, Log::parcel(Log::a)}}).error(),
            Errc::invalid_argument);
  EXPECT_EQ(log.stream.add(std::vector{early(0), Event{1, Log::parcel(EventType("C"))}}).error(),
            Errc::unsupported_event_type);
  EXPECT_EQ(log.stream.next_offset(), 0U);
}

TEST(Add, AnAppendMustNotTakeAPlaceThatIsWaitedFor) {
  Log log;
  EXPECT_TRUE(log.stream.add(std::vector{early(1)}));
  EXPECT_EQ(log.append({Log::a}).error(), Errc::conflict);
  EXPECT_TRUE(log.stream.add(std::vector{early(0)}));
  EXPECT_EQ(log.append({Log::a}).value(), 2U);
}

}  // namespace
}  // namespace memorystream
