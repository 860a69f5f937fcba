#ifndef MEMORYSTREAM_STATE_HPP
#define MEMORYSTREAM_STATE_HPP

#include <eventstream/source.hpp>
#include <memorystream/stream.hpp>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace memorystream {

using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// The index of an event type within one stream.
using TypeIndex = std::uint32_t;

/// A run of consecutive events. Slots below State::end() are never written again, so readers need
/// no lock.
struct Segment {
  static constexpr Offset size = 256;
  struct Slot {
    Parcel parcel;
    TypeIndex type = 0;
  };

  Segment() {}  // not defaulted: make_shared would fill it with zeros before it makes the slots
  std::array<Slot, size> slots;
};

/// One cursor as a reader that may wait. While it waits it stands in the list of each type of its
/// filter; taking it from one takes it from all.
struct Waiter {
  struct Place {
    TypeIndex type;
    std::uint32_t index = 0;  ///< in the list of that type
  };

  Waiter(Offset offset, std::span<const TypeIndex> types);

  bool has_segment() const { return segment && position - segment_begin < Segment::size; }

  /// The first offset it has not looked at; where to resume, once it was taken out.
  Offset position;
  std::shared_ptr<const Segment> segment;  ///< where it read last, or will read after its wait
  Offset segment_begin = 0;
  eventstream::Waker waker;
  /// Guarded by the state's mutex as all the rest is while it is true. It turns false as the last
  /// thing that is done to a waiter; who sees that owns the waiter again, without the lock.
  std::atomic<bool> listed = false;
  boost::container::small_vector<Place, 2> places;
};

/// What a stream and its cursors share. Readers look at the atomics without the lock; whoever
/// writes them holds it.
class State {
 public:
  explicit State(Options options);

  const eventstream::Identity& application() const { return options_.application; }
  const eventstream::EventTypeSet& event_types() const { return options_.event_types; }
  /// Null if the stream doesn't have the type.
  const TypeIndex* find(const eventstream::EventType& type) const;

  Offset first() const { return first_.load(std::memory_order_acquire); }
  Offset end() const { return end_.load(std::memory_order_acquire); }
  bool gone() const { return gone_.load(std::memory_order_acquire); }
  /// Gives the waiter the segment of its position, which is below the end. False if that was
  /// truncated away.
  bool enter_segment(Waiter& waiter) const;

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected);
  Result<void> add(std::span<const Event> events);
  Offset truncate(Offset first_retained);
  /// The stream is destroyed: every cursor gives `cursor_closed` from now on.
  void leave();
  Statistics statistics() const;

  /// A cursor opens: makes room for it in the lists, so that watch() needs no memory. dismiss()
  /// undoes both.
  void admit(const Waiter& waiter);
  void dismiss(Waiter& waiter);
  /// Registers the waiter unless something is new for it.
  bool watch(Waiter& waiter);
  /// Ends the wait; the waiter's position is then what was waited past, or where an append told it
  /// to resume.
  void unwatch(Waiter& waiter);

 private:
  using Dropped = std::vector<std::shared_ptr<Segment>>;
  using Woken = std::vector<eventstream::Waker>;
  struct Early {
    Parcel parcel;
    TypeIndex type;
  };
  /// The waiters for one type. A vector, because an append walks through all of them: links would
  /// cost it a dependent cache miss each.
  struct List {
    struct Entry {
      Waiter* waiter;
      std::uint32_t place;  ///< which of the waiter's places is this one
    };
    std::vector<Entry> entries;
    std::size_t readers = 0;  ///< open cursors that may wait here
  };

  /// The index of the parcel's type, or null and why the stream refuses it.
  const TypeIndex* check(const Parcel& parcel, eventstream::Errc& refusal) const;
  void put(const Parcel& parcel, TypeIndex type, Offset offset);
  void assign_segment(Waiter& waiter) const;
  TypeIndex type_at(Offset offset) const;
  void publish(Offset end, Woken& woken, Dropped& dropped);
  void take_waiters(TypeIndex type, Offset offset, Woken& woken);
  void take(Waiter& waiter, Offset resume, eventstream::Waker& waker);
  void cut(Offset first_retained, Dropped& dropped);

  const Options options_;
  boost::unordered_flat_map<eventstream::EventType, TypeIndex, std::hash<eventstream::EventType>>
      types_;

  mutable std::mutex mutex_;
  std::atomic<Offset> first_;
  std::atomic<Offset> end_;
  std::atomic<bool> gone_ = false;
  std::deque<std::shared_ptr<Segment>> segments_;
  Offset segments_begin_;          ///< the offset of the first slot of the first segment
  std::map<Offset, Early> early_;  ///< added before their turn
  std::vector<List> lists_;        ///< for each type
  std::uint64_t waiting_count_ = 0;
  std::uint64_t woken_count_ = 0;
};

}  // namespace memorystream

#endif
