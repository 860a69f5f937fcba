#include <streamtest/certify/options.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

extern char** environ;

namespace streamtest {
namespace {

constexpr std::array known_variables{
    "STREAMTEST_ACCEPT",       "STREAMTEST_BUDGET",         "STREAMTEST_EXCLUDE",
    "STREAMTEST_JOBS",         "STREAMTEST_KNOWN_FAILURES", "STREAMTEST_KNOWN_FLAKY",
    "STREAMTEST_PATIENCE",     "STREAMTEST_PROFILE",        "STREAMTEST_REPORT",
    "STREAMTEST_RERUN_FAILED", "STREAMTEST_RULE",           "STREAMTEST_SEED",
    "STREAMTEST_TIME_SCALE",   "STREAMTEST_VARIANT"};

const std::map<std::string, Profile> profiles{
    {"core", Profile::core}, {"full", Profile::full}, {"strict", Profile::strict}};

std::chrono::nanoseconds budget_of(const std::string& text) {
  if (text == "quick") return std::chrono::seconds(3);
  if (text == "default") return std::chrono::seconds(30);
  if (text == "stress") return std::chrono::seconds(300);
  try {
    return parse_duration("budget", text);
  } catch (const UsageError&) {
    throw UsageError(
        fmt::format("budget '{}': use quick, default, stress or a duration such as 45s", text));
  }
}

}  // namespace

Settings Options::settings() const {
  Settings settings;
  settings.budget = budget_of(budget);
  settings.patience = parse_duration("patience", patience);
  settings.time_scale = time_scale;
  settings.seed = seed;
  return settings;
}

std::chrono::nanoseconds parse_duration(std::string_view name, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const auto found = std::find_if(units.begin(), units.end(),
                                  [&](const auto& known) { return known.first == unit; });
  // A day and more would only hide a mistake, and keeps clear of the clock's range.
  if (error != std::errc() || found == units.end() || !(number > 0) ||
      number * found->second > 86400e9)
    throw UsageError(
        fmt::format("{} '{}' is not a duration: write a number above 0 with ms, s, m or h, such as "
                    "500ms or 45s, at most 24h",
                    name, text));
  return std::chrono::nanoseconds(std::llround(number * found->second));
}

void add_options(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "--profile", [&options](const std::string& name) { options.profile = profiles.at(name); },
         "What counts: core, full or strict")
      ->check(CLI::IsMember({"core", "full", "strict"}))
      ->default_str("full")
      ->envname("STREAMTEST_PROFILE");
  app.add_option("--rule", options.rules,
                 "Run only the rules that match, such as 'BLK-*' (repeatable)")
      ->envname("STREAMTEST_RULE")
      ->delimiter(',');
  app.add_option("--exclude", options.exclude,
                 "Leave out the rules that match; no certificate then (repeatable)")
      ->envname("STREAMTEST_EXCLUDE")
      ->delimiter(',');
  app.add_option("--rerun-failed", options.rerun_failed,
                 "Run only the rules that failed or told nothing in this report.json")
      ->envname("STREAMTEST_RERUN_FAILED");
  app.add_option("--known-failures", options.known_failures,
                 "A list of failures that are known: only what is new fails, and so does a line "
                 "that no longer holds")
      ->envname("STREAMTEST_KNOWN_FAILURES");
  app.add_option("--known-flaky", options.known_flaky,
                 "A list of rules that fail now and then; they may pass as well")
      ->envname("STREAMTEST_KNOWN_FLAKY");
  app.add_option("--budget", options.budget,
                 "How long to look: quick (3 s), default (30 s), stress (300 s) or a duration; the "
                 "selected rules share it")
      ->envname("STREAMTEST_BUDGET")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Where every random choice comes from")
      ->envname("STREAMTEST_SEED")
      ->capture_default_str();
  app.add_option("--time-scale", options.time_scale, "Multiplies the patience on a slow machine")
      ->envname("STREAMTEST_TIME_SCALE")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  app.add_option("--patience", options.patience, "The longest that one operation may be stuck")
      ->envname("STREAMTEST_PATIENCE")
      ->capture_default_str();
  app.add_option("--report", options.report,
                 "Write report.json, junit.xml and counterexamples to this folder")
      ->envname("STREAMTEST_REPORT");
  app.add_option("--variant", options.variant, "Certify only this variant of the harness")
      ->envname("STREAMTEST_VARIANT");
  app.add_option_function<std::string>(
         "--accept", [&options](const std::string&) { options.accept_partial = true; },
         "partial: exit 0 for a partial verdict")
      ->check(CLI::IsMember({"partial"}))
      ->envname("STREAMTEST_ACCEPT");
  app.add_option("--jobs", options.jobs, "How many chapters to run at a time")
      ->envname("STREAMTEST_JOBS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void check_environment() {
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view entry(*variable);
    const std::string_view name = entry.substr(0, entry.find('='));
    if (!name.starts_with("STREAMTEST_")) continue;
    if (std::find(known_variables.begin(), known_variables.end(), name) == known_variables.end())
      throw UsageError(fmt::format("the environment variable {} is not known; known are {}", name,
                                   fmt::join(known_variables, ", ")));
  }
}

Options options_from_environment() {
  check_environment();
  Options options;
  CLI::App app;
  add_options(app, options);
  try {
    app.parse(std::vector<std::string>());
  } catch (const CLI::ParseError& error) {
    throw UsageError(
        fmt::format("an environment variable STREAMTEST_… can't be used: {}", error.what()));
  }
  (void)options.settings();
  return options;
}

}  // namespace streamtest
