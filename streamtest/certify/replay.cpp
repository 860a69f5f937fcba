#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/regressions.hpp>
#include <streamtest/certify/replay.hpp>
#include <streamtest/explore/replay.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace streamtest {

Settings settings_of(const Counterexample& counterexample) {
  Settings settings;
  settings.patience = counterexample.patience;
  return settings;
}

Replayed replay_watched(Runner& runner, const Counterexample& counterexample,
                        std::string_view again) {
  const auto limit = watchdog_limit(settings_of(counterexample), {});
  Watchdog watchdog(runner.history(), limit, [&](const std::string& pending) {
    const std::string text =
        failure_text(*find_rule(counterexample.rule), "the watchdog stopped it",
                     hang_text(limit, pending), {}, again);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    std::_Exit(1);
  });
  watchdog.arm();
  Replayed replayed = runner.replay(counterexample);
  watchdog.disarm();
  return replayed;
}

std::string replay_text(const Counterexample& counterexample, const Replayed& replayed,
                        std::string_view again) {
  return failure_text(
      *find_rule(counterexample.rule),
      fmt::format("a counterexample, replayed ({})", to_string(counterexample.delivery)),
      to_text(replayed), {}, again);
}

std::string lost_stream_text(const Counterexample& counterexample, const StreamLost& lost,
                             std::string_view again) {
  return failure_text(
      *find_rule(counterexample.rule),
      fmt::format("a counterexample, replayed ({})", to_string(counterexample.delivery)),
      lost.what(), {}, again);
}

CounterexampleReplay replay_counterexample(const SubjectFactory& factory, std::string_view text) {
  using enum CounterexampleReplay::CameTo;
  const Counterexample counterexample = counterexample_from_json(text);
  const std::vector<std::string>& variants = factory.variants;
  if (std::ranges::find(variants, counterexample.variant) == variants.end() &&
      !(variants.empty() && counterexample.variant.empty()))
    throw std::invalid_argument(
        fmt::format("{} has no variant '{}'", factory.name, counterexample.variant));
  (void)make_plan(factory, {});  // claims and hooks that contradict each other are told
  Runner runner(
      factory, settings_of(counterexample),
      {.target = "", .budget = "default", .variant = counterexample.variant, .arguments = ""});
  constexpr std::string_view again = "this test";
  Replayed replayed;
  try {
    replayed = replay_watched(runner, counterexample, again);
  } catch (const StreamLost& lost) {
    return {failed, lost_stream_text(counterexample, lost, again)};
  }
  if (replayed.again) return {failed, replay_text(counterexample, replayed, again)};
  if (replayed.trouble.empty()) return {passed, ""};
  return {could_not_run,
          fmt::format("{} could not be replayed: {}", counterexample.rule, replayed.trouble)};
}

}  // namespace streamtest
