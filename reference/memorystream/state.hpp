#ifndef MEMORYSTREAM_STATE_HPP
#define MEMORYSTREAM_STATE_HPP

#include <eventstream/source.hpp>
#include <memorystream/stream.hpp>

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
  std::array<Slot, size> slots;
};

/// One waiting cursor. It stands in the list of each type of its filter, all guarded by the state's
/// mutex; taking it from one takes it from all.
struct Waiter {
  struct Link {
    Link* previous = nullptr;
    Link* next = nullptr;
    Waiter* waiter = nullptr;
  };

  bool linked() const { return !links.empty() && links.front().previous != nullptr; }

  Offset position =
      0;  ///< the first offset it has not looked at; where to resume, once it was taken out
  eventstream::Waker waker;
  std::vector<Link> links;  ///< one a type; sized once, so that the lists may point into it
};

/// What a stream and its cursors share. Readers look at the atomics without the lock; whoever
/// writes them holds it.
class State {
 public:
  explicit State(Options options);

  const eventstream::Identity& application() const { return options_.application; }
  const eventstream::EventTypeSet& event_types() const { return options_.event_types; }
  std::optional<TypeIndex> find(const eventstream::EventType& type) const;

  Offset first() const { return first_.load(std::memory_order_acquire); }
  Offset end() const { return end_.load(std::memory_order_acquire); }
  bool gone() const { return gone_.load(std::memory_order_acquire); }
  std::shared_ptr<const Segment> segment(Offset offset) const;

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected);
  Result<void> add(std::span<const Event> events);
  Offset truncate(Offset first_retained);
  /// The stream is destroyed: every cursor gives `cursor_closed` from now on.
  void leave();
  Statistics statistics() const;

  /// Registers the waiter unless something is new for it.
  bool watch(Waiter& waiter, std::span<const TypeIndex> types);
  /// Ends the wait; the waiter's position is then what was waited past, or where an append told it
  /// to resume.
  void unwatch(Waiter& waiter);

 private:
  using Segments = std::deque<std::shared_ptr<Segment>>;

  Result<TypeIndex> check(const Parcel& parcel) const;
  void put(const Parcel& parcel, TypeIndex type, Offset offset);
  void publish(Offset end, std::vector<eventstream::Waker>& woken, Segments& dropped);
  void take_waiters(TypeIndex type, Offset offset, Offset resume,
                    std::vector<eventstream::Waker>& woken);
  static void unlink(Waiter& waiter);
  void cut(Offset first_retained, Segments& dropped);

  const Options options_;
  boost::unordered_flat_map<eventstream::EventType, TypeIndex, std::hash<eventstream::EventType>>
      types_;

  mutable std::mutex mutex_;
  std::atomic<Offset> first_;
  std::atomic<Offset> end_;
  std::atomic<bool> gone_ = false;
  Segments segments_;
  Offset segments_begin_;  ///< the offset of the first slot of the first segment
  struct Early {
    Parcel parcel;
    TypeIndex type;
  };
  std::map<Offset, Early> early_;      ///< added before their turn
  std::vector<Waiter::Link> waiting_;  ///< a circular list's head for each type
  std::uint64_t waiting_count_ = 0;
  std::uint64_t woken_count_ = 0;
};

}  // namespace memorystream

#endif
