#ifndef PERSISTEDSTREAM_TAIL_HPP
#define PERSISTEDSTREAM_TAIL_HPP

#include <eventstream/pump.hpp>
#include <memorystream/stream.hpp>

#include <persistedstream/event_repository.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace persistedstream {

using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// What a stream and its cursors share: the cache of the latest events, the thread that follows the
/// repository, and the pump that loads what lies further back.
///
/// The cache is a memory stream. When the follower can't bring it further (the store failed, or
/// holds types it hasn't heard of), it is replaced by one that begins at the end of the store; its
/// cursors see it closed, go back to the repository and meet there whatever was wrong. Null while
/// not even that works.
///
/// Locks: `writing_`, held from the store of a batch or a cut to its appearance in the cache, so
/// that what was appended here is there before it can be cut here: a cursor that waits at the end
/// never hears of a cut below it (TRN-5). `mutex_`, a leaf that guards the pointer to the cache and
/// the types; the cache is used and destroyed without it.
class Tail {
 public:
  /// Throws as Stream's constructor.
  Tail(std::shared_ptr<EventRepository> repository, std::uint64_t cache_size);
  ~Tail();

  EventRepository& repository() { return *repository_; }
  /// Asks the repository, of which others may have made one with more types.
  Result<EventTypeSet> event_types();
  /// What it said last.
  EventTypeSet known_types() const;
  std::shared_ptr<memorystream::Stream> cache() const;
  std::unique_ptr<eventstream::PumpSource> history(Offset from, const EventTypeSet& types);

  /// The first offset that wasn't truncated, as far as is known here.
  Offset first() const { return first_.load(std::memory_order_acquire); }
  bool gone() const { return gone_.load(std::memory_order_acquire); }

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected);
  Result<Offset> truncate(Offset first_retained);
  /// The stream is destroyed: ends the threads, and every cursor gives `cursor_closed`.
  void stop();

 private:
  Result<Offset> cut(Offset first_retained);
  void follow(const std::stop_token& token);
  void catch_up();
  void cache_batch(Offset start, std::span<const Parcel> batch) noexcept;
  void truncated(Offset first) noexcept;
  Result<void> renew_cache();
  void drop_cache();

  const std::shared_ptr<EventRepository> repository_;
  const std::uint64_t cache_size_;
  std::atomic<Offset> first_ = 0;
  std::atomic<bool> gone_ = false;

  std::mutex writing_;
  mutable std::mutex mutex_;
  std::shared_ptr<memorystream::Stream> cache_;
  EventTypeSet types_;

  eventstream::Pump pump_;
  std::jthread follower_;
};

}  // namespace persistedstream

#endif
