#ifndef STREAMTEST_EXPLORE_EXPLORATION_HPP
#define STREAMTEST_EXPLORE_EXPLORATION_HPP

#include <streamtest/subject/bench.hpp>

namespace streamtest {

/// The body of a case: runs generated programs of several actors against fresh streams, each in
/// many orders, and looks for a breach of the bench's rule in what the checker says of each run's
/// record; what breaks another rule counts as passed (decision 0007), but an exception breaks
/// every rule. How many there are scales
/// with the budget. A run that fails is shrunk, the program first and then the order, and replayed
/// three times; the Violation shows both, and what happened as a table.
///
/// Threads are under control if what controls them is linked (streamtest::sched); otherwise, and
/// for a stream that escapes the control, they run as the system lets them.
///
/// Inconclusive if a situation that the rule is about never arose.
void run_exploration(Bench& bench);

}  // namespace streamtest

#endif
