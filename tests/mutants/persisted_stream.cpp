#include "persisted_stream.hpp"

#include <deque>
#include <limits>

namespace mutants::persisted {

using eventstream::Cursor;

/// Reads may come from one thread while close() comes from another, as with any cursor.
class WrappedCursor::Inside {
 public:
  Inside(std::shared_ptr<Repository> repository, Cursor cursor, Offset from, EventTypeSet types,
         Open open)
      : repository_(std::move(repository)),
        types_(std::move(types)),
        open_(std::move(open)),
        position_(from),
        cursor_(std::make_shared<Cursor>(std::move(cursor))) {}

  Result<Event> next(const std::stop_token& token) {
    Result<Event> seen = read(token);
    if (seen) {
      last_ = seen->offset;
      position_ = seen->offset + 1;
    }
    return seen;
  }

  Result<void> close() {
    const std::shared_ptr<Cursor> cursor = current(true);
    return cursor->close();
  }

 private:
  Result<Event> read(const std::stop_token& token) {
    switch (repository_->defect()) {
      case Defect::wake_up_repeats_last_event:
        return next_repeating(token);
      case Defect::closed_cursor_gives_prefetched_events:
        return next_prefetched(token);
      case Defect::long_cut_prefix_is_end:
        return next_past_empty_page(token);
      case Defect::live_part_begins_late:
        return next_of_history_or_live(token);
      default:
        return current()->next(token);
    }
  }

  /// B02, B03: after a wake-up the tail is asked for from the last delivered offset, inclusive.
  Result<Event> next_repeating(const std::stop_token& token) {
    const Offset end = repository_->extent()->next;
    Result<Event> seen = current()->next(token);
    if (!seen || seen->offset < end || !last_) return seen;
    if (const Result<void> replaced = go_on_at(*last_); !replaced) return replaced.error();
    return current()->next(token);
  }

  /// B60: the queue is emptied before close is looked at.
  Result<Event> next_prefetched(const std::stop_token& token) {
    if (!prefetched_.empty() && !token.stop_requested()) {
      Event event = std::move(prefetched_.front());
      prefetched_.pop_front();
      return event;
    }
    const std::shared_ptr<Cursor> cursor = current();
    Result<Event> seen = cursor->next(token);
    while (seen && prefetched_.size() < 10) {
      Result<Event> more = cursor->try_next();
      if (!more) break;
      prefetched_.push_back(*std::move(more));
    }
    return seen;
  }

  /// B73: a page in which everything was truncated away is taken for the end.
  Result<Event> next_past_empty_page(const std::stop_token& token) {
    const Extent extent = *repository_->extent();
    if (extent.first > page && position_ < extent.first - page && !token.stop_requested()) {
      if (const Result<void> replaced = go_on_at(extent.next); !replaced) return replaced.error();
      position_ = extent.next;
    }
    return current()->next(token);
  }

  /// B08: what is appended between the last page and the look at the end is in neither part.
  Result<Event> next_of_history_or_live(const std::stop_token& token) {
    while (!live_ && history_.empty() && !token.stop_requested() && !is_closed()) {
      Result<Loaded> loaded = repository_->load(looked_at_, &types_);
      if (!loaded) return loaded.error();
      history_.assign(loaded->events.begin(), loaded->events.end());
      looked_at_ = loaded->position;
      live_ = looked_at_ >= loaded->extent.next;
      if (!live_) continue;
      const Offset end = repository_->extent()->next;
      if (const Result<void> live = go_on_at(std::max(looked_at_, end)); !live) return live.error();
    }
    if (history_.empty() || token.stop_requested() || is_closed()) return current()->next(token);
    Event event = std::move(history_.front());
    history_.pop_front();
    return event;
  }

  bool is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  std::shared_ptr<Cursor> current(bool close = false) {
    const std::lock_guard lock(mutex_);
    closed_ = closed_ || close;
    return cursor_;
  }

  /// Puts another cursor in the place of this one, unless this one is closed.
  Result<void> go_on_at(Offset offset) {
    Result<Cursor> other = open_(offset);
    if (!other) return other.error();
    const std::lock_guard lock(mutex_);
    if (closed_) return Errc::cursor_closed;
    cursor_ = std::make_shared<Cursor>(*std::move(other));
    return {};
  }

  const std::shared_ptr<Repository> repository_;
  const EventTypeSet types_;
  const Open open_;
  Offset position_;  ///< what it knows without having looked
  std::optional<Offset> last_;
  std::deque<Event> prefetched_;
  std::deque<Event> history_;
  Offset looked_at_ = position_;
  bool live_ = false;
  std::mutex mutex_;
  bool closed_ = false;
  std::shared_ptr<Cursor> cursor_;
};

WrappedCursor::WrappedCursor(std::shared_ptr<Repository> repository, Cursor cursor, Offset from,
                             EventTypeSet types, Open open)
    : inside_(std::make_unique<Inside>(std::move(repository), std::move(cursor), from,
                                       std::move(types), std::move(open))) {}

WrappedCursor::WrappedCursor(WrappedCursor&&) noexcept = default;
WrappedCursor& WrappedCursor::operator=(WrappedCursor&&) noexcept = default;
WrappedCursor::~WrappedCursor() = default;

Result<Event> WrappedCursor::next(const std::stop_token& token) {
  return inside_->next(token);
}

Result<void> WrappedCursor::close() {
  return inside_->close();
}

Result<WrappedCursor> WrappedStream::open(Offset offset, const EventTypeSet& filter,
                                          const std::stop_token& token) {
  // B66: the cursor's reader is started first, and ended by the cursor, which never comes to be.
  if (repository_->defect() == Defect::cancelled_open_leaves_thread && token.stop_requested())
    start_reader();
  const Result<Offset> from = where_it_opens(offset);
  if (!from) return from.error();
  const auto open = [this, filter](Offset at) { return stream_.open(at, filter); };
  Result<Cursor> cursor = stream_.open(*from, filter, token);
  if (!cursor) return cursor.error();
  return WrappedCursor(repository_, *std::move(cursor), *from, filter, open);
}

Result<Offset> WrappedStream::where_it_opens(Offset offset) {
  const Result<Extent> extent = repository_->extent();
  if (!extent) return extent.error();
  switch (repository_->defect()) {
    case Defect::open_beyond_end_is_clamped:  // B14: what isn't there yet is taken for the end
      return std::min(offset, extent->next);
    case Defect::offset_is_signed:  // B15: it is negative, and everything lies behind it
      return offset > Offset{std::numeric_limits<std::int64_t>::max()} ? extent->first : offset;
    default:
      return offset;
  }
}

void WrappedStream::start_reader() {
  const std::lock_guard lock(mutex_);
  readers_.emplace_back([](const std::stop_token& token) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock waiting(mutex);
    never.wait(waiting, token, [] { return false; });
  });
}

}  // namespace mutants::persisted
