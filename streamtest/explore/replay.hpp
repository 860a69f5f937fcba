#ifndef STREAMTEST_EXPLORE_REPLAY_HPP
#define STREAMTEST_EXPLORE_REPLAY_HPP

#include <streamtest/explore/counterexample.hpp>
#include <streamtest/subject/bench.hpp>

#include <optional>
#include <string>

namespace streamtest {

/// What came of running a counterexample again.
struct Replayed {
  unsigned times = 0;   ///< runs of the program
  unsigned failed = 0;  ///< of them, with a breach of the rule
  /// The order had choices that couldn't be made this time: the stream does something else now.
  bool diverged = false;
  /// The first run that failed: the same program and order, with what was seen this time. Empty if
  /// none did.
  std::optional<Counterexample> again = {};
  /// Why nothing is known; empty if all went well. Never the stream's fault: its actors can't be
  /// run here as they were, and why not, or control was lost.
  std::string trouble = {};
};

/// Runs the counterexample's program against fresh streams: under control three times in its order,
/// after once in the usual order for all that a process does only once; under free threads until it
/// fails, at most a hundred times. What breaks another rule counts as
/// passed. Every run is counted at the bench, and those under control as schedules; its rule,
/// delivery and patience must be the counterexample's for a replay that is exact; nothing else of
/// it is asked, its seed neither.
///
/// Blocks until all is run. Threads of a run that failed may be stuck inside the stream afterwards.
/// Throws NotSupported if the bench's stream lacks what the program needs, HarnessFailure if the
/// harness fails.
Replayed replay_counterexample(Bench& bench, const Counterexample& counterexample);

/// The failure as an exploration would show it, and how many of how many times it came; only if it
/// did.
std::string to_text(const Replayed& replayed);

}  // namespace streamtest

#endif
