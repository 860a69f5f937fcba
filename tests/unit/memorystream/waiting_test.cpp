#include "log.hpp"

#include <eventstream/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <future>

namespace memorystream {
namespace {

namespace asio = boost::asio;
using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;

/// A cursor that waits on an io_context; its read has begun and waits when the constructor returns.
class Waiter {
 public:
  Waiter(Log& log, Offset offset, const eventstream::EventTypeSet& filter)
      : cursor(log.stream.open(offset, filter).value()) {
    wait();
  }

  void wait() {
    outcome.reset();
    cursor.async_next(asio::bind_cancellation_slot(
        signal.slot(),
        asio::bind_executor(context, [this](boost::system::error_code error, Event event) {
          outcome = error ? Result<Event>(error) : Result<Event>(std::move(event));
        })));
    run();
  }
  void run() {
    context.restart();
    context.poll();
  }

  asio::io_context context;
  asio::cancellation_signal signal;
  std::optional<Result<Event>> outcome;
  Cursor cursor;
};

TEST(Waiting, AnAppendWakesTheCursorsThatItMatchesAndNoOthers) {
  constexpr int each = 5000;
  Log log;
  asio::io_context context;
  std::vector<Cursor> cursors;
  int woken = 0;
  int wrong = 0;
  for (int i = 0; i < 2 * each; ++i) {
    cursors.push_back(log.stream.open(0, {i % 2 == 0 ? Log::a : Log::b}).value());
    cursors.back().async_next(
        asio::bind_executor(context, [&, i](boost::system::error_code error, const Event& event) {
          ++woken;
          if (error || i % 2 != 0 || event.offset != 0) ++wrong;
        }));
  }
  context.poll();
  ASSERT_EQ(log.stream.statistics().waiting, 2U * each);
  (void)log.append({Log::a});
  EXPECT_EQ(log.stream.statistics().woken, static_cast<std::uint64_t>(each))
      << "cursors that do not match were woken";
  EXPECT_EQ(log.stream.statistics().waiting, static_cast<std::uint64_t>(each));
  context.restart();
  context.poll();
  EXPECT_EQ(woken, each);
  EXPECT_EQ(wrong, 0);
}

TEST(Waiting, ACursorWhoseFilterDoesNotMatchIsNeverPolled) {
  // A poll follows a notify, and nothing else does (cursor tests); so counting notifies counts
  // polls.
  Log log;
  Waiter waiter(log, 0, {Log::b});
  for (int i = 0; i < 1000; ++i) (void)log.append({Log::a});
  EXPECT_EQ(log.stream.statistics().woken, 0U);
  (void)log.append({Log::b});
  waiter.run();
  EXPECT_EQ((*waiter.outcome)->offset, 1000U);
}

TEST(Waiting, AFilterOfSeveralTypesIsWokenOnceByABatchOfAll) {
  Log log;
  Waiter waiter(log, 0, Log::both);
  (void)log.append({Log::b, Log::a, Log::b});
  EXPECT_EQ(log.stream.statistics().woken, 1U);
  waiter.run();
  EXPECT_EQ((*waiter.outcome)->offset, 0U);
}

TEST(Waiting, AWaiterKeepsItsPlaceThroughUnmatchedAppendsAndATruncation) {
  Log log;
  Waiter waiter(log, 0, {Log::a});
  (void)log.append({Log::b, Log::b});
  (void)log.stream.truncate(2);
  (void)log.append({Log::a});
  waiter.run();
  ASSERT_TRUE(*waiter.outcome) << waiter.outcome->error().message();
  EXPECT_EQ((*waiter.outcome)->offset, 2U);
}

// What a batch pushes out at its own front was not for it.
TEST(Waiting, AWaiterIsNotToldOfACutInFrontOfItsEvent) {
  Log log(1);
  Waiter waiter(log, 0, {Log::b});
  (void)log.append({Log::a, Log::b});
  waiter.run();
  ASSERT_TRUE(*waiter.outcome) << waiter.outcome->error().message();
  EXPECT_EQ((*waiter.outcome)->offset, 1U);
}

TEST(Waiting, ACancelledWaiterKeepsItsPlaceThroughATruncation) {
  Log log;
  Waiter waiter(log, 0, {Log::a});
  (void)log.append({Log::b, Log::b});
  waiter.signal.emit(asio::cancellation_type::terminal);
  waiter.run();
  EXPECT_EQ(waiter.outcome->error(), Errc::cancelled);
  (void)log.stream.truncate(2);
  waiter.wait();
  EXPECT_FALSE(waiter.outcome.has_value());
  (void)log.append({Log::a});
  waiter.run();
  EXPECT_EQ((*waiter.outcome)->offset, 2U);
}

TEST(Waiting, ACursorBeyondTheEndSleepsUntilItsOffset) {
  Log log;
  Waiter waiter(log, 3, {Log::a});
  (void)log.append({Log::a, Log::a, Log::a});
  EXPECT_EQ(log.stream.statistics().woken, 0U);
  (void)log.append({Log::a});
  waiter.run();
  EXPECT_EQ((*waiter.outcome)->offset, 3U);
}

TEST(Waiting, AnAddThatFillsAGapWakes) {
  Log log;
  Waiter waiter(log, 0, {Log::a});
  EXPECT_TRUE(log.stream.add(std::vector{Event{1, Log::parcel(Log::a)}}));
  EXPECT_EQ(log.stream.statistics().woken, 0U);
  EXPECT_TRUE(log.stream.add(std::vector{Event{0, Log::parcel(Log::b)}}));
  waiter.run();
  EXPECT_EQ((*waiter.outcome)->offset, 1U);
}

TEST(Waiting, ClosingTakesTheWaiterOut) {
  Log log;
  {
    Waiter waiter(log, 0, Log::both);
    EXPECT_EQ(log.stream.statistics().waiting, 1U);
    EXPECT_TRUE(waiter.cursor.close());
    EXPECT_EQ(log.stream.statistics().waiting, 0U);
    waiter.run();
    EXPECT_EQ(waiter.outcome->error(), Errc::cursor_closed);
  }
  EXPECT_TRUE(log.append({Log::a}));
}

TEST(Waiting, TheStreamsEndWakesEveryReader) {
  auto log = std::make_unique<Log>();
  Waiter waiter(*log, 0, Log::both);
  Cursor blocked = log->stream.open(0, Log::both).value();
  Cursor idle = log->stream.open(0, Log::both).value();
  auto read = std::async(std::launch::async, [&] { return blocked.next(); });
  while (log->stream.statistics().waiting < 2) std::this_thread::yield();
  log.reset();
  EXPECT_EQ(read.get().error(), Errc::cursor_closed);
  waiter.run();
  EXPECT_EQ(waiter.outcome->error(), Errc::cursor_closed);
  EXPECT_EQ(idle.next().error(), Errc::cursor_closed);
  EXPECT_TRUE(idle.close());
}

}  // namespace
}  // namespace memorystream
