#include "monitor.hpp"

#include "find_entry.hpp"

#include <streamtest/subject/harness.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace mutants::monitor {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// A reader that waits for the next event, which is put into its hand.
struct Hand {
  const EventTypeSet* filter = nullptr;
  std::optional<Event> event;
};

struct State {
  Identity application;
  EventTypeSet types;
  Defect defect = Defect::none;

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Parcel> events;
  std::size_t reserved = 0;  // offsets that were given away
  std::vector<Hand*> hands;  // only where a defect needs them
  std::vector<Event> page;   // likewise

  bool has(Defect wanted) const { return defect == wanted; }
};

class Cursor::Inside {
 public:
  Inside(std::shared_ptr<State> state, Offset position, EventTypeSet filter)
      : state_(std::move(state)), position_(position), filter_(std::move(filter)) {}

  Result<Event> next(const std::stop_token& token) {
    std::atomic<bool> cancelled = false;
    const std::stop_callback cancel(token,
                                    [&] { end(cancelled, Defect::cancels_without_the_lock); });
    if (closed_) return Errc::cursor_closed;
    if (token.stop_requested()) return Errc::cancelled;
    if (state_->has(Defect::readers_share_a_page)) fetch();
    std::unique_lock lock(state_->mutex);
    for (;;) {
      if (closed_) return Errc::cursor_closed;
      if (cancelled) return Errc::cancelled;
      if (std::optional<Event> event = take()) return *std::move(event);
      wait(lock);
    }
  }

  Result<void> close() {
    if (closed_) return Errc::cursor_closed;
    if (state_->has(Defect::closes_without_the_lock)) {
      end(closed_, Defect::closes_without_the_lock);
      return {};
    }
    const std::lock_guard lock(state_->mutex);
    if (closed_.exchange(true)) return Errc::cursor_closed;
    state_->changed.notify_all();
    return {};
  }

 private:
  /// Sets the flag and wakes. Without the lock a reader that has looked and doesn't wait yet
  /// misses it (B59, B54).
  void end(std::atomic<bool>& flag, Defect careless) {
    if (state_->has(careless)) {
      flag = true;
      state_->changed.notify_all();
      return;
    }
    const std::lock_guard lock(state_->mutex);
    flag = true;
    state_->changed.notify_all();
  }

  std::optional<Event> take() {
    if (state_->has(Defect::readers_share_a_page)) return take_from_page();
    for (; position_ < state_->events.size(); ++position_) {
      const Parcel& parcel = state_->events[position_];
      if (parcel && filter_.contains(parcel->type)) {
        const Offset offset = position_++;
        return Event{offset, parcel};
      }
    }
    return std::nullopt;
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    if (state_->has(Defect::leaves_what_came_at_its_time_out)) return wait_with_open_hand(lock);
    // B40: the lock is let go between the look and the wait.
    if (state_->has(Defect::sleeps_without_another_look)) {
      lock.unlock();
      lock.lock();
    }
    state_->changed.wait(lock);
  }

  /// The appender puts the event into the hand of whoever waits and moves its position. B57: one
  /// that gives up for a moment, to look around, leaves with what has just been put there.
  void wait_with_open_hand(std::unique_lock<std::mutex>& lock) {
    Hand hand{&filter_, {}};
    state_->hands.push_back(&hand);
    const std::cv_status woken = state_->changed.wait_for(lock, std::chrono::milliseconds(5));
    std::erase(state_->hands, &hand);
    if (!hand.event) return;
    position_ = hand.event->offset + (woken == std::cv_status::timeout ? 1 : 0);
  }

  /// One page for all who read, filled for this one (B25): who comes in between fills it anew.
  void fetch() {
    const std::lock_guard lock(state_->mutex);
    state_->page.clear();
    for (Offset offset = position_; offset < state_->events.size(); ++offset)
      if (filter_.contains(state_->events[offset]->type))
        state_->page.push_back({offset, state_->events[offset]});
  }

  std::optional<Event> take_from_page() {
    if (!state_->page.empty()) {
      Event event = state_->page.front();
      position_ = event.offset + 1;
      state_->page.clear();
      return event;
    }
    for (; position_ < state_->events.size(); ++position_)
      if (filter_.contains(state_->events[position_]->type))
        return Event{position_++, state_->events[position_ - 1]};
    return std::nullopt;
  }

