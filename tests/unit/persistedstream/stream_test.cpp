#include "events.hpp"

#include <gtest/gtest.h>
#include <persistedstream/memory_repository.hpp>
#include <persistedstream/stream.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace persistedstream {
namespace {

using events::a;
using events::b;
using events::both;
using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

std::shared_ptr<MemoryRepository> repository(std::size_t page_size = 4) {
  return std::make_shared<MemoryRepository>(events::owner, both, page_size);
}

std::future<Result<Event>> start_next(Cursor& cursor, std::stop_token token = {}) {
  return std::async(std::launch::async, [&cursor, token] { return cursor.next(token); });
}

/// A repository that can be made to fail in what it reads.
class Failing final : public EventRepository {
 public:
  eventstream::Identity application() const override { return events::owner; }
  Result<EventTypeSet> event_types() override { return both; }
  Result<Extent> extent() override { return fails ? Result<Extent>(error) : memory.extent(); }
  Result<Loaded> load(Offset from, const EventTypeSet* types) override {
    return fails ? Result<Loaded>(error) : memory.load(from, types);
  }
  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected) override {
    return memory.append(batch, expected);
  }
  Result<Offset> truncate(Offset first_retained) override {
    return memory.truncate(first_retained);
  }
  std::uint32_t changes() const override { return memory.changes(); }
  void wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                       std::stop_token token) override {
    memory.wait_for_change(seen, longest, token);
  }

  MemoryRepository memory{events::owner, both};
  std::atomic<bool> fails = false;
  Errc error = Errc::backend_failure;
};

TEST(PersistedStream, NeedsARepositoryThatCanBeRead) {
  EXPECT_THROW(Stream(nullptr), std::invalid_argument);
  const auto failing = std::make_shared<Failing>();
  failing->fails = true;
  EXPECT_THROW(Stream{failing}, boost::system::system_error);
}

