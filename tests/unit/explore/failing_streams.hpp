#ifndef TESTS_UNIT_EXPLORE_FAILING_STREAMS_HPP
#define TESTS_UNIT_EXPLORE_FAILING_STREAMS_HPP

#include "../subject/little_stream.hpp"

#include <streamtest/subject/witness.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

/// Streams that fail, throw or take their time when a program is performed on them.
namespace failing {

using streamtest::HarnessFailure;
using streamtest::Offsets;
using streamtest::Scenario;

struct Refusing : LittleHarness {
  explicit Refusing(const Scenario& scenario) : LittleHarness(scenario) {
    throw std::runtime_error("no disk");
  }
};

struct GivingAway : LittleHarness {
  using LittleHarness::LittleHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel>) {
    throw HarnessFailure("the disk is full");
  }
};

/// Its appends fail; whose fault that is the exception says, or doesn't.
template <typename Failure>
struct Losing : LittleHarness {
  using LittleHarness::LittleHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel>) {
    throw Failure("gone");
  }
};

/// The memory stream with cursors of another kind around its own.
template <typename Cursor>
struct WithCursors : LittleHarness {
  struct Stream : AroundMemory {
    eventstream::Result<Cursor> open(eventstream::Offset offset,
                                     const eventstream::EventTypeSet& filter,
                                     const std::stop_token& token) {
      auto opened = memory->open(offset, filter, token);
      if (!opened) return opened.error();
      return Cursor{*std::move(opened)};
    }
  };
  using LittleHarness::LittleHarness;
  Stream& stream() { return outer; }
  Stream outer{{&memory}};
};

/// The second event can't be read, and a cursor that read the first can't be closed.
struct ThrowingCursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    const auto event = inner.next(token);
    if (event && event->offset == 1) throw std::runtime_error("no such page");
    has_read = has_read || event;
    return event;
  }
  eventstream::Result<void> close() {
    if (has_read) throw std::runtime_error("a page is missing");
    return inner.close();
  }
  eventstream::Cursor inner;
  bool has_read = false;
};
using Throwing = WithCursors<ThrowingCursor>;

inline void take_time(std::chrono::milliseconds time, const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, token, time, [] { return false; });
}

/// Each read takes a while, all of them together longer than the patience.
struct LeisurelyCursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    take_time(std::chrono::milliseconds(60), token);
    return inner.next(token);
  }
  eventstream::Result<void> close() { return inner.close(); }
  eventstream::Cursor inner;
};
using Leisurely = WithCursors<LeisurelyCursor>;

/// The first read since `reads` was 0 throws; the others are right, and take half a second each.
struct WrongOnceCursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    if (reads++ == 0) throw std::runtime_error("the first read fails");
    take_time(std::chrono::milliseconds(500), token);
    return inner.next(token);
  }
  eventstream::Result<void> close() { return inner.close(); }
  eventstream::Cursor inner;
  static inline std::atomic<unsigned> reads = 0;
};
using WrongOnce = WithCursors<WrongOnceCursor>;

}  // namespace failing

#endif
