#include <streamtest/simulation/timer.hpp>

#include <algorithm>

namespace streamtest::simulation {

Timer::Timer(const Executor& executor) : executor_(executor), expiry_(executor.context().now()) {}

Timer::Timer(const Executor& executor, duration after) : Timer(executor) {
  expires_after(after);
}

Timer::Timer(const Executor& executor, time_point at) : executor_(executor), expiry_(at) {}

Timer::Timer(Timer&& other) noexcept
    : executor_(other.executor_), expiry_(other.expiry_), waits_(std::exchange(other.waits_, {})) {}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  executor_ = other.executor_;
  expiry_ = other.expiry_;
  waits_ = std::exchange(other.waits_, {});
  return *this;
}

Timer::~Timer() {
  cancel();
}

std::size_t Timer::expires_after(duration after) {
  const time_point now = executor_.context().now();
  return expires_at(after > never - now ? never : now + after);
}

std::size_t Timer::expires_at(time_point at) {
  const std::size_t cancelled = cancel();
  expiry_ = at;
  return cancelled;
}

std::size_t Timer::cancel() {
  std::size_t cancelled = 0;
  for (const Context::WaitKey& key : std::exchange(waits_, {}))
    cancelled += executor_.context().cancel(key) ? 1 : 0;
  return cancelled;
}

void Timer::remember(const Context::WaitKey& key) {
  std::erase_if(waits_, [&](const Context::WaitKey& known) {
    return !executor_.context().is_waiting(known);
  });
  waits_.push_back(key);
}

}  // namespace streamtest::simulation
