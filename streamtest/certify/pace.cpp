#include <streamtest/certify/pace.hpp>

#include <algorithm>

namespace streamtest {
namespace {

constexpr int part_in_reserve = 10;
constexpr int latest_part = 20;
constexpr double least = 0.1;

}  // namespace

Pace::Pace(std::chrono::nanoseconds budget, std::size_t rules, Time now,
           std::chrono::nanoseconds late)
    : share_((budget - budget / part_in_reserve) / std::max<std::size_t>(rules, 1)),
      most_(budget / latest_part),
      due_(now - late) {}

double Pace::at(Time now) const {
  using Part = std::chrono::duration<double>;
  const double part = Part(late(now)) / Part(most_);
  return std::clamp(1 - part, least, 1.0);
}

}  // namespace streamtest
