#ifndef STREAMTEST_SIMULATION_TIMER_HPP
#define STREAMTEST_SIMULATION_TIMER_HPP

#include <streamtest/simulation/context.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace streamtest::simulation {

/// `boost::asio::steady_timer`'s stand-in on a Context, with the same member functions and virtual
/// time. Code that is to run on both takes the timer's type, or what makes one, as a parameter:
/// Asio's own timers can't be made to follow another clock.
///
/// The Context must outlive it; of one thread, as the Context is.
class Timer {
 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using duration = Clock::duration;
  using time_point = Clock::time_point;

  /// Expires at once, unless something else is said.
  explicit Timer(const Executor& executor);
  Timer(const Executor& executor, duration after);
  Timer(const Executor& executor, time_point at);
  Timer(Timer&& other) noexcept;
  Timer& operator=(Timer&& other) noexcept;
  /// Cancels.
  ~Timer();

  Executor get_executor() const noexcept { return executor_; }
  time_point expiry() const noexcept { return expiry_; }
  /// Both cancel who waits, and return how many did. A duration that leads beyond the clock's range
  /// means never.
  std::size_t expires_after(duration after);
  std::size_t expires_at(time_point at);
  /// Who waits is called with `operation_aborted`. Returns how many did; not counted is who was
  /// called already, though the handler has not been run yet.
  std::size_t cancel();

  /// Completes without error when the timer expires, with `operation_aborted` if cancelled: by
  /// cancel(), by the timer's end or by the handler's cancellation slot, of any type. Never within
  /// this call. Signature: void(error_code). Any number may wait.
  template <class Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this](auto handler) { this->start(std::move(handler)); }, token);
  }

 private:
  template <class Handler>
  void start(Handler handler) {
    Context& context = executor_.context();
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    const Context::WaitKey key = context.wait(expiry_, make_wait(std::move(handler), executor_));
    remember(key);
    if (!slot.is_connected()) return;
    slot.assign([&context, key](boost::asio::cancellation_type type) {
      if (type != boost::asio::cancellation_type::none) context.cancel(key);
    });
  }

  void remember(const Context::WaitKey& key);

  Executor executor_;
  time_point expiry_;
  std::vector<Context::WaitKey> waits_;  ///< some may be over
};

}  // namespace streamtest::simulation

#endif
