#ifndef STREAMTEST_SIMULATION_CLOCK_HPP
#define STREAMTEST_SIMULATION_CLOCK_HPP

#include <chrono>

namespace streamtest::simulation {

class Context;

/// The time of a Context. It stands still while anything can be done, and jumps to the first timer
/// when nothing can: an hour of waiting takes no time. Begins at 0.
///
/// A value; the Context must outlive it. Two contexts have two clocks.
class Clock {
 public:
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  explicit Clock(const Context& context) : context_(&context) {}

  time_point now() const noexcept;

 private:
  const Context* context_;
};

/// A moment that doesn't come: a timer set to it fires only by being cancelled.
inline constexpr Clock::time_point never = Clock::time_point::max();

}  // namespace streamtest::simulation

#endif
