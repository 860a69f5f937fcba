#include <memorystream/state.hpp>

#include <algorithm>

namespace memorystream {

using eventstream::Errc;
using eventstream::Waker;

State::State(Options options)
    : options_(std::move(options)),
      first_(options_.first_offset),
      end_(options_.first_offset),
      segments_begin_(options_.first_offset - options_.first_offset % Segment::size),
      waiting_(options_.event_types.size()) {
  TypeIndex index = 0;
  for (const eventstream::EventType& type : options_.event_types) types_.emplace(type, index++);
  for (Waiter::Link& head : waiting_) head.previous = head.next = &head;
}

std::optional<TypeIndex> State::find(const eventstream::EventType& type) const {
  const auto found = types_.find(type);
  if (found == types_.end()) return std::nullopt;
  return found->second;
}

/// Null if the offset was truncated away. Called once in a segment's length by each reader.
std::shared_ptr<const Segment> State::segment(Offset offset) const {
  std::lock_guard lock(mutex_);
  if (offset < segments_begin_) return nullptr;
  return segments_[(offset - segments_begin_) / Segment::size];
}

Result<TypeIndex> State::check(const Parcel& parcel) const {
  if (!parcel || parcel->source_application != options_.application) return Errc::invalid_argument;
  const std::optional<TypeIndex> type = find(parcel->type);
  if (!type) return Errc::unsupported_event_type;
  return *type;
}

Result<Offset> State::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  // Types are looked up before the lock; a single event, the common case, needs no memory for it.
  std::vector<TypeIndex> types;
  TypeIndex single = 0;
  if (batch.size() > 1) types.reserve(batch.size());
  for (const Parcel& parcel : batch) {
    const Result<TypeIndex> type = check(parcel);
    if (!type) return type.error();
    if (batch.size() == 1)
      single = *type;
    else
      types.push_back(*type);
  }
  std::vector<Waker> woken;
  Segments dropped;
  Offset start = 0;
  {
    std::lock_guard lock(mutex_);
    start = end_.load(std::memory_order_relaxed);
    if (expected && *expected != start) return Errc::conflict;
    if (batch.empty()) return start;
    if (!early_.empty()) return Errc::conflict;
    for (std::size_t i = 0; i < batch.size(); ++i)
      put(batch[i], types.empty() ? single : types[i], start + i);
    publish(start + batch.size(), woken, dropped);
  }
  for (const Waker& waker : woken) waker.notify();
  return start;
}

Result<void> State::add(std::span<const Event> events) {
  std::vector<TypeIndex> types;
  for (const Event& event : events) {
    const Result<TypeIndex> type = check(event.parcel);
    if (!type) return type.error();
    if (event.offset == std::numeric_limits<Offset>::max()) return Errc::invalid_argument;
    types.push_back(*type);
  }
  std::vector<Waker> woken;
  Segments dropped;
  {
    std::lock_guard lock(mutex_);
    Offset end = end_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].offset >= end)
        early_.try_emplace(events[i].offset, Early{events[i].parcel, types[i]});
    while (!early_.empty() && early_.begin()->first == end) {
      const Early& turn = early_.begin()->second;
      put(turn.parcel, turn.type, end++);
      early_.erase(early_.begin());
    }
    publish(end, woken, dropped);
  }
  for (const Waker& waker : woken) waker.notify();
  return {};
}

void State::put(const Parcel& parcel, TypeIndex type, Offset offset) {
  const std::size_t index = (offset - segments_begin_) / Segment::size;
  if (index == segments_.size()) segments_.push_back(std::make_shared<Segment>());
  Segment::Slot& slot = segments_[index]->slots[offset % Segment::size];
  slot.parcel = parcel;
  slot.type = type;
}

/// Shows the events up to `end` and takes the readers that wait for one of them, in one critical
/// section: a reader that registers later sees the events, one that registered before is told where
/// to resume.
void State::publish(Offset end, std::vector<Waker>& woken, Segments& dropped) {
  const Offset start = end_.load(std::memory_order_relaxed);
  end_.store(end, std::memory_order_release);
  if (waiting_count_ != 0) {
    for (Offset offset = start; offset < end; ++offset) {
      const Segment& segment = *segments_[(offset - segments_begin_) / Segment::size];
      take_waiters(segment.slots[offset % Segment::size].type, offset, start, woken);
    }
  }
  if (end - first_.load(std::memory_order_relaxed) > options_.buffer_size)
    cut(end - options_.buffer_size, dropped);
}

void State::take_waiters(TypeIndex type, Offset offset, Offset resume, std::vector<Waker>& woken) {
  Waiter::Link& head = waiting_[type];
  for (Waiter::Link* link = head.next; link != &head;) {
    Waiter& waiter = *link->waiter;
    link = link->next;
    if (waiter.position > offset)
      continue;  // opened beyond the end, and this event is not for it yet
    unlink(waiter);
    --waiting_count_;
    ++woken_count_;
    waiter.position = std::max(waiter.position, resume);
    woken.push_back(std::move(waiter.waker));
  }
}

void State::unlink(Waiter& waiter) {
  for (Waiter::Link& link : waiter.links) {
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link.previous = link.next = nullptr;
  }
}

bool State::watch(Waiter& waiter, std::span<const TypeIndex> types) {
  std::lock_guard lock(mutex_);
  if (gone_.load(std::memory_order_relaxed) ||
      waiter.position < end_.load(std::memory_order_relaxed))
    return false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Waiter::Link& head = waiting_[types[i]];
    Waiter::Link& link = waiter.links[i];
    link = {head.previous, &head, &waiter};
    head.previous->next = &link;
    head.previous = &link;
  }
  ++waiting_count_;
  return true;
}

void State::unwatch(Waiter& waiter) {
  Waker waker;  // let go after the lock: it may be the last handle on a cursor's core
  std::lock_guard lock(mutex_);
  if (!waiter.linked()) return;
  unlink(waiter);
  --waiting_count_;
  waiter.position = std::max(waiter.position, end_.load(std::memory_order_relaxed));
  waker = std::move(waiter.waker);
}

Offset State::truncate(Offset first_retained) {
  Segments dropped;  // events are let go after the lock
  std::lock_guard lock(mutex_);
  cut(first_retained, dropped);
  return first_.load(std::memory_order_relaxed);
}

void State::cut(Offset first_retained, Segments& dropped) {
  first_retained = std::min(first_retained, end_.load(std::memory_order_relaxed));
  if (first_retained <= first_.load(std::memory_order_relaxed)) return;
  first_.store(first_retained, std::memory_order_release);
  while (!segments_.empty() && first_retained - segments_begin_ >= Segment::size) {
    dropped.push_back(std::move(segments_.front()));
    segments_.pop_front();
    segments_begin_ += Segment::size;
  }
}

void State::leave() {
  std::vector<Waker> woken;
  {
    std::lock_guard lock(mutex_);
    gone_.store(true, std::memory_order_release);
    for (Waiter::Link& head : waiting_) {
      while (head.next != &head) {
        Waiter& waiter = *head.next->waiter;
        unlink(waiter);
        woken.push_back(std::move(waiter.waker));
      }
    }
    waiting_count_ = 0;
  }
  for (const Waker& waker : woken) waker.notify();
}

Statistics State::statistics() const {
  std::lock_guard lock(mutex_);
  return {waiting_count_, woken_count_};
}

}  // namespace memorystream
