#ifndef STREAMTEST_TESTS_MUTANTS_LOG_HPP
#define STREAMTEST_TESTS_MUTANTS_LOG_HPP

#include "filter.hpp"

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>
#include <eventstream/source.hpp>

#include <condition_variable>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace mutants {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using eventstream::Waker;

constexpr std::uint64_t max_event_size = 256 * 1024;

/// Where one cursor stands and how it is woken. Belongs to its source and, while it waits, to the
/// log's list as well; guarded by the log's lock.
struct Waiter {
  explicit Waiter(Filter wanted) : filter(std::move(wanted)) {}

  const Filter filter;
  Offset position = 0;  ///< the first offset it hasn't looked at; an append that wakes it sets it
  Waker waker;
  bool registered = false;
  // The rest is for single defects.
  std::optional<Offset> empty_event;
  bool told_truncated = false;
  bool destroyed = false;
};

/// The events of one application with those who wait for more: a vector, a mutex and a list of
/// waiters. Shared by the stream and its cursors. Members that say so are called under lock().
class Log {
 public:
  /// The race of a narrow defect is left as it is.
  Log(EventTypeSet types, Defect defect, bool narrow);

  Defect defect() const { return defect_; }
  const EventTypeSet& types() const { return types_; }
  std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected);
  void fail_next_append();
  /// What a program finds that opens the store after this one was closed.
  std::shared_ptr<Log> reopened() const;
  /// Cuts and gives the first offset that is left.
  Offset truncate(Offset first_retained);
  /// The stream is gone.
  void leave();

  /// Registers the waiter; false if something is there for it already. Without `look` it doesn't
  /// look.
  bool watch(const std::shared_ptr<Waiter>& waiter, const Waker& waker, bool look);
  /// Ends the wait. True if an append had taken the waiter from the list.
  bool unwatch(const std::shared_ptr<Waiter>& waiter);
  /// The wakers of all who wait; they stay registered.
  std::vector<Waker> waiting() const;

  // Under lock():
  bool gone() const { return gone_; }
  Offset first() const { return first_; }
  Offset end() const { return slots_.size(); }
  /// As far as readers look.
  Offset shown_end() const;
  /// Empty only where a defect left it so.
  const Parcel& at(Offset offset) const { return slots_[offset]; }
  Offset batch_of(Offset offset) const { return batches_[offset]; }

  // Under lock(), for single defects:
  std::shared_ptr<Offset> shared_position(const EventTypeSet& filter, Offset opened_at);
  void enter(const Waiter* cursor) { open_.push_back(cursor); }
  void leave(const Waiter* cursor);
  void moved() { caught_up_.notify_all(); }
  void forget_waiters();

 private:
  using Lock = std::unique_lock<std::mutex>;

  std::optional<Errc> check(std::span<const Parcel> batch) const;
  void write(Lock& lock, std::span<const Parcel> batch, std::vector<Waker>& woken);
  void write_one_by_one(Lock& lock, std::span<const Parcel> batch);
  void put(const Parcel& parcel);
  Result<Offset> append_nothing(Lock& lock);
  void wait_for_slow_readers(Lock& lock);
  bool wakes(Waiter& waiter, Offset from, Offset to) const;
  void wake(Offset from, Offset to, std::vector<Waker>& woken);
  void stir(const std::stop_token& token) const;
  void widen(std::chrono::milliseconds time = std::chrono::milliseconds(1)) const;

  const EventTypeSet types_;
  const Defect defect_;
  const bool narrow_;
  mutable std::mutex mutex_;
  std::deque<Parcel> slots_;  ///< by offset; what was truncated is only let go
  Offset first_ = 0;
  bool gone_ = false;
  bool fail_next_ = false;
  std::vector<std::shared_ptr<Waiter>> waiters_;
  // For single defects:
  std::vector<std::pair<EventTypeSet, std::shared_ptr<Offset>>> shared_;
  std::vector<const Waiter*> open_;
  std::condition_variable caught_up_;
  std::vector<std::jthread> stirring_;
  std::vector<Offset> batches_;  ///< by offset: where the event's batch begins
  std::vector<Offset> free_;     ///< what was truncated and not yet used again
};

/// What the streams of several applications share: the store they are in.
class Backend {
 public:
  std::shared_ptr<Log> add(EventTypeSet types, Defect defect, bool narrow);
  Offset truncate(Log& log, Offset first_retained);
  /// Closes the log and gives what is stored of it.
  std::shared_ptr<Log> reopen(const std::shared_ptr<Log>& log);

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Log>> logs_;
};

}  // namespace mutants

#endif
