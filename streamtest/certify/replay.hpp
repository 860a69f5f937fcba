#ifndef STREAMTEST_CERTIFY_REPLAY_HPP
#define STREAMTEST_CERTIFY_REPLAY_HPP

#include <streamtest/subject/harness.hpp>

#include <string>
#include <string_view>

namespace streamtest {

/// What came of a counterexample that was run again. A plain value.
struct CounterexampleReplay {
  enum class CameTo {
    passed,         ///< the rule holds in this order now
    failed,         ///< it is broken as it was
    could_not_run,  ///< nothing is known: its actors can't be run here as they were
  };
  bool passed() const { return came_to == CameTo::passed; }

  CameTo came_to = CameTo::could_not_run;
  std::string text;  ///< what was seen, as the binary shows it; what to do; empty if it passed
};

/// Runs a counterexample that exploration found and saved, regressions/RULE.*.json of a report, on
/// fresh streams of this factory in this process; for a test of one's own, which `streamtest replay
/// FILE --gtest` writes:
///
///     TEST(Counterexamples, BLK_3_next) {
///       const auto replay = streamtest::replay_counterexample(
///           streamtest::make_factory<MyHarness>("mystream"), R"json({"counterexample": 1,
///           …})json");
///       EXPECT_TRUE(replay.passed()) << replay.text;
///     }
///
/// `counterexample` is the text of such a file. Its order is replayed three times if threads under
/// control found it, for which the program must link streamtest::sched; one that free threads found
/// is run until it fails, at most a hundred times.
///
/// Blocks until all is run. One at a time in a process. After a failure threads may be left asleep
/// inside the stream for as long as the process lives. A call of the stream that hangs in free
/// threads ends the process after the watchdog has printed the pending operations.
///
/// Throws `std::invalid_argument` if the text is no counterexample or if the harness has no such
/// variant, NotSupported if the stream lacks what the program needs, UsageError if the harness
/// contradicts itself, HarnessFailure if it fails.
CounterexampleReplay replay_counterexample(const SubjectFactory& factory,
                                           std::string_view counterexample);

}  // namespace streamtest

#endif
