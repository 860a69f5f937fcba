#include <persistedstream/source.hpp>

namespace persistedstream {

using eventstream::Errc;
using eventstream::Event;

PersistedSource::PersistedSource(std::shared_ptr<Tail> tail, Offset offset, EventTypeSet types)
    : tail_(std::move(tail)), types_(std::move(types)), truncated_(offset < tail_->first()) {
  if (!enter_cache(tail_->cache(), offset)) history_ = tail_->history(offset, types_);
}

Result<Event> PersistedSource::poll() {
  try {
    return look();
  } catch (const std::exception&) {  // no memory to change places; it stands where it stood
    return Errc::backend_failure;
  }
}

Result<Event> PersistedSource::look() {
  if (tail_->gone()) return Errc::cursor_closed;
  if (truncated_) return Errc::truncated;
  if (live_) {
    Result<Event> event = live_->poll();
    if (event) return unless_cut(std::move(event));
    const bool cut = event.error() == Errc::truncated;
    const bool closed = event.error() == Errc::cursor_closed;
    if (!cut && !closed) return event;
    if (tail_->gone()) return Errc::cursor_closed;
    truncated_ = cut && live_->position() < tail_->first();
    if (truncated_) return event;
    leave_cache();  // it was too slow for the cache, or the cache is no more
  }
  Result<Event> event = history_->poll();
  if (event) return unless_cut(std::move(event));
  truncated_ = event.error() == Errc::truncated;
  if (event.error() != Errc::not_yet) return event;
  // At the end of the store it goes on in the cache, unless that has moved on meanwhile.
  const std::shared_ptr<memorystream::Stream> cache = tail_->cache();
  if (cache && (enter_cache(cache, history_->position()) || history_->look_again()))
    return Errc::skipped;
  return event;
}

/// Nobody gets an event any more that was loaded before it was truncated away.
Result<Event> PersistedSource::unless_cut(Result<Event> event) {
  truncated_ = event->offset < tail_->first();
  return truncated_ ? Result<Event>(Errc::truncated) : event;
}

bool PersistedSource::watch(const eventstream::Waker& waker) {
  return current().watch(waker);
}

void PersistedSource::unwatch() {
  current().unwatch();
}

/// False if the cache doesn't reach back that far.
bool PersistedSource::enter_cache(const std::shared_ptr<memorystream::Stream>& cache,
                                  Offset position) {
  if (!cache || position < cache->first_offset()) return false;
  auto source = cache->open_source(position, types_);
  if (!source) return false;  // a type that this cache hasn't heard of
  live_ = *std::move(source);
  history_.reset();
  return true;
}

void PersistedSource::leave_cache() {
  history_ = tail_->history(live_->position(), types_);
  live_.reset();
}

eventstream::Source& PersistedSource::current() {
  if (live_) return *live_;
  return *history_;
}

}  // namespace persistedstream
