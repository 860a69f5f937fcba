#ifndef STREAMTEST_SUBJECT_RUNTIME_HPP
#define STREAMTEST_SUBJECT_RUNTIME_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace streamtest {

/// Somebody who waits for a moment. Completed once, on executor(), or destroyed.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;

  virtual boost::asio::any_io_executor executor() const = 0;
  virtual void complete(boost::system::error_code error) = 0;
};

/// A wait. Thread-safe once it was started.
class Alarm {
 public:
  Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  virtual ~Alarm() = default;

  /// Begins, once: completes the waiter at the alarm's moment, or as soon as it can if that has
  /// passed; never within this call. Keeps the alarm until then.
  virtual void start(std::unique_ptr<Waiter> waiter) = 0;
  /// Completes the waiter with `operation_aborted`; false if it is too late for that.
  virtual bool cancel() = 0;
};

/// Where the handlers of a stream under test run and what time it is for them: the executor and
/// the clock of a Scenario.
///
/// There are two. The simulated one, in which schedules are explored for a stream that claims
/// `deterministic`, runs handlers one by one in the thread that explores, in an order that the kit
/// chooses, and its time is virtual. Everywhere else it is one thread of the kit's, begun when it
/// is first needed, and the time is `steady_clock`'s. In both no two handlers run at the same time.
///
/// Lifetime: valid until the harness is destroyed. Handlers that are left then are destroyed
/// unrun, from the simulated one before the harness is, from the other one after it.
/// Thread-safety: all members may be called by any thread, but in simulation there should be only
/// the one.
class Runtime {
 public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;
  using time_point = clock::time_point;

  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  /// Runs handlers in no particular order. Those of one actor are one column in tables, and one
  /// priority for schedules: a part of the stream that goes its own way has a name of its own.
  virtual boost::asio::any_io_executor executor(std::string_view actor = "stream") = 0;

  /// Runs handlers in the order in which they were given to it; each call makes a new strand.
  /// `boost::asio::make_strand` of executor() works too, but runs all that is ready in one go, and
  /// what could have come in between is never explored.
  virtual boost::asio::any_io_executor strand(std::string_view actor = "stream") = 0;

  /// In simulation it begins at 0, stands still while anything can be done and leaps to the first
  /// timer when nothing can. Comparing it with `steady_clock::now()` makes no sense.
  virtual time_point now() const = 0;

  /// For that moment, and not started yet. For Timer.
  virtual std::shared_ptr<Alarm> alarm(time_point moment) = 0;
};

/// `boost::asio::steady_timer`'s stand-in on a Runtime, with the same member functions. Asio's own
/// timers start a thread of theirs on a simulated executor.
///
/// Not thread-safe, as Asio's isn't. Destroying it cancels. Keeps the runtime's object alive; its
/// use ends with the harness, as that of everything of the runtime.
class Timer {
 public:
  using clock_type = Runtime::clock;
  using duration = Runtime::duration;
  using time_point = Runtime::time_point;
  using executor_type = boost::asio::any_io_executor;

  /// Handlers without an executor of their own run on `executor`. Expires at once, unless something
  /// else is said. Throws `std::invalid_argument` if the runtime is null.
  Timer(std::shared_ptr<Runtime> runtime, executor_type executor);
  Timer(Timer&&) noexcept = default;
  Timer& operator=(Timer&& other) noexcept;
  ~Timer();

  executor_type get_executor() const noexcept { return executor_; }
  time_point expiry() const noexcept { return expiry_; }
  /// Both cancel who waits, and return how many did.
  std::size_t expires_after(duration after);
  std::size_t expires_at(time_point at);
  std::size_t cancel();

  /// Completes without error when the timer expires, with `operation_aborted` if cancelled: by
  /// cancel(), by the timer's end or by the handler's cancellation slot. Never within this call.
  /// Signature: void(error_code). Any number may wait.
  template <typename Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this](auto handler) { this->start(std::move(handler)); }, token);
  }

 private:
  template <typename Handler>
  class WaiterOf final : public Waiter {
   public:
    WaiterOf(Handler handler, const executor_type& otherwise)
        : executor_(boost::asio::get_associated_executor(handler, otherwise)),
          handler_(std::move(handler)) {}
    executor_type executor() const override { return executor_; }
    void complete(boost::system::error_code error) override { std::move(handler_)(error); }

   private:
    executor_type executor_;
    Handler handler_;
  };

  /// Starts last: from then on the handler may run in another thread, use this timer again, and
  /// destroy what the slot belongs to.
  template <typename Handler>
  void start(Handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    const std::shared_ptr<Alarm> alarm = next_alarm();
    if (slot.is_connected())
      slot.assign([alarm](boost::asio::cancellation_type type) {
        if (type != boost::asio::cancellation_type::none) alarm->cancel();
      });
    alarm->start(std::make_unique<WaiterOf<Handler>>(std::move(handler), executor_));
  }

  std::shared_ptr<Alarm> next_alarm();

  std::shared_ptr<Runtime> runtime_;
  executor_type executor_;
  time_point expiry_;
  std::vector<std::weak_ptr<Alarm>> alarms_;
};

}  // namespace streamtest

#endif
