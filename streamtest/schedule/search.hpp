#ifndef STREAMTEST_SCHEDULE_SEARCH_HPP
#define STREAMTEST_SCHEDULE_SEARCH_HPP

#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/strategy.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace streamtest {

/// What one run of a program came to.
struct Run {
  /// What kind of failure it is; empty if all went well. Shrinking never goes from one kind to
  /// another.
  std::string failure;
  /// The same for all that happened in the run, in its order, and only for that.
  std::uint64_t hash = 0;
};

/// Runs a program in the order that the chooser decides.
using RunProgram = std::function<Run(Chooser&)>;

/// A schedule that fails.
struct Failing {
  Schedule schedule;
  Run run;
  std::string strategy;         ///< that found it
  std::uint64_t schedules = 0;  ///< tried until it was found, itself included
};

/// Runs until one fails, the strategy has nothing left or `more`, asked before each run, says no.
/// Each run adds one to `schedules`. What the program throws is passed on; the strategy is of no
/// further use then.
std::optional<Failing> search(Strategy& strategy, const RunProgram& program,
                              const std::function<bool()>& more, std::uint64_t& schedules);

/// The failure with as few deviations as delta debugging (Zeller and Hildebrandt, 2002) finds, each
/// as small as possible, while `more`, asked before each run, says so: none of those that are left
/// can be left out alone, if it never said no. Deviations that a run didn't make are gone. A
/// failure that doesn't come back in the first replay is returned as it is.
Failing shrink(Failing failing, const RunProgram& program, const std::function<bool()>& more);
/// The same, within so many runs.
Failing shrink(Failing failing, const RunProgram& program, std::uint64_t most_runs = 600);

/// The same failure in one or two deviations, if a bounded search finds it while `more`, asked
/// before each run, says so, made smaller by shrink() as far as `more` allows; else as it was
/// given. Worth asking after shrink(), which leaves deviations out and so gets stuck where each
/// moves what those after it mean.
Failing with_fewer_deviations(Failing failing, const RunProgram& program,
                              const std::function<bool()>& more);

/// How often the schedule, replayed so many times, gave the same failure and the same hash.
unsigned replays(const Failing& failing, const RunProgram& program, unsigned times = 3);

}  // namespace streamtest

#endif
