#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/regressions.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/replay.hpp>
#include <streamtest/history/timeline.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>

namespace streamtest {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Unique on this machine, so that runs at the same time and streams left by a killed one don't
/// meet.
std::string run_name(std::string_view rule) {
  static const auto started = std::chrono::system_clock::now().time_since_epoch();
  static std::uint64_t runs = 0;
  return fmt::format("st-{:x}-{:x}-{}-{}", started / std::chrono::microseconds(1), ::getpid(), rule,
                     ++runs);
}

/// What comes to light after a case counts only if the case itself had nothing to say.
void run_body(const Case& each, Bench& bench) {
  const auto after_case = [&] {
    if (bench.factory().after_case) bench.factory().after_case();
  };
  try {
    each.body(bench);
  } catch (...) {
    const std::exception_ptr own = std::current_exception();
    try {
      after_case();
    } catch (const std::exception&) {
      std::rethrow_exception(own);
    }
    throw;
  }
  after_case();
}

/// The stronger of two verdicts of cases of one rule: what is worse for the stream comes first.
Verdict stronger(Verdict left, Verdict right) {
  for (const Verdict verdict :
       {Verdict::fail, Verdict::could_not_run, Verdict::inconclusive, Verdict::pass})
    if (left == verdict || right == verdict) return verdict;
  return Verdict::not_supported;
}

}  // namespace

bool is_supported(std::string_view needs, const SubjectFactory& factory) {
  const Capabilities& claims = factory.capabilities;
  if (needs.empty()) return true;
  if (needs == "truncation") return claims.truncation != Truncation::none;
  if (needs == "cursors_outlive_stream") return claims.cursors_outlive_stream;
  if (needs == "conditional_append") return claims.conditional_append;
  if (needs == "damage_detection") return claims.damage_detection;
  if (needs == "durability") return claims.durability != Durability::none;
  if (needs == "fail_next_append") return factory.hooks.fail_next_append;
  if (needs == "reopen") return factory.hooks.reopen;
  if (needs == "handler") return static_cast<bool>(factory.make_handler);
  if (needs == "consumer") return static_cast<bool>(factory.make_consumer);
  if (needs == "network") return factory.hooks.network;
  return false;
}

Runner::Runner(const SubjectFactory& factory, const Settings& settings, RunContext context)
    : factory_(&factory),
      settings_(settings),
      context_(std::move(context)),
      pace_(settings.budget, context_.sharing == 0 ? catalogue().size() : context_.sharing,
            Clock::now(), context_.late),
      saved_(read_regressions(context_.regressions)) {}

Runner::~Runner() = default;

Driver& Runner::driver(Delivery delivery) {
  std::unique_ptr<Driver>& driver = delivery == Delivery::blocking ? threads_ : asynchronous_;
  if (!driver)
    driver = delivery == Delivery::blocking ? make_threads_driver() : make_asynchronous_driver();
  return *driver;
}

Bench Runner::bench(std::string_view rule, std::string_view name, Delivery delivery) {
  Scenario pattern;
  pattern.variant = context_.variant;
  pattern.arguments = context_.arguments;
  pattern.folder = folder_.path();
  return {*factory_,         settings_,      driver(delivery), history_,
          std::string(rule), run_name(name), pattern,          context_.worker};
}

bool Runner::stuck() const {
  return (threads_ && threads_->stuck() > 0) || (asynchronous_ && asynchronous_->stuck() > 0);
}

std::vector<Delivery> Runner::deliveries(const Case& each) {
  if (each.reads == Case::Reads::once) return {Delivery::blocking};
  if (!native_) {
    try {
      Bench bench = this->bench("set-up", "setup", Delivery::blocking);
      const std::unique_ptr<Trial> trial = bench.trial();
      native_ = trial->open(0, trial->all_types()).native() != nullptr;
    } catch (const std::exception&) {
      // The case meets it too, and says it in the words of its rule. It may pass.
      return {Delivery::blocking, Delivery::asynchronous};
    }
  }
  if (*native_) return {Delivery::blocking, Delivery::asynchronous};
  return {Delivery::blocking};
}

