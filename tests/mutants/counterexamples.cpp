#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string>

// Runs only the generated programs against one entry of the gallery and prints how long the shrunk
// counterexample is: "RULE COMMANDS", or "none" if generated programs don't find it.

namespace {

/// The highest number of the counterexample's steps.
int commands(const std::string& message) {
  int highest = 0;
  const std::regex step(R"((?:^|\n)\s*(\d+)\. )");
  for (std::sregex_iterator match(message.begin(), message.end(), step), end; match != end; ++match)
    highest = std::max(highest, std::stoi((*match)[1]));
  return highest;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: counterexamples GALLERY.so?ENTRY\n");
    return 2;
  }
  const streamtest::Target target = streamtest::load_plugin(arguments[1]);
  streamtest::Settings settings;
  settings.patience = std::chrono::seconds(1);
  streamtest::Runner runner(target.factory, settings,
                            {target.text, "default", "", target.arguments});
  for (const streamtest::Case& each : streamtest::all_cases()) {
    if (each.name != "generated_programs") continue;
    const streamtest::Rule& rule = *streamtest::find_rule(each.rule);
    if (!streamtest::is_supported(rule.needs, target.factory)) continue;
    for (const streamtest::Delivery delivery : runner.deliveries(each)) {
      const streamtest::Finding finding = runner.run(rule, each, delivery);
      if (finding.result.verdict != streamtest::Verdict::fail) continue;
      std::printf("%s %d\n", std::string(rule.id).c_str(), commands(finding.result.message));
      std::fflush(stdout);
      std::_Exit(0);  // a thread may be stuck inside the broken stream
    }
  }
  std::puts("none");
  return 0;
}
