#ifndef STREAMTEST_CASES_CONSUMER_SCRIPTS_HPP
#define STREAMTEST_CASES_CONSUMER_SCRIPTS_HPP

#include <streamtest/cases/consumer_judges.hpp>
#include <streamtest/subject/consumer_run.hpp>

#include <functional>
#include <vector>

// Scripts for consumers, and how they are played. Internal to the cases.

namespace streamtest {

/// So many events of two types, with a gap before every second one. A third type is produced and
/// not wanted, a fourth one wanted and not produced.
Script plain_script(Bench& bench, std::size_t events, eventstream::Offset gap = 1,
                    eventstream::Offset start = 0);

/// Scripts in which each step fails: once or several times in a row, at the beginning and later,
/// with an error, an exception or a truncation (D17).
std::vector<Script> failing_scripts(Bench& bench);
/// A script in which any call may fail.
Script random_script(Bench& bench);

/// What must not reach a handler that expects `expected`, one of each kind: below the offset, of
/// another application, without an envelope, a type or an id.
std::vector<Fault> unfit_events(Bench& bench, const Script& script, eventstream::Offset expected);

/// Throws NotSupported if the consumer can't be given a semaphore.
void needs_semaphore(Bench& bench);

/// The setup of a run if nothing else is said: a delay that tells the number of failures.
RunSetup usual_setup(Bench& bench);

/// Lets a consumer play the script until it has handled everything and waits for more, and stops
/// it. Fails with what the judge finds wrong, or if the consumer doesn't get so far.
void play(Bench& bench, const Script& script, Judge judge, const RunSetup& setup);
void play(Bench& bench, const Script& script, Judge judge);

/// play() on every failing script, and on random ones.
void play_failing(Bench& bench, Judge judge, const std::function<RunSetup()>& setup);
void play_failing(Bench& bench, Judge judge);

/// What the consumer has done is as it should be, but it doesn't get on: in words.
std::string stuck_text(ConsumerRun& run, Stage::State state);

}  // namespace streamtest

#endif
