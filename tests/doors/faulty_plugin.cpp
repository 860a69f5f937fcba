#include <memorystream/stream.hpp>
#include <streamtest/certify/plugin.hpp>

#include <fcntl.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

// A harness over the memory stream that goes wrong in the way that its arguments name. Used by
// tests of the doors.

namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// Waits for ever: a call that hangs where no patience reaches it.
void hang() {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  for (;;) never.wait(lock);
}

class Cursor {
 public:
  Cursor(eventstream::Cursor cursor, std::string mode)
      : cursor_(std::move(cursor)), mode_(std::move(mode)) {}
  Result<Event> next(std::stop_token token) {
    if (mode_ == "crash") std::abort();
    if (mode_ == "hang_next") hang();
    if (mode_ == "wrong") return Errc::damaged;
    if (mode_ == "throw_next") throw std::runtime_error("next is not well");
    return cursor_.next(token);
  }
  Result<void> close() {
    if (mode_ == "hang_close") hang();
    return cursor_.close();
  }

 private:
  eventstream::Cursor cursor_;
  std::string mode_;
};

struct Stream {
  eventstream::Identity application() const { return memory.application(); }
  Result<EventTypeSet> event_types(std::stop_token token) const {
    return memory.event_types(token);
  }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter, std::stop_token token) {
    auto cursor = memory.open(offset, filter, token);
    if (!cursor) return cursor.error();
    return Cursor(*std::move(cursor), mode);
  }

  memorystream::Stream memory;
  std::string mode;
};

struct Harness {
  static streamtest::Capabilities capabilities() { return {}; }
  static std::vector<std::string> variants() { return {}; }
  explicit Harness(const streamtest::Scenario& scenario)
      : faulty{memorystream::Stream(
                   {.application = scenario.application, .event_types = scenario.event_types}),
               scenario.arguments} {
    if (scenario.arguments == "throw_setup") throw std::runtime_error("the database is not there");
    if (scenario.arguments == "crash_at_exit") {
      static std::once_flag once;
      std::call_once(once, [] { std::atexit([] { std::_Exit(66); }); });
    }
  }
  Stream& stream() { return faulty; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    if (faulty.mode == "append_fails") return Errc::backend_failure;
    if (faulty.mode == "append_throws") throw std::runtime_error("the disk is full");
    if (faulty.mode == "hang_append") hang();
    auto offsets = streamtest::consecutive(faulty.memory.append(batch), batch.size());
    if (faulty.mode == "one_offset") offsets->resize(1);
    return offsets;
  }

  Stream faulty;
};

}  // namespace

STREAMTEST_PLUGIN("faulty", Harness);
