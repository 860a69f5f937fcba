#include <streamtest/suite/suite.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

// A stream that derives from nothing of ours: a log behind one mutex, and cursors with
// next(stop_token) and close() alone. Its append doesn't tell offsets. It must be certifiable all
// the same.

namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

struct Log {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<Parcel> events;
};

class LogCursor {
 public:
  LogCursor(std::shared_ptr<Log> log, Offset position, EventTypeSet filter)
      : state_(std::make_unique<State>(State{std::move(log), position, std::move(filter), false})) {
  }
  LogCursor(LogCursor&&) = default;
  LogCursor& operator=(LogCursor&&) = default;
  ~LogCursor() {
    if (state_) (void)close();
  }

  Result<Event> next(std::stop_token token) {
    State& state = *state_;
    std::unique_lock lock(state.log->mutex);
    for (;;) {
      if (state.closed) return Errc::cursor_closed;
      if (token.stop_requested()) return Errc::cancelled;
      while (state.position < state.log->events.size()) {
        const Offset offset = state.position++;
        const Parcel& parcel = state.log->events[offset];
        if (state.filter.contains(parcel->type)) return Event{offset, parcel};
        // A long run that doesn't match can be left at any time.
        if (offset % 1024 == 0) {
          lock.unlock();
          lock.lock();
          if (state.closed || token.stop_requested()) break;
        }
      }
      state.log->changed.wait(
          lock, token, [&] { return state.closed || state.position < state.log->events.size(); });
    }
  }

  Result<void> close() {
    std::lock_guard lock(state_->log->mutex);
    if (std::exchange(state_->closed, true)) return Errc::cursor_closed;
    state_->log->changed.notify_all();
    return {};
  }

 private:
  struct State {
    std::shared_ptr<Log> log;
    Offset position;
    EventTypeSet filter;
    bool closed;
  };
  std::unique_ptr<State> state_;
};

struct LogStream {
  eventstream::Identity application() const { return name; }
  Result<EventTypeSet> event_types(std::stop_token token) const {
    if (token.stop_requested()) return Errc::cancelled;
    return types;
  }
  Result<LogCursor> open(Offset offset, const EventTypeSet& filter, std::stop_token token) {
    if (token.stop_requested()) return Errc::cancelled;
    if (filter.empty()) return Errc::no_event_types;
    for (const eventstream::EventType& type : filter)
      if (!types.contains(type)) return Errc::unsupported_event_type;
    return LogCursor(log, offset, filter);
  }

  eventstream::Identity name;
  EventTypeSet types;
  std::shared_ptr<Log> log = std::make_shared<Log>();
};

struct LogHarness {
  static streamtest::Capabilities capabilities() { return {}; }
  explicit LogHarness(const streamtest::Scenario& scenario)
      : log{scenario.application, scenario.event_types} {}
  LogStream& stream() { return log; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    std::lock_guard lock(log.log->mutex);
    log.log->events.insert(log.log->events.end(), batch.begin(), batch.end());
    log.log->changed.notify_all();
    return streamtest::Offsets();
  }
  LogStream log;
};

}  // namespace

STREAMTEST_CERTIFY(Foreign, LogHarness);
