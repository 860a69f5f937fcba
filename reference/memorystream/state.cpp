#include <memorystream/state.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace memorystream {

using eventstream::Errc;
using eventstream::Waker;

namespace {

/// What an executor throws that can't queue a read is passed on only after the other readers were
/// woken.
void notify_all(std::vector<Waker>& woken) {
  std::exception_ptr failure;
  for (Waker& each : woken) {
    try {
      // Let go at once, while the cursor is in the cache.
      std::exchange(each, {}).notify();
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

Waiter::Waiter(Offset offset, std::span<const TypeIndex> types) : position(offset) {
  places.reserve(types.size());
  for (const TypeIndex type : types) places.push_back({type});
}

State::State(Options options)
    : options_(std::move(options)),
      first_(options_.first_offset),
      end_(options_.first_offset),
      segments_begin_(options_.first_offset - options_.first_offset % Segment::size),
      lists_(options_.event_types.size()) {
  TypeIndex index = 0;
  for (const eventstream::EventType& type : options_.event_types) types_.emplace(type, index++);
}

// A pointer, here and in check(): an optional is put together in memory, and an append would wait
// for that longer than for the lookup.
const TypeIndex* State::find(const eventstream::EventType& type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second;
}

/// Called once in a segment's length by each reader.
bool State::enter_segment(Waiter& waiter) const {
  std::lock_guard lock(mutex_);
  assign_segment(waiter);
  return waiter.has_segment();
}

/// Leaves the waiter without one if it stands at the end of a full segment or on what was truncated
/// away.
void State::assign_segment(Waiter& waiter) const {
  if (waiter.has_segment() || waiter.position < segments_begin_) return;
  const Offset index = (waiter.position - segments_begin_) / Segment::size;
  if (index >= segments_.size()) return;
  waiter.segment = segments_[index];
  waiter.segment_begin = waiter.position - waiter.position % Segment::size;
}

const TypeIndex* State::check(const Parcel& parcel, Errc& refusal) const {
  if (!parcel || parcel->source_application != options_.application) {
    refusal = Errc::invalid_argument;
    return nullptr;
  }
  refusal = Errc::unsupported_event_type;
  return find(parcel->type);
}

Result<Offset> State::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  boost::container::small_vector<TypeIndex, 16> types;
  types.reserve(batch.size());
  for (const Parcel& parcel : batch) {
    Errc refusal{};
    const TypeIndex* type = check(parcel, refusal);
    if (!type) return refusal;
    types.push_back(*type);
  }
  Woken woken;
  Dropped dropped;
  Offset start = 0;
  {
    std::lock_guard lock(mutex_);
    start = end_.load(std::memory_order_relaxed);
    if (expected && *expected != start) return Errc::conflict;
    if (batch.empty()) return start;
    if (!early_.empty()) return Errc::conflict;
    if (batch.size() > std::numeric_limits<Offset>::max() - start) return Errc::too_large;
    for (std::size_t i = 0; i < batch.size(); ++i) put(batch[i], types[i], start + i);
    publish(start + batch.size(), woken, dropped);
  }
  notify_all(woken);
  return start;
}

Result<void> State::add(std::span<const Event> events) {
  std::vector<TypeIndex> types;
  types.reserve(events.size());
  for (const Event& event : events) {
    Errc refusal{};
    const TypeIndex* type = check(event.parcel, refusal);
    if (!type) return refusal;
    if (event.offset == std::numeric_limits<Offset>::max()) return Errc::invalid_argument;
    types.push_back(*type);
  }
  Woken woken;
  Dropped dropped;
  {
    std::lock_guard lock(mutex_);
    Offset end = end_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].offset == end && early_.empty())
        put(events[i].parcel, types[i], end++);
      else if (events[i].offset >= end)
        early_.try_emplace(events[i].offset, Early{events[i].parcel, types[i]});
    }
    auto turn = early_.begin();
    for (; turn != early_.end() && turn->first == end; ++turn)
      put(turn->second.parcel, turn->second.type, end++);
    publish(end, woken, dropped);
    early_.erase(early_.begin(), turn);
  }
  notify_all(woken);
  return {};
}

void State::put(const Parcel& parcel, TypeIndex type, Offset offset) {
  const std::size_t index = (offset - segments_begin_) / Segment::size;
  if (index == segments_.size()) segments_.push_back(std::make_shared<Segment>());
  Segment::Slot& slot = segments_[index]->slots[offset % Segment::size];
  slot.parcel = parcel;
  slot.type = type;
}

TypeIndex State::type_at(Offset offset) const {
  return segments_[(offset - segments_begin_) / Segment::size]->slots[offset % Segment::size].type;
}

/// Shows the events up to `end` and takes the readers that wait for one of them, in one critical
/// section: a reader that registers later sees the events, one that registered before is told where
/// to resume. All memory is taken first, so that an event that shows has woken its readers.
void State::publish(Offset end, Woken& woken, Dropped& dropped) {
  const Offset start = end_.load(std::memory_order_relaxed);
  const Offset first = first_.load(std::memory_order_relaxed);
  const bool full = end - first > options_.buffer_size;
  if (full) dropped.reserve((end - options_.buffer_size - segments_begin_) / Segment::size);
  std::size_t candidates = 0;
  if (waiting_count_ != 0)
    for (Offset offset = start; offset < end; ++offset)
      candidates += lists_[type_at(offset)].entries.size();
  if (candidates != 0) woken.reserve(std::min(candidates, waiting_count_));
  end_.store(end, std::memory_order_release);
  if (candidates != 0)
    for (Offset offset = start; offset < end; ++offset)
      take_waiters(type_at(offset), offset, woken);
  if (full) cut(end - options_.buffer_size, dropped);
}

