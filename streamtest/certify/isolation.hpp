#ifndef STREAMTEST_CERTIFY_ISOLATION_HPP
#define STREAMTEST_CERTIFY_ISOLATION_HPP

#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/runner.hpp>

#include <functional>
#include <string>
#include <vector>

namespace streamtest {

/// What is told while rules run; called by one thread at a time.
struct Observer {
  std::function<void(const Rule&)> started;
  std::function<void(const Finding&)> finished;
};

/// Runs rules in child processes, this program anew (`run-rules`, fork and exec), one child a
/// chapter: a stream that crashes, hangs or leaks costs the rule that was running its verdict, and
/// a fresh child goes on with the rest. The child reads rule ids from its standard input and writes
/// findings as JSON lines to descriptor 3.
std::vector<Finding> run_isolated(const Target& target, const Options& options,
                                  const std::vector<const Rule*>& rules, const Observer& observer);

/// The arguments that start this program as a worker for the target (subject/worker.hpp).
std::vector<std::string> worker_command(const Target& target);

/// The child's side. Returns its exit code.
int run_rules_child(const Target& target, const Options& options);

}  // namespace streamtest

#endif
