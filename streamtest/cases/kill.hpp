#ifndef STREAMTEST_CASES_KILL_HPP
#define STREAMTEST_CASES_KILL_HPP

#include <streamtest/subject/bench.hpp>
#include <streamtest/subject/worker.hpp>

#include <functional>
#include <initializer_list>
#include <string>

// Internal to the cases.

namespace streamtest {

/// When a worker is killed: so many spins after it said that line for that time.
struct Moment {
  WorkerLine::Kind after = WorkerLine::Kind::stored;
  std::uint64_t count = 1;
  std::uint64_t spins = 0;
};

/// So many kills a case at the least that what is lost isn't kept by luck.
inline constexpr std::uint64_t fewest_kills = 5;

/// Some moment after one of these lines: in or between two calls, early or late.
Moment some_moment(Bench& bench, std::initializer_list<WorkerLine::Kind> kinds);

/// Starts a worker, kills it at that moment, and gives all that it said to `take`. One that can't
/// open again what exists, or ends by itself, breaks the rule.
void run_and_kill(Bench& bench, const WorkerTask& task, const Moment& moment,
                  const std::string& name, const std::function<void(const WorkerLine&)>& take);

}  // namespace streamtest

#endif
