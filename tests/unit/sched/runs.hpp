#ifndef TESTS_UNIT_SCHED_RUNS_HPP
#define TESTS_UNIT_SCHED_RUNS_HPP

#include <streamtest/sched/sched.hpp>
#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/strategy.hpp>

#include <functional>

/// One run in which nobody is interrupted.
inline streamtest::ThreadOutcome run_plainly(const std::function<void()>& body,
                                             const streamtest::ThreadLimits& limits = {}) {
  streamtest::Replay plain{streamtest::Schedule{}};
  return streamtest::sched::run(limits, plain, body);
}

/// Runs in so many random orders, until one gives another verdict than `ok`.
inline streamtest::ThreadOutcome run_randomly(unsigned times, const std::function<void()>& body,
                                              const streamtest::ThreadLimits& limits = {}) {
  const auto strategy = streamtest::make_uniform(7);
  streamtest::ThreadOutcome outcome;
  for (unsigned i = 0; i < times && outcome.verdict == streamtest::ThreadVerdict::ok; ++i) {
    strategy->begin();
    streamtest::Recorder recorder(*strategy);
    outcome = streamtest::sched::run(limits, recorder, body);
    strategy->end(recorder.choices());
  }
  return outcome;
}

#endif
