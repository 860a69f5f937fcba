#ifndef EVENTSTREAM_CLOCK_HPP
#define EVENTSTREAM_CLOCK_HPP

#include <chrono>
#include <stop_token>

namespace eventstream {

/// What waits are measured by, so that tests needn't wait for them. Thread-safety: any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Returns when the time has passed or the token asks to stop; false in the second case, and if
  /// it had asked already.
  virtual bool wait_for(std::chrono::nanoseconds duration, const std::stop_token& token) = 0;
};

/// The machine's steady clock.
class SteadyClock final : public Clock {
 public:
  bool wait_for(std::chrono::nanoseconds duration, const std::stop_token& token) override;
};

}  // namespace eventstream

#endif
