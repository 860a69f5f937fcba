#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

// Runs only the exploration of one rule against one entry of the gallery, with a range of seeds,
// and prints a line a seed: the number of schedules until the entry was found, or "not found"; with
// one seed the failure's text as well.

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::fprintf(stderr, "usage: explored GALLERY.so?ENTRY RULE FIRST_SEED SEEDS\n");
    return 2;
  }
  const streamtest::Target target = streamtest::load_plugin(arguments[1]);
  const std::uint64_t first = std::stoull(arguments[3]);
  const std::uint64_t seeds = std::stoull(arguments[4]);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    streamtest::Settings settings;
    settings.seed = seed;
    settings.patience = std::chrono::seconds(1);
    streamtest::Runner runner(target.factory, settings,
                              {target.text, "default", "", target.arguments});
    for (const streamtest::Case& each : streamtest::all_cases()) {
      if (each.name != "explored_schedules" || each.rule != arguments[2]) continue;
      const streamtest::Finding finding =
          runner.run(*streamtest::find_rule(each.rule), each, streamtest::Delivery::blocking);
      const bool failed = finding.result.verdict == streamtest::Verdict::fail;
      std::printf("%lu %s %lu schedules, %lu programs, %.3f s\n", seed,
                  failed ? "found" : "not found", finding.schedules, finding.programs,
                  finding.result.seconds);
      if (seeds == 1 || (!failed && finding.result.verdict != streamtest::Verdict::pass))
        std::printf("%s\n", finding.result.message.c_str());
      std::fflush(stdout);
    }
  }
  std::_Exit(0);  // a thread may be stuck inside the broken stream
}
