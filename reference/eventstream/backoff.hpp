#ifndef EVENTSTREAM_BACKOFF_HPP
#define EVENTSTREAM_BACKOFF_HPP

#include <chrono>
#include <cstdint>
#include <functional>

namespace eventstream {

/// How long to wait after so many failures in a row, 1 after the first one. Called by one thread at
/// a time.
using Backoff = std::function<std::chrono::nanoseconds(std::uint64_t failures)>;

struct ExponentialBackoff {
  /// After the first failure, above zero.
  std::chrono::nanoseconds first = std::chrono::milliseconds(100);
  /// At least `first`.
  std::chrono::nanoseconds longest = std::chrono::minutes(1);
  /// By how much each delay is longer than the one before; at least 1.
  double factor = 2;
  /// The part of a delay, 0 to 1, that chance may take away, so that consumers that failed together
  /// don't come back together.
  double jitter = 0.5;
};

/// first, first * factor, first * factor^2, … up to longest, each shortened by chance: finite and
/// not negative after any number of failures (CNS-4). Throws `std::invalid_argument` if a value is
/// out of its range.
Backoff exponential(const ExponentialBackoff& parameters = {});

}  // namespace eventstream

#endif
