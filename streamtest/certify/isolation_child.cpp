#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/finding_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/subject/child_process.hpp>

#include <unistd.h>

#include <atomic>
#include <iostream>
#include <mutex>

namespace streamtest {
namespace {

/// By the thread that runs the rules, and by the watchdog's.
void send(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (!write_all(result_descriptor, line)) _exit(1);  // the parent is gone
}

}  // namespace

int run_rules_child(const Target& target, const Options& options) {
  const Settings settings = options.settings();
  const RunContext context{target.text,         options.budget,         options.variant,
                           target.arguments,    worker_command(target), options.sharing,
                           options.regressions, options.explored,       options.late};
  Runner runner(target.factory, settings, context);
  std::atomic<const Rule*> running = nullptr;
  const auto limit = watchdog_limit(settings, target.factory.capabilities);
  const auto bark = [&](const std::string& pending) {
    const Rule& rule = *running.load();
    Finding finding;
    finding.result.id = rule.id;
    finding.result.level = rule.level;
    finding.result.verdict = Verdict::fail;
    finding.result.cases = 1;
    finding.result.reproduce = reproduce_command(rule, settings, context);
    finding.result.message =
        failure_text(rule, "the watchdog stopped it", hang_text(limit, pending),
                     runner.history()->operations(), finding.result.reproduce);
    finding.history_json = to_json(runner.history()->operations());
    send(finding_line(finding));
    _exit(0);
  };
  Watchdog watchdog(runner.history(), limit, bark, [] { send(alive_line()); });
  std::string id;
  while (std::getline(std::cin, id)) {
    const Rule* rule = find_rule(id);
    if (!rule) continue;
    running = rule;
    send(started_line(*rule));
    watchdog.arm();
    const Finding finding = runner.run(*rule);
    watchdog.disarm();
    send(finding_line(finding));
    // A thread is still inside the stream: what it does must not disturb the next rule, so a fresh
    // child goes on.
    if (runner.stuck()) _exit(0);
  }
  return 0;
}

}  // namespace streamtest