/// What one case of the rule may take of the budget. Where few rules are run, they have all of it.
double Runner::share_of(const Rule& rule) {
  const double usual = Settings().share;
  if (context_.sharing == 0) return usual;
  std::size_t runs = 0;
  for (const Case& each : all_cases())
    if (each.rule == rule.id) runs += deliveries(each).size();
  return runs == 0 ? usual : std::max(usual, 1.0 / static_cast<double>(context_.sharing * runs));
}

/// What failed before comes first, and with it the case that it belongs to.
std::vector<const Case*> Runner::cases_of(const Rule& rule) const {
  const bool failed_before = std::ranges::any_of(saved_, [&](const SavedCounterexample& saved) {
    return saved.counterexample.rule == rule.id;
  });
  std::vector<const Case*> first;
  std::vector<const Case*> rest;
  for (const Case& each : all_cases()) {
    if (each.rule != rule.id || (context_.explored && each.body != run_exploration)) continue;
    (failed_before && each.body == run_exploration ? first : rest).push_back(&each);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

Finding Runner::run(const Rule& rule) {
  settings_.share = share_of(rule);
  // What has a larger share than usual fills it, and isn't late for that.
  settings_.pace = settings_.share > Settings().share ? 1 : pace_.at(Clock::now());
  Finding total = run_cases(rule);
  pace_.finish_rule();
  return total;
}

Finding Runner::run_cases(const Rule& rule) {
  Finding total;
  total.result.id = rule.id;
  total.result.level = rule.level;
  total.result.verdict = Verdict::not_supported;
  for (const Case* each : cases_of(rule)) {
    for (const Delivery delivery : deliveries(*each)) {
      Finding one = run(rule, *each, delivery);
      total.result.cases += one.result.cases;
      total.result.seconds += one.result.seconds;
      total.programs += one.programs;
      total.schedules += one.schedules;
      total.explored.add(one.explored);
      const Verdict together = stronger(total.result.verdict, one.result.verdict);
      if (together == one.result.verdict && total.result.message.empty())
        total.result.message = one.result.message;
      if (one.result.verdict == Verdict::fail) {
        total.result.message = one.result.message;
        total.result.reproduce = one.result.reproduce;
        total.history_json = one.history_json;
        total.counterexample_name = one.counterexample_name;
        // What another delivery was spared counts too.
        total.found_after = one.found_after == 0 ? 0 : total.schedules;
      }
      total.result.verdict = together;
      if (together == Verdict::fail || together == Verdict::could_not_run) return total;
    }
  }
  if (total.result.verdict == Verdict::pass) total.result.message.clear();
  return total;
}

Finding Runner::run(const Rule& rule, const Case& each, Delivery delivery) {
  Finding finding;
  finding.result.id = rule.id;
  finding.result.level = rule.level;
  if (each.needs && factory_->lacks.contains(*each.needs)) {
    finding.result.verdict = Verdict::not_supported;
    finding.result.message = lacking_text(*each.needs);
    return finding;
  }
  const Clock::time_point start = Clock::now();
  Bench bench = this->bench(rule.id, rule.id, delivery);
  try {
    if (each.body == run_exploration) replay_saved(bench);
    do run_body(each, bench);
    while (bench.wants_more());
    finding.result.verdict = Verdict::pass;
  } catch (const Violation& violation) {
    finding.result.verdict = Verdict::fail;
    explain(finding, rule, each, delivery, violation);
    if (each.body == run_exploration) finding.found_after = bench.schedules();
  } catch (const StreamLost& lost) {
    finding.result.verdict = Verdict::fail;
    explain(finding, rule, each, delivery,
            Violation(std::string(rule.id), lost.what(), history_->operations()));
  } catch (const NotSupported& reason) {
    finding.result.verdict = Verdict::not_supported;
    finding.result.message = reason.what();
  } catch (const Inconclusive& reason) {
    finding.result.verdict = Verdict::inconclusive;
    finding.result.message = reason.what();
  } catch (const std::exception& error) {
    finding.result.verdict = Verdict::could_not_run;
    finding.result.message = error.what();
  }
  finding.result.cases = std::max<std::uint64_t>(bench.counted(), 1);
  finding.result.seconds = seconds_since(start);
  finding.programs = bench.programs();
  finding.schedules = bench.schedules();
  finding.explored = bench.explored();
  return finding;
}

void Runner::explain(Finding& finding, const Rule& rule, const Case& each, Delivery delivery,
                     const Violation& violation) const {
  finding.result.reproduce = reproduce_command(rule, settings_, context_);
  finding.history_json = to_json(violation.history());
  if (!violation.counterexample().empty()) save(finding, violation.counterexample());
  const std::string heading = fmt::format("{} ({})", each.name, to_string(delivery));
  finding.result.message = failure_text(rule, heading, violation.message(), violation.history(),
                                        finding.result.reproduce);
}

/// The exploration knows nothing of targets and versions.
void Runner::save(Finding& finding, const std::string& counterexample) const {
  Counterexample saved;
  try {
    saved = counterexample_from_json(counterexample);
  } catch (const std::invalid_argument&) {
    // What the kit wrote it can't read, as when a stream told more offsets than it was given
    // events. It would end the next run, so the history stands for it.
    return;
  }
  saved.kit = STREAMTEST_VERSION;
  saved.target = context_.target;
  saved.variant = context_.variant;
  finding.history_json = to_json(saved);
  finding.counterexample_name = regression_name(saved);
  // Without a target the file alone can't be run; the same program replays it first, next time.
  if (context_.regressions.empty() || context_.target.empty()) return;
  const std::filesystem::path file =
      std::filesystem::path(context_.regressions) / finding.counterexample_name;
  finding.result.reproduce = "streamtest replay " + shell_word(file.string());
}

Replayed Runner::replay(const Counterexample& counterexample) {
  Bench bench = this->bench(counterexample.rule, counterexample.rule, counterexample.delivery);
  return replay_counterexample(bench, counterexample);
}

void Runner::replay_saved(Bench& bench) {
  for (const auto& [file, counterexample] : saved_) {
    if (counterexample.rule != bench.rule() || counterexample.delivery != bench.driver().delivery())
      continue;
    try {
      const Replayed replayed = replay_counterexample(bench, counterexample);
      if (!replayed.again) continue;
      throw Violation(bench.rule(),
                      fmt::format("{}, as an earlier run saved it", to_text(replayed)),
                      to_operations(replayed.again->record), to_json(*replayed.again));
    } catch (const NotSupported&) {
      // It was found with another stream; the generated programs ask for what this one can do.
      continue;
    }
  }
}

std::string reproduce_command(const Rule& rule, const Settings& settings,
                              const RunContext& context) {
  const bool is_program = context.target.empty();
  std::string options;
  const auto add = [&](std::string_view name, const std::string& value) {
    std::string variable(name);
    for (char& letter : variable)
      letter = letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
    options += is_program ? fmt::format("STREAMTEST_{}={} ", variable, value)
                          : fmt::format(" --{} {}", name, value);
  };
  add("rule", std::string(rule.id));
  add("seed", std::to_string(settings.seed));
  add("budget", context.budget);
  // What else decides what is called stuck.
  if (settings.patience != Settings().patience)
    add("patience", fmt::format("{:g}s", std::chrono::duration<double>(settings.patience).count()));
  if (settings.time_scale != Settings().time_scale)
    add("time-scale", fmt::format("{:g}", settings.time_scale));
  if (is_program) return options + "and this program again";
  if (!context.variant.empty()) add("variant", shell_word(context.variant));
  return fmt::format("streamtest certify {}{}", shell_word(context.target), options);
}

}  // namespace streamtest