TEST(PersistedStream, RefusesWhatItCannotTakeOrServe) {
  Stream stream(repository());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(stream.open(0, {}).error(), Errc::no_event_types);
  EXPECT_EQ(stream.open(0, {a, eventstream::EventType("C")}).error(), Errc::unsupported_event_type);
  EXPECT_EQ(stream.open(0, {a}, stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(stream.event_types(stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(stream.append(std::vector{Parcel()}).error(), Errc::invalid_argument);
  EXPECT_EQ(stream.append(std::vector{events::parcel(a, "", {"other", "other"})}).error(),
            Errc::invalid_argument);
  EXPECT_EQ(stream.append(events::batch({a, eventstream::EventType("C")})).error(),
            Errc::unsupported_event_type);
  EXPECT_EQ(stream.append(events::batch({a})).value(), 0U);
}

TEST(PersistedStream, PassesFromHistoryToTheCache) {
  const auto store = repository();
  ASSERT_TRUE(store->append(events::many(10, a), {}).has_value());
  Stream stream(store, {.cache_size = 3});
  Cursor cursor = stream.open(0, both).value();
  for (Offset offset = 0; offset < 10; ++offset) EXPECT_EQ(cursor.next()->offset, offset);
  for (Offset offset = 10; offset < 20; ++offset) {
    auto read = start_next(cursor);
    EXPECT_EQ(stream.append(events::batch({a})).value(), offset);
    EXPECT_EQ(read.get()->offset, offset);
  }
}

TEST(PersistedStream, ACursorThatTheCacheLeftBehindGoesBackToTheStore) {
  Stream stream(repository(), {.cache_size = 2});
  Cursor cursor = stream.open(0, {a}).value();
  for (Offset round = 0; round < 20; ++round) {
    ASSERT_TRUE(stream.append(events::batch({a, b, b, b, a})).has_value());
    EXPECT_EQ(cursor.next()->offset, 5 * round);
    EXPECT_EQ(cursor.next()->offset, 5 * round + 4);
  }
}

TEST(PersistedStream, SeesWhatOthersAppendAndTruncate) {
  const auto store = repository();
  Stream here(store);
  Stream there(store);
  Cursor cursor = here.open(0, {b}).value();
  auto read = start_next(cursor);
  ASSERT_TRUE(there.append(events::batch({a, b})).has_value());
  EXPECT_EQ(read.get()->offset, 1U);
  EXPECT_EQ(there.truncate(2).value(), 2U);
  // Its cache gives the event until the follower has heard of the cut.
  Result<Event> event = here.open(0, {a})->next();
  while (event) event = here.open(0, {a})->next();
  EXPECT_EQ(event.error(), Errc::truncated);
  EXPECT_EQ(here.open(2, {a})->try_next().error(), Errc::not_yet);
}

TEST(PersistedStream, NothingCutIsDeliveredOnceTruncateReturned) {
  const auto store = repository(100);
  ASSERT_TRUE(store->append(events::many(50, a), {}).has_value());
  Stream stream(store);
  Cursor reading = stream.open(0, both).value();
  EXPECT_EQ(reading.next()->offset, 0U);  // the rest of the page is loaded
  Cursor at_cut = stream.open(30, both).value();
  EXPECT_EQ(stream.truncate(30).value(), 30U);
  EXPECT_EQ(reading.next().error(), Errc::truncated);
  EXPECT_EQ(reading.next().error(), Errc::truncated);
  EXPECT_EQ(at_cut.next()->offset, 30U);
}

TEST(PersistedStream, WhoWaitsAtTheEndHearsNothingOfACutBelowIt) {
  Stream stream(repository(), {.cache_size = 4});
  for (int round = 0; round < 200; ++round) {
    const Offset end = stream.append({}).value();
    Cursor cursor = stream.open(end, {b}).value();
    auto read = start_next(cursor);
    std::thread truncating([&] { (void)stream.truncate(end + 1); });
    ASSERT_TRUE(stream.append(events::batch({a})).has_value());
    truncating.join();
    ASSERT_TRUE(stream.append(events::batch({b})).has_value());
    const Result<Event> event = read.get();
    // A reader that hadn't begun to wait may be told of the cut; it is opened below it then.
    if (event) {
      EXPECT_EQ(event->offset, end + 1);
    } else {
      EXPECT_EQ(event.error(), Errc::truncated);
    }
  }
}

TEST(PersistedStream, GoesOnAtItsOldEndAfterEverythingWasTruncated) {
  const auto store = repository();
  {
    Stream stream(store);
    ASSERT_TRUE(stream.append(events::many(7, a)).has_value());
    EXPECT_EQ(stream.truncate(100).value(), 7U);
  }
  Stream stream(store);
  EXPECT_EQ(stream.append(events::batch({a})).value(), 7U);
  EXPECT_EQ(stream.open(6, both)->next().error(), Errc::truncated);
  EXPECT_EQ(stream.open(7, both)->next()->offset, 7U);
}

TEST(PersistedStream, AFailingStoreIsToldAndPassed) {
  const auto store = std::make_shared<Failing>();
  ASSERT_TRUE(store->append(events::many(3, a), {}).has_value());
  Stream stream(store);
  Cursor history = stream.open(0, both).value();
  Cursor live = stream.open(3, both).value();
  store->fails = true;
  EXPECT_EQ(history.next().error(), Errc::backend_failure);
  // The append tells the follower to look, and it fails: who waits in the cache hears of it.
  auto read = start_next(live);
  ASSERT_TRUE(store->append(events::batch({a}), {}).has_value());
  EXPECT_EQ(read.get().error(), Errc::backend_failure);
  store->fails = false;
  EXPECT_EQ(live.next()->offset, 3U);
  for (Offset offset = 0; offset < 4; ++offset) EXPECT_EQ(history.next()->offset, offset);
}

TEST(PersistedStream, DamageIsToldEachTimeAndNotPassed) {
  const auto store = std::make_shared<Failing>();
  store->error = Errc::damaged;
  ASSERT_TRUE(store->append(events::many(3, a), {}).has_value());
  Stream stream(store);
  Cursor cursor = stream.open(0, both).value();
  store->fails = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cursor.next().error(), Errc::damaged);
}

TEST(PersistedStream, ItsCursorsAreClosedWhenItGoes) {
  auto stream = std::make_unique<Stream>(repository());
  ASSERT_TRUE(stream->append(events::many(3, a)).has_value());
  Cursor history = stream->open(0, both).value();
  EXPECT_EQ(history.next()->offset, 0U);
  Cursor live = stream->open(3, both).value();
  auto read = start_next(live);
  stream.reset();
  EXPECT_EQ(read.get().error(), Errc::cursor_closed);
  EXPECT_EQ(history.next().error(), Errc::cursor_closed);
}

TEST(PersistedStream, ManyAppendersAndReadersWithASmallCache) {
  constexpr Offset count = 400;
  const auto store = repository(7);
  Stream here(store, {.cache_size = 5});
  Stream there(store, {.cache_size = 5});
  std::vector<std::thread> threads;
  for (Stream* stream : {&here, &there})
    threads.emplace_back([stream] {
      for (Offset i = 0; i < count / 2; ++i)
        ASSERT_TRUE(stream->append(events::batch({i % 3 ? a : b})).has_value());
    });
  for (Stream* stream : {&here, &there, &here})
    threads.emplace_back([stream] {
      Cursor cursor = stream->open(0, both).value();
      for (Offset offset = 0; offset < count; ++offset) EXPECT_EQ(cursor.next()->offset, offset);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace persistedstream
