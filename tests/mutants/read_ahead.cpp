#include "read_ahead.hpp"

#include <chrono>
#include <utility>

namespace mutants {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

namespace {

/// Stands for the minute after which the bug showed: the shortest budget waits idly for 5 ms.
constexpr std::chrono::milliseconds longest_idle{3};

}  // namespace

ReadAhead::ReadAhead(std::unique_ptr<AnyCursor> cursor, std::size_t most, AheadDefect defect,
                     const std::stop_token& token)
    : cursor_(std::move(cursor)),
      most_(most),
      defect_(defect),
      thread_([this](const std::stop_token& stop) { fill(stop); }) {
  // B25: what reads for the cursor is a child of the call that opened it.
  if (defect_ == AheadDefect::token_of_open_is_parent)
    parent_.emplace(token, [this] { thread_.request_stop(); });
}

ReadAhead::~ReadAhead() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  events_.clear();  // so that even a thread that looks at nothing else ends
  changed_.notify_all();
}

Result<Event> ReadAhead::next(std::stop_token token) {
  const bool looks_late = defect_ == AheadDefect::cancelled_read_drops_handed_over;
  Lock lock(mutex_);
  if (token.stop_requested() && !closed_) return Errc::cancelled;
  if (!wait_for_event(lock, token)) return Errc::timed_out;
  if (closed_) return Errc::cursor_closed;
  if (token.stop_requested() && !(looks_late && !events_.empty())) return Errc::cancelled;
  if (events_.empty()) return *failure_;
  Event event = std::move(events_.front());
  events_.pop_front();
  changed_.notify_all();
  // B51: it has taken what was handed over when it sees that nobody wants it any more.
  if (looks_late && token.stop_requested()) return Errc::cancelled;
  return event;
}

Result<void> ReadAhead::close() {
  std::deque<Event> dropped;  // let go after the lock
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Errc::cursor_closed;
    closed_ = true;
    if (defect_ != AheadDefect::full_queue_holds_thread) dropped.swap(events_);
    changed_.notify_all();
  }
  // B62: it waits for its thread, which waits for what the peer has to say.
  if (defect_ == AheadDefect::close_waits_for_reading) thread_.join();
  thread_.request_stop();
  return cursor_->close();
}

bool ReadAhead::wait_for_event(Lock& lock, const std::stop_token& token) {
  const auto ready = [this] { return closed_ || failure_ || !events_.empty(); };
  // B48: a call that was quiet for so long is given up, and its caller is told.
  if (defect_ == AheadDefect::idle_wait_times_out)
    return changed_.wait_for(lock, token, longest_idle, ready) || token.stop_requested();
  changed_.wait(lock, token, ready);
  return true;
}

void ReadAhead::wait_for_room(Lock& lock, const std::stop_token& token) {
  const auto has_room = [this] { return events_.size() < most_; };
  // B66: only a reader that goes on ends this wait, and there is none after close.
  if (defect_ == AheadDefect::full_queue_holds_thread) return changed_.wait(lock, has_room);
  changed_.wait(lock, token, has_room);
}

void ReadAhead::fill(const std::stop_token& token) {
  for (;;) {
    Result<Event> seen = cursor_->next(token);
    Lock lock(mutex_);
    if (!seen) failure_ = seen.error();
    // Its stream is gone: nothing more comes of what was read ahead.
    if (!seen && seen.error() == Errc::cursor_closed) events_.clear();
    if (seen) wait_for_room(lock, token);
    if (token.stop_requested()) failure_ = Errc::cancelled;
    if (!failure_ && !closed_) events_.push_back(*std::move(seen));
    changed_.notify_all();
    if (failure_ || closed_) return;
  }
}

}  // namespace mutants
