#include "../memorystream/log.hpp"

#include <streamtest/sched/expect.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

/// Two writers, and a reader whose cursor is closed by another thread: it sees events in their
/// order, without a gap, and then that it is closed.
void append_next_and_close() {
  Log log;
  Cursor cursor = log.stream.open(0, Log::both).value();
  std::jthread first([&] { static_cast<void>(log.append({Log::a}).value()); });
  std::jthread second([&] { static_cast<void>(log.append({Log::b, Log::a}).value()); });
  std::jthread closer([&] { static_cast<void>(cursor.close()); });
  for (eventstream::Offset expected = 0;; ++expected) {
    const Result<Event> event = cursor.next();
    if (!event) {
      if (event.error() != Errc::cursor_closed) throw std::runtime_error(event.error().message());
      return;
    }
    if (event->offset != expected)
      throw std::runtime_error("expected offset " + std::to_string(expected) + " and got " +
                               std::to_string(event->offset));
  }
}

/// A reader that waits, and is cancelled while an event comes, has lost nothing.
void cancel_against_append() {
  Log log;
  Cursor cursor = log.stream.open(0, {Log::a}).value();
  std::stop_source stop;
  std::jthread writer([&] { static_cast<void>(log.append({Log::a}).value()); });
  std::jthread stopper([&] { stop.request_stop(); });
  const Result<Event> first = cursor.next(stop.get_token());
  if (first) return;
  if (first.error() != Errc::cancelled) throw std::runtime_error(first.error().message());
  if (cursor.next().value().offset != 0) throw std::runtime_error("the event is lost");
}

TEST(MemoryStream, IsCleanUnderControl) {
  constexpr streamtest::sched::Options options{.schedules = 2000};
  STREAMTEST_EXPECT_SCHEDULES(options, { append_next_and_close(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { cancel_against_append(); });
}

}  // namespace
