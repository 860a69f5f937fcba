#include "foreign.hpp"

#include <atomic>

namespace mutants {

using eventstream::Cursor;

/// Reads may come from one thread while close() comes from another, as with any cursor.
class ForeignCursor::Inside {
 public:
  Inside(Cursor cursor, std::shared_ptr<Log> log, std::stop_token open_token)
      : cursor_(std::move(cursor)), log_(std::move(log)), open_token_(std::move(open_token)) {}

  Result<Event> next(const std::stop_token& token) {
    switch (log_->defect()) {
      case Defect::token_of_open_is_kept:
        return next_under_both(token);
      case Defect::cancelled_token_is_looked_at_late: {
        // B52: an event that is ready gets through although the caller has given up.
        const Result<Event> ready = cursor_.try_next();
        return ready ? ready : cursor_.next(token);
      }
      case Defect::cancel_is_ignored_while_waiting:  // B54: one blocking call ignores the wake-up
        return token.stop_requested() ? cursor_.next(token) : cursor_.next();
      case Defect::cancelled_read_drops_event:
        return next_or_drop(token);
      case Defect::cancel_is_sticky:
        return next_unless_marked(token);
      case Defect::closed_cursor_gives_prefetched_events:
        return next_prefetched(token);
      case Defect::close_does_not_wake_pending_read: {
        ++reading_;
        Result<Event> seen = cursor_.next(token);
        --reading_;
        return seen;
      }
      default:
        return cursor_.next(token);
    }
  }

  Result<void> close() {
    switch (log_->defect()) {
      case Defect::second_close_succeeds:  // the seed's suite: a second close does nothing
        (void)cursor_.close();
        return {};
      case Defect::close_does_not_wake_pending_read:
        return close_later();
      case Defect::close_waits_for_append:
        return close_after_append();
      case Defect::racing_closes_all_succeed:
        return close_unguarded();
      default:
        return cursor_.close();
    }
  }

 private:
  /// B25: a cursor is the child of the call that opened it.
  Result<Event> next_under_both(const std::stop_token& token) {
    std::stop_source either;
    const auto stop = [&] { either.request_stop(); };
    const std::stop_callback by_caller(token, stop);
    const std::stop_callback by_opener(open_token_, stop);
    return cursor_.next(either.get_token());
  }

  /// B51: the value is taken, then the cancel is seen.
  Result<Event> next_or_drop(const std::stop_token& token) {
    Result<Event> seen = cursor_.next(token);
    if (!seen) return seen;
    for (int i = 0; i < 10 && !token.stop_requested(); ++i) let_others_in();
    if (token.stop_requested()) return Errc::cancelled;
    return seen;
  }

  /// B53: the flag is never cleared.
  Result<Event> next_unless_marked(const std::stop_token& token) {
    if (marked_) return Errc::cancelled;
    Result<Event> seen = cursor_.next(token);
    marked_ = !seen && seen.error() == Errc::cancelled;
    return seen;
  }

  /// B60: the queue is emptied before close is looked at.
  Result<Event> next_prefetched(const std::stop_token& token) {
    if (!prefetched_.empty() && !token.stop_requested()) {
      Event event = std::move(prefetched_.front());
      prefetched_.pop_front();
      return event;
    }
    Result<Event> seen = cursor_.next(token);
    while (seen && prefetched_.size() < 10) {
      Result<Event> more = cursor_.try_next();
      if (!more) break;
      prefetched_.push_back(*std::move(more));
    }
    return seen;
  }

  /// B59: a flag is set, which the sleeping reader never looks at.
  Result<void> close_later() {
    if (closed_.exchange(true)) return Errc::cursor_closed;
    let_others_in();
    if (reading_ == 0) return cursor_.close();
    return {};
  }

  /// B62: it waits for its reader's thread, which waits for an event.
  Result<void> close_after_append() {
    const auto end = [this] {
      const auto lock = log_->lock();
      return log_->gone() ? ~Offset{0} : log_->end();
    };
    const Offset before = end();
    while (end() == before && before != ~Offset{0}) let_others_in();
    return cursor_.close();
  }

  /// B65: look and mark are two steps.
  Result<void> close_unguarded() {
    if (closed_) return Errc::cursor_closed;
    let_others_in();
    closed_ = true;
    (void)cursor_.close();
    return {};
  }

  Cursor cursor_;
  const std::shared_ptr<Log> log_;
  const std::stop_token open_token_;
  bool marked_ = false;
  std::deque<Event> prefetched_;
  std::atomic<int> reading_ = 0;
  std::atomic<bool> closed_ = false;
};

ForeignCursor::ForeignCursor(Cursor cursor, std::shared_ptr<Log> log,
                             const std::stop_token& open_token)
    : inside_(std::make_unique<Inside>(std::move(cursor), std::move(log), open_token)) {}

ForeignCursor::ForeignCursor(ForeignCursor&&) noexcept = default;
ForeignCursor& ForeignCursor::operator=(ForeignCursor&&) noexcept = default;
ForeignCursor::~ForeignCursor() = default;

Result<Event> ForeignCursor::next(const std::stop_token& token) {
  return inside_->next(token);
}

Result<void> ForeignCursor::close() {
  return inside_->close();
}

Result<ForeignCursor> ForeignStream::open(Offset offset, const EventTypeSet& filter,
                                          const std::stop_token& token) {
  Result<Cursor> cursor = Stream::open(offset, filter, token);
  if (!cursor) return cursor.error();
  return ForeignCursor(*std::move(cursor), log(), token);
}

}  // namespace mutants
