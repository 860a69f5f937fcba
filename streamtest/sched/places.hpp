#ifndef STREAMTEST_SCHED_PLACES_HPP
#define STREAMTEST_SCHED_PLACES_HPP

#include <streamtest/schedule/thread_control.hpp>

#include <span>
#include <string>
#include <vector>

namespace streamtest::sched::detail {

/// As ThreadControl::places().
std::vector<std::string> places(std::span<const ThreadStep> steps);

}  // namespace streamtest::sched::detail

#endif
