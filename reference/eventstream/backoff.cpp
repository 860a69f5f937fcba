#include <eventstream/backoff.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace eventstream {

Backoff exponential(const ExponentialBackoff& parameters) {
  if (parameters.first <= std::chrono::nanoseconds(0) || parameters.longest < parameters.first)
    throw std::invalid_argument("a backoff needs 0 < first <= longest");
  if (!(parameters.factor >= 1) || !std::isfinite(parameters.factor))
    throw std::invalid_argument("a backoff's factor is 1 or more");
  if (!(parameters.jitter >= 0 && parameters.jitter <= 1))
    throw std::invalid_argument("a backoff's jitter is a part, from 0 to 1");
  return [parameters, random = std::mt19937_64(std::random_device{}())](
             std::uint64_t failures) mutable -> std::chrono::nanoseconds {
    const auto longest = static_cast<double>(parameters.longest.count());
    const double exponent = failures == 0 ? 0 : static_cast<double>(failures - 1);
    // Infinity, after many failures, is cut like any other delay that is too long.
    const double grown =
        static_cast<double>(parameters.first.count()) * std::pow(parameters.factor, exponent);
    const double part =
        1 - std::uniform_real_distribution<double>(0, 1)(random) * parameters.jitter;
    const double delay = std::min(grown, longest) * part;
    // The largest duration is a number that only a double can hold.
    if (delay >= longest) return parameters.longest;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(delay));
  };
}

}  // namespace eventstream
