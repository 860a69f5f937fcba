#include <memorystream/state.hpp>
#include <memorystream/stream.hpp>

#include <algorithm>

namespace memorystream {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::EventTypeSet;

namespace {

/// How many events one poll scans before it lets a close or a cancel in (CAN-5): some 20
/// microseconds.
constexpr Offset scan_budget = 4096;

/// How many events ahead of a reader their memory is asked for.
constexpr Offset read_ahead = 16;

class MemorySource final : public TailSource {
 public:
  MemorySource(std::shared_ptr<State> state, Offset position, std::span<const TypeIndex> types)
      : state_(std::move(state)),
        waiter_(position, types),
        wanted_(state_->event_types().size() / 64 + 1) {
    for (const TypeIndex type : types) wanted_[type / 64] |= std::uint64_t{1} << type % 64;
    state_->admit(waiter_);
  }

  ~MemorySource() override { state_->dismiss(waiter_); }

  Result<Event> poll() override {
    if (state_->gone()) return Errc::cursor_closed;
    const Offset end = state_->end();
    Offset& position = waiter_.position;
    if (position < state_->first()) return Errc::truncated;
    const Offset stop =
        position < end ? position + std::min(end - position, scan_budget) : position;
    while (position < stop) {
      if (!waiter_.has_segment() && !state_->enter_segment(waiter_)) return Errc::truncated;
      const Segment& segment = *waiter_.segment;
      const Offset segment_stop =
          waiter_.segment_begin + std::min(stop - waiter_.segment_begin, Segment::size);
      const Offset match = find(segment, position, segment_stop);
      position = match;
      if (match == segment_stop) continue;
      ++position;
      // The memory beside its reference count, which the copy of a later call must have at hand:
      // most of what a drain waits for.
      if (match + read_ahead < segment_stop)
        __builtin_prefetch(&*segment.slots[(match + read_ahead) % Segment::size].parcel, 1);
      return {boost::system::in_place_value, match, segment.slots[match % Segment::size].parcel};
    }
    if (position < end) return Errc::skipped;
    return Errc::not_yet;
  }

  bool watch(const eventstream::Waker& waker) override {
    waiter_.waker = waker;
    if (state_->watch(waiter_)) return true;
    waiter_.waker = {};
    return false;
  }

  void unwatch() override { state_->unwatch(waiter_); }

  Offset position() const override { return waiter_.position; }

 private:
  /// The first offset from `offset` on whose type the filter has, or `stop`.
  Offset find(const Segment& segment, Offset offset, Offset stop) const {
    const auto wants = [&](TypeIndex type) { return wanted_[type / 64] >> type % 64 & 1; };
    while (offset < stop && !wants(segment.slots[offset % Segment::size].type)) ++offset;
    return offset;
  }

  const std::shared_ptr<State> state_;
  Waiter waiter_;
  boost::container::small_vector<std::uint64_t, 1> wanted_;  // a bit for each type of the stream
};

}  // namespace

Stream::Stream(Options options) : state_(std::make_shared<State>(std::move(options))) {}

Stream::~Stream() {
  state_->leave();
}

eventstream::Identity Stream::application() const {
  return state_->application();
}

Result<EventTypeSet> Stream::event_types(std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  return state_->event_types();
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter, std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  auto source = open_source(offset, filter);
  if (!source) return source.error();
  return Cursor(*std::move(source));
}

Result<std::unique_ptr<TailSource>> Stream::open_source(Offset offset, const EventTypeSet& filter) {
  if (filter.empty()) return Errc::no_event_types;
  std::vector<TypeIndex> types;
  types.reserve(filter.size());
  for (const eventstream::EventType& type : filter) {
    const TypeIndex* index = state_->find(type);
    if (!index) return Errc::unsupported_event_type;
    types.push_back(*index);
  }
  return std::unique_ptr<TailSource>(std::make_unique<MemorySource>(state_, offset, types));
}

Result<Offset> Stream::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  return state_->append(batch, expected);
}

Result<void> Stream::add(std::span<const Event> events) {
  return state_->add(events);
}

Offset Stream::truncate(Offset first_retained) {
  return state_->truncate(first_retained);
}

Offset Stream::first_offset() const {
  return state_->first();
}

Offset Stream::next_offset() const {
  return state_->end();
}

Statistics Stream::statistics() const {
  return state_->statistics();
}

}  // namespace memorystream
