#include "around.hpp"
#include "odd.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace odd {
namespace {

constexpr std::size_t buffer_size = 16;

/// A thread reads ahead into a buffer, as a client of a remote stream does. What is in the buffer,
/// and the event that the thread holds while it is full, survive a truncation; close throws them
/// away.
class PrefetchingCursor {
 public:
  explicit PrefetchingCursor(Cursor cursor)
      : inside_(std::make_unique<Inside>(std::move(cursor))) {}

  Result<Event> next(const std::stop_token& token) { return inside_->take(token); }
  Result<void> close() { return inside_->close(); }

 private:
  class Inside {
   public:
    explicit Inside(Cursor of)
        : cursor_(std::move(of)), thread_([this](const std::stop_token& token) { fill(token); }) {}

    Result<Event> take(const std::stop_token& token) {
      std::unique_lock lock(mutex_);
      if (token.stop_requested() && !closed_) return Errc::cancelled;
      changed_.wait(lock, token, [this] { return closed_ || failure_ || !events_.empty(); });
      if (closed_) return Errc::cursor_closed;
      if (token.stop_requested()) return Errc::cancelled;
      if (events_.empty()) return *failure_;
      Event event = std::move(events_.front());
      events_.pop_front();
      changed_.notify_all();
      return event;
    }

    Result<void> close() {
      std::deque<Event> dropped;  // let go after the lock
      {
        const std::lock_guard lock(mutex_);
        if (closed_) return Errc::cursor_closed;
        closed_ = true;
        dropped.swap(events_);
        changed_.notify_all();
      }
      thread_.request_stop();
      return cursor_.close();
    }

   private:
    void fill(const std::stop_token& token) {
      for (;;) {
        Result<Event> seen = cursor_.next(token);
        std::unique_lock lock(mutex_);
        if (!seen) failure_ = seen.error();
        // Its stream is gone: nothing more comes of what was read ahead.
        if (!seen && seen.error() == Errc::cursor_closed) events_.clear();
        if (seen) changed_.wait(lock, token, [this] { return events_.size() < buffer_size; });
        if (seen && !closed_ && !token.stop_requested()) events_.push_back(*std::move(seen));
        changed_.notify_all();
        if (failure_ || closed_ || token.stop_requested()) return;
      }
    }

    Cursor cursor_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Event> events_;
    std::optional<boost::system::error_code> failure_;
    bool closed_ = false;
    std::jthread thread_;  // last: it ends before what it uses
  };

  std::unique_ptr<Inside> inside_;
};

class PrefetchingStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.truncation = streamtest::Truncation::held;
    claims.held_events = buffer_size + 1;
    claims.max_cursors = 200;  // a thread each
    // An event is there when the thread has read it.
    claims.staleness = std::chrono::milliseconds(20);
    return claims;
  }
  using Stream::Stream;

  Result<PrefetchingCursor> open(Offset offset, const EventTypeSet& filter,
                                 const std::stop_token& token = {}) {
    Result<Cursor> cursor = Stream::open(offset, filter, token);
    if (!cursor) return cursor.error();
    return PrefetchingCursor(*std::move(cursor));
  }
};

}  // namespace

streamtest::SubjectFactory prefetching(const std::string& name) {
  return streamtest::make_factory<Harness<PrefetchingStream>>(name);
}

}  // namespace odd
