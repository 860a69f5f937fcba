#ifndef STREAMTEST_SUBJECT_DRIVER_HPP
#define STREAMTEST_SUBJECT_DRIVER_HPP

#include <streamtest/subject/subject.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace streamtest {

/// How a case reads: blocking next in a thread, or async_next on an io_context.
enum class Delivery { blocking, asynchronous };

std::string_view to_string(Delivery delivery);

/// What a next threw instead of returning: by value, because threads must not share an exception.
struct Thrown {
  enum class By { stream, lost_stream, harness };
  std::string text;
  By by = By::stream;
};

/// One pending next: filled by the driver, waited for and cancelled by the case. Shared by both, so
/// that a call that is stuck refers to nothing that is gone. Thread-safe.
class Slot {
 public:
  /// `on_done` runs once, in the thread that fills the slot, before done() turns true.
  explicit Slot(std::function<void(const Slot&)> on_done) : on_done_(std::move(on_done)) {}

  bool done() const;
  /// Waits at most that long; false if it isn't done by then.
  bool wait(std::chrono::nanoseconds patience);
  /// What next returned; only once it is done.
  const eventstream::Result<eventstream::Event>& outcome() const { return *outcome_; }
  /// What next threw, if it did; the outcome is an error then.
  const std::optional<Thrown>& thrown() const { return thrown_; }

  void finish(eventstream::Result<eventstream::Event> outcome, std::optional<Thrown> thrown = {});

  /// Cancels the read; returns at once. Does nothing once it is done.
  std::function<void()> cancel;

 private:
  std::function<void(const Slot&)> on_done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> done_ = false;
  std::optional<eventstream::Result<eventstream::Event>> outcome_;
  std::optional<Thrown> thrown_;
};

/// The only thing a case knows about threads and executors: how a next is begun and waited for.
/// Thread-safe.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  virtual Delivery delivery() const = 0;

  /// Begins a next on the cursor and fills the slot when it returns. `cancelled` asks for a token
  /// that has asked to stop before the call (blocking only).
  virtual void start(std::shared_ptr<AnyCursor> cursor, std::shared_ptr<Slot> slot,
                     bool cancelled = false) = 0;

  /// Lets others act until the slot is done; false if it isn't within the patience (exact drivers:
  /// if nothing can happen any more).
  virtual bool until(Slot& slot, std::chrono::nanoseconds patience) { return slot.wait(patience); }

  /// Lets everything that can happen happen. Only an exact driver knows when that is; the others do
  /// nothing, and a case must be sound for a next that hasn't begun yet (contract, D8).
  virtual void settle() {}
  virtual bool exact() const { return false; }

  /// Threads inside a next that never returned, abandoned since.
  virtual std::size_t stuck() const { return 0; }
};

/// Blocking next, each in a thread from a pool that grows with the number of pending reads. Its
/// destructor joins the threads; one that is stuck inside a stream's next can't be joined and is
/// left to the process's end (docs/decisions/0005-stuck-threads.md).
std::unique_ptr<Driver> make_threads_driver();

/// async_next on an io_context that one thread runs. A cursor that isn't the project's own is read
/// by blocking next in a thread.
std::unique_ptr<Driver> make_asynchronous_driver();

}  // namespace streamtest

#endif