  const std::shared_ptr<State> state_;
  Offset position_;
  const EventTypeSet filter_;
  std::atomic<bool> closed_ = false;
};

Cursor::Cursor(std::shared_ptr<State> state, Offset position, EventTypeSet filter)
    : inside_(std::make_unique<Inside>(std::move(state), position, std::move(filter))) {}

Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<Event> Cursor::next(const std::stop_token& token) {
  return inside_->next(token);
}

Result<void> Cursor::close() {
  return inside_->close();
}

Stream::Stream(const streamtest::Scenario& scenario) : state_(std::make_shared<State>()) {
  state_->application = scenario.application;
  state_->types = scenario.event_types;
  if (const Entry* entry = find_entry(entries(), scenario.arguments))
    state_->defect = entry->defect;
}

Identity Stream::application() const {
  return state_->application;
}

Result<EventTypeSet> Stream::event_types(const std::stop_token& token) const {
  if (token.stop_requested()) return Errc::cancelled;
  return state_->types;
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (filter.empty()) return Errc::no_event_types;
  for (const EventType& type : filter)
    if (!state_->types.contains(type)) return Errc::unsupported_event_type;
  return Cursor(state_, offset, filter);
}

Result<Offset> Stream::append(std::span<const Parcel> batch) {
  for (const Parcel& parcel : batch)
    if (!parcel || !state_->types.contains(parcel->type)) return Errc::invalid_argument;
  // B41: whoever is woken looks before there is anything to see.
  if (state_->has(Defect::notifies_before_it_appends)) state_->changed.notify_all();
  std::unique_lock lock(state_->mutex);
  const Offset first = state_->reserved;
  state_->reserved += batch.size();
  if (state_->has(Defect::publishes_out_of_order)) {
    // B17: two writers get their places in one order and fill them in another.
    lock.unlock();
    lock.lock();
  }
  if (state_->events.size() < first + batch.size()) state_->events.resize(first + batch.size());
  std::ranges::copy(batch, state_->events.begin() + static_cast<std::ptrdiff_t>(first));
  for (Hand* hand : state_->hands)
    for (std::size_t i = 0; i < batch.size() && !hand->event; ++i)
      if (hand->filter->contains(batch[i]->type)) hand->event = Event{first + i, batch[i]};
  if (!state_->has(Defect::notifies_before_it_appends)) state_->changed.notify_all();
  return first;
}

namespace {

class Harness {
 public:
  static streamtest::Capabilities capabilities() { return Stream::capabilities(); }

  explicit Harness(const streamtest::Scenario& scenario) : stream_(scenario) {}
  Stream& stream() { return stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return streamtest::consecutive(stream_.append(batch), batch.size());
  }

 private:
  Stream stream_;
};

Entry mutant(const char* id, const char* rule, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "monitor", rule, phrase, sentence, false, true}, defect};
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      mutant("T-1", "BLK-3", Defect::notifies_before_it_appends, "is stuck|waits for ever",
             "an append notifies before the event is there"),
      mutant("T-2", "BLK-3", Defect::sleeps_without_another_look, "is stuck|waits for ever",
             "a reader lets the lock go between its look and its wait"),
      mutant("T-3", "CLS-3", Defect::closes_without_the_lock, "is stuck|still waits",
             "close marks and notifies without the lock"),
      mutant("T-4", "CAN-2", Defect::cancels_without_the_lock,
             "is stuck|cancelled and doesn't return",
             "a cancellation marks and notifies without the lock"),
      mutant("T-5", "ORD-2", Defect::leaves_what_came_at_its_time_out,
             "never the earlier|expected event|passed over",
             "a reader whose wait times out leaves the event that it was handed meanwhile"),
      mutant("T-6", "ORD-6", Defect::publishes_out_of_order,
             "never the earlier|is stuck|which came up later",
             "two appenders get their offsets in one order and publish in another"),
      mutant("T-7", "CON-1", Defect::readers_share_a_page,
             "expected event|passed over|which its filter doesn't have|did not wait: it returned "
             "event",
             "readers share the page that one of them has fetched"),
      {{"CONTROL-M", "monitor", "", "", "the vector, mutex and condition variable without a defect",
        true},
       Defect::none},
  };
  return list;
}

streamtest::SubjectFactory make(const Entry& entry) {
  return streamtest::make_factory<Harness>(entry.shown.id);
}

}  // namespace mutants::monitor