/// They resume at this very event: the ones before it were not for them, whatever becomes of those
/// (TRN-5).
void State::take_waiters(TypeIndex type, Offset offset, Woken& woken) {
  const std::vector<List::Entry>& entries = lists_[type].entries;
  for (std::size_t i = entries.size();
       i-- > 0;) {  // from the back, where taking one moves no other
    // Thousands of them are in no cache; without this, each would be waited for by itself.
    if (i >= 8) __builtin_prefetch(entries[i - 8].waiter);
    Waiter& waiter = *entries[i].waiter;
    if (waiter.position > offset)
      continue;  // opened beyond the end, and this event is not for it yet
    take(waiter, offset, woken.emplace_back());
    ++woken_count_;
  }
}

/// Takes the waiter out of all its lists; from then on it belongs to its cursor again.
void State::take(Waiter& waiter, Offset resume, Waker& waker) {
  for (const Waiter::Place& place : waiter.places) {
    std::vector<List::Entry>& entries = lists_[place.type].entries;
    const List::Entry moved = entries.back();
    entries[place.index] = moved;
    moved.waiter->places[moved.place].index = place.index;
    entries.pop_back();
  }
  --waiting_count_;
  waiter.position = std::max(waiter.position, resume);
  assign_segment(waiter);
  waker = std::move(waiter.waker);
  waiter.listed.store(false, std::memory_order_release);
}

void State::admit(const Waiter& waiter) {
  std::lock_guard lock(mutex_);
  for (const Waiter::Place& place : waiter.places) {
    List& list = lists_[place.type];
    if (list.entries.capacity() <= list.readers) list.entries.reserve(2 * list.readers + 1);
  }
  for (const Waiter::Place& place : waiter.places) ++lists_[place.type].readers;
}

void State::dismiss(Waiter& waiter) {
  Waker waker;  // let go after the lock: it may be the last handle on a cursor's core
  std::lock_guard lock(mutex_);
  if (waiter.listed.load(std::memory_order_relaxed)) take(waiter, 0, waker);
  for (const Waiter::Place& place : waiter.places) --lists_[place.type].readers;
}

bool State::watch(Waiter& waiter) {
  std::lock_guard lock(mutex_);
  if (gone_.load(std::memory_order_relaxed) ||
      waiter.position < end_.load(std::memory_order_relaxed))
    return false;
  for (std::uint32_t i = 0; i < waiter.places.size(); ++i) {
    std::vector<List::Entry>& entries = lists_[waiter.places[i].type].entries;
    waiter.places[i].index = static_cast<std::uint32_t>(entries.size());
    entries.push_back({&waiter, i});
  }
  assign_segment(waiter);  // here and in take(), so that it needs no lock when it was woken
  ++waiting_count_;
  waiter.listed.store(true, std::memory_order_relaxed);
  return true;
}

void State::unwatch(Waiter& waiter) {
  if (!waiter.listed.load(std::memory_order_acquire)) return;  // the usual case: an append took it
  Waker waker;
  std::lock_guard lock(mutex_);
  if (waiter.listed.load(std::memory_order_relaxed))
    take(waiter, end_.load(std::memory_order_relaxed), waker);
}

Offset State::truncate(Offset first_retained) {
  Dropped dropped;  // events are let go after the lock
  std::lock_guard lock(mutex_);
  cut(first_retained, dropped);
  return first_.load(std::memory_order_relaxed);
}

void State::cut(Offset first_retained, Dropped& dropped) {
  first_retained = std::min(first_retained, end_.load(std::memory_order_relaxed));
  if (first_retained <= first_.load(std::memory_order_relaxed)) return;
  dropped.reserve((first_retained - segments_begin_) / Segment::size);
  first_.store(first_retained, std::memory_order_release);
  while (!segments_.empty() && first_retained - segments_begin_ >= Segment::size) {
    dropped.push_back(std::move(segments_.front()));
    segments_.pop_front();
    segments_begin_ += Segment::size;
  }
}

void State::leave() {
  // One at a time: this runs in a destructor, where nothing may fail for want of memory.
  for (TypeIndex type = 0; type < lists_.size();) {
    Waker waker;
    {
      std::lock_guard lock(mutex_);
      gone_.store(true, std::memory_order_release);
      if (lists_[type].entries.empty()) {
        ++type;
        continue;
      }
      take(*lists_[type].entries.back().waiter, end_.load(std::memory_order_relaxed), waker);
    }
    try {
      waker.notify();
    } catch (...) {
      waker =
          {};  // its executor can't queue: the read is gone, and a destructor has nobody to tell
    }
  }
}

Statistics State::statistics() const {
  std::lock_guard lock(mutex_);
  return {waiting_count_, woken_count_};
}

}  // namespace memorystream
