#include "around.hpp"
#include "odd.hpp"

#include <deque>
#include <mutex>

namespace odd {
namespace {

constexpr std::size_t prefetch = 7;

/// Takes up to seven events that are ready, one after another, and gives them one by one. What it
/// holds survives a truncation, and goes with close.
class BatchingCursor {
 public:
  explicit BatchingCursor(Cursor cursor) : inside_(std::make_unique<Inside>(std::move(cursor))) {}

  Result<Event> next(const std::stop_token& token) {
    if (const auto ready = inside_->take(token)) return *ready;
    Result<Event> first = inside_->cursor.next(token);
    return first ? inside_->fill(*std::move(first)) : first;
  }

  Result<void> close() {
    {
      const std::lock_guard lock(inside_->mutex);
      inside_->closed = true;
      inside_->events.clear();
    }
    return inside_->cursor.close();
  }

 private:
  struct Inside {
    explicit Inside(Cursor of) : cursor(std::move(of)) {}

    std::optional<Result<Event>> take(const std::stop_token& token) {
      const std::lock_guard lock(mutex);
      if (closed) return Errc::cursor_closed;
      if (events.empty()) return std::nullopt;
      if (token.stop_requested()) return Errc::cancelled;
      Event event = std::move(events.front());
      events.pop_front();
      return event;
    }

    /// What ends the prefetch, the next call meets again.
    Result<Event> fill(Event first) {
      const std::lock_guard lock(mutex);
      while (!closed && events.size() < prefetch - 1) {
        Result<Event> more = cursor.try_next();
        if (!more) break;
        events.push_back(*std::move(more));
      }
      if (closed) events.clear();
      return first;
    }

    Cursor cursor;
    std::mutex mutex;  ///< close() may come while next() is at work
    std::deque<Event> events;
    bool closed = false;
  };

  std::unique_ptr<Inside> inside_;
};

class BatchingStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.truncation = streamtest::Truncation::held;
    claims.held_events = prefetch;
    return claims;
  }
  using Stream::Stream;

  Result<BatchingCursor> open(Offset offset, const EventTypeSet& filter,
                              const std::stop_token& token = {}) {
    Result<Cursor> cursor = Stream::open(offset, filter, token);
    if (!cursor) return cursor.error();
    return BatchingCursor(*std::move(cursor));
  }
};

}  // namespace

streamtest::SubjectFactory batching(const std::string& name) {
  return streamtest::make_factory<Harness<BatchingStream>>(name);
}

}  // namespace odd
