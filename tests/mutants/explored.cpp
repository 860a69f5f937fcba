#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// Runs only the exploration of one rule against one entry of the gallery, by next or by async_next,
// once with each of some seeds, as long as it takes up to ten minutes' worth of programs. Prints a
// JSON object a line: the seed, whether the entry was found, after how many schedules and programs,
// the seconds with all shrinking, and the counterexample.

int main(int argument_count, char** arguments) {
  const bool asynchronous = argument_count == 6 && std::string_view(arguments[5]) == "async_next";
  if (argument_count != 5 && !asynchronous) {
    std::fprintf(stderr, "usage: explored GALLERY.so?ENTRY RULE FIRST_SEED SEEDS [async_next]\n");
    return 2;
  }
  const streamtest::Target target = streamtest::load_plugin(arguments[1]);
  const std::uint64_t first = std::stoull(arguments[3]);
  const std::uint64_t seeds = std::stoull(arguments[4]);
  const auto delivery =
      asynchronous ? streamtest::Delivery::asynchronous : streamtest::Delivery::blocking;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    streamtest::Settings settings;
    settings.seed = seed;
    settings.budget = std::chrono::minutes(10);
    streamtest::Runner runner(target.factory, settings,
                              {target.text, "default", "", target.arguments});
    for (const streamtest::Case& each : streamtest::all_cases()) {
      if (each.name != "explored_schedules" || each.rule != arguments[2]) continue;
      const streamtest::Finding finding =
          runner.run(*streamtest::find_rule(each.rule), each, delivery);
      const bool found = finding.result.verdict == streamtest::Verdict::fail;
      const nlohmann::ordered_json line{
          {"seed", seed},
          {"found", found},
          {"schedules", finding.schedules},
          {"programs", finding.programs},
          {"seconds", finding.result.seconds},
          {"message", finding.result.message},
          {"counterexample",
           found ? nlohmann::ordered_json::parse(finding.history_json) : nlohmann::ordered_json()}};
      std::puts(
          line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
      std::fflush(stdout);
    }
  }
  std::_Exit(0);  // a thread may be stuck inside the broken stream
}
