#ifndef STREAMTEST_EXPLORE_SEQUENCES_HPP
#define STREAMTEST_EXPLORE_SEQUENCES_HPP

#include <streamtest/explore/player.hpp>
#include <streamtest/subject/bench.hpp>

#include <string_view>
#include <vector>

namespace streamtest {

/// The rules whose breaches the model can name.
std::vector<std::string_view> judged_rules();

/// The body of a case: runs generated programs against fresh streams, each judged by the model, and
/// looks for a breach of the bench's rule; a program that breaks another one counts as passed
/// (docs/decisions/0007-sequences-have-a-focus.md). How many there are scales with the budget. A
/// program that fails is shrunk and replayed, and the Violation shows it as steps and as code, with
/// the history of its run.
///
/// The programs come from the bench's random numbers alone: the same seed, rule, delivery and
/// budget give the same ones. Everything happens in the calling thread, for RapidCheck keeps state
/// outside of threads.
void run_sequences(Bench& bench);

/// The same with programs that begin with a process that is killed: a tenth as many, for each costs
/// a process. What doesn't come up without the kill breaks DUR-4.
void run_sequences_after(const KillAndOpen& kill, Bench& bench);

}  // namespace streamtest

#endif
