#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/known.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/certify/regressions.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

namespace streamtest {
namespace {

std::set<std::string_view> select(const std::vector<std::string>& patterns, std::string_view flag) {
  std::set<std::string_view> ids;
  for (const std::string& pattern : patterns) {
    const std::vector<std::string_view> matched = match_rules(pattern);
    if (matched.empty())
      throw UsageError(
          fmt::format("{} '{}' matches no rule; `streamtest rules` lists them", flag, pattern));
    ids.insert(matched.begin(), matched.end());
  }
  return ids;
}

/// The rules that kept a former run from passing.
std::set<std::string> failed_in(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad())
    throw UsageError(fmt::format("{} can't be read; is the path right?", file));
  std::set<std::string> ids;
  try {
    for (const RuleResult& result : report_from_json(text).rules)
      for (const Verdict verdict :
           {Verdict::fail, Verdict::flaky, Verdict::inconclusive, Verdict::could_not_run})
        if (result.verdict == verdict) ids.insert(result.id);
  } catch (const std::invalid_argument& reason) {
    throw UsageError(fmt::format("{} is no report of this kit: {}", file, reason.what()));
  }
  if (ids.empty())
    throw std::runtime_error(fmt::format("nothing to run again: in {} no rule failed", file));
  return ids;
}

bool has_case(std::string_view id) {
  return std::any_of(all_cases().begin(), all_cases().end(),
                     [&](const Case& each) { return each.rule == id; });
}

/// A means that the stream lacks, and without which no case of the rule has anything to try.
std::optional<Means> missing_means(std::string_view id, const SubjectFactory& factory) {
  std::optional<Means> missing;
  for (const Case& each : all_cases()) {
    if (each.rule != id) continue;
    if (!each.needs || !factory.lacks.contains(*each.needs)) return std::nullopt;
    missing = each.needs;
  }
  return missing;
}

bool in_profile(const Rule& rule, Profile profile, Role role) {
  return profile != Profile::core || (rule.level == Level::must && is_core(rule, role));
}

RuleResult settled(const Rule& rule, Verdict verdict, std::string message) {
  RuleResult result;
  result.id = rule.id;
  result.level = rule.level;
  result.verdict = verdict;
  result.message = std::move(message);
  return result;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file)
    throw UsageError(fmt::format(
        "{} can't be written; check the folder's rights and its free space", path.string()));
}

}  // namespace

std::string kit_version() {
  return STREAMTEST_VERSION;
}

std::string kit_commit() {
  return STREAMTEST_COMMIT;
}

Plan make_plan(const SubjectFactory& factory, const Options& options, bool update_known) {
  std::string wrong;
  for (const std::string& contradiction : contradictions(factory)) wrong += "\n  " + contradiction;
  if (!wrong.empty())
    throw UsageError(fmt::format("the harness of {} contradicts itself:{}", factory.name, wrong));
  const std::set<std::string_view> selected = select(options.rules, "--rule");
  const std::set<std::string_view> excluded = select(options.exclude, "--exclude");
  std::set<std::string> again;
  if (!options.rerun_failed.empty()) again = failed_in(options.rerun_failed);
  Plan plan;
  plan.known =
      read_known(options.known_failures, options.known_flaky, factory.variants, update_known);
  for (const Rule* rule : catalogue()) {
    if (!selected.empty() && !selected.contains(rule->id))
      plan.settled.push_back(settled(*rule, Verdict::not_selected, "outside --rule"));
    else if (!again.empty() && !again.contains(std::string(rule->id)))
      plan.settled.push_back(settled(*rule, Verdict::not_selected, "outside --rerun-failed"));
    else if (!concerns(*rule, factory.role))
      plan.settled.push_back(
          settled(*rule, Verdict::not_selected,
                  fmt::format("a rule for a {}, and this is a {}", to_string(role_of(*rule)),
                              to_string(factory.role))));
    else if (!in_profile(*rule, options.profile, factory.role))
      plan.settled.push_back(settled(*rule, Verdict::not_selected, "outside the profile core"));
    else if (excluded.contains(rule->id))
      plan.settled.push_back(settled(*rule, Verdict::excluded, "left out by --exclude"));
    else if (!is_supported(rule->needs, factory))
      plan.settled.push_back(settled(*rule, Verdict::not_supported,
                                     fmt::format("needs {}, which is not declared", rule->needs)));
    else if (!has_case(rule->id))
      plan.settled.push_back(settled(*rule, Verdict::untested, std::string(rule->untested)));
    else if (const std::optional<Means> missing = missing_means(rule->id, factory))
      plan.settled.push_back(settled(*rule, Verdict::not_supported, lacking_text(*missing)));
    else
      plan.run.push_back(rule);
  }
  return plan;
}

Report compose(const SubjectFactory& factory, const Options& options, const RunContext& context,
               const Plan& plan, const std::vector<Finding>& findings, double seconds) {
  Report report;
  report.kit_version = kit_version();
  report.kit_commit = kit_commit();
  report.contract = contract_version;
  report.subject = factory.name;
  report.role = factory.role;
  report.target = context.target;
  report.variant = context.variant;
  report.capabilities = declared(factory.capabilities);
  for (const Means means : factory.lacks) report.lacks.emplace_back(to_string(means));
  report.may_claim = may_claim(factory);
  report.seed = options.seed;
  report.budget = options.budget;
  report.time_scale = options.time_scale;
  report.cores = std::thread::hardware_concurrency();
  report.seconds = seconds;
  report.profile = options.profile;
  report.catalogue_hash = catalogue_hash();
  for (const Rule* rule : catalogue()) {
    const auto ran = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.result.id == rule->id;
    });
    if (ran != findings.end()) {
      report.rules.push_back(ran->result);
      report.programs += ran->programs;
      report.schedules += ran->schedules;
      report.explored.add(ran->explored);
      continue;
    }
    const auto known =
        std::find_if(plan.settled.begin(), plan.settled.end(),
                     [&](const RuleResult& result) { return result.id == rule->id; });
    report.rules.push_back(known != plan.settled.end() ? *known
                                                       : settled(*rule, Verdict::could_not_run,
                                                                 "the run ended before its turn"));
  }
  for (RuleResult& result : report.rules) apply_known(plan.known, report.variant, result);
  report.known = judge_known(plan.known, report.variant, report.rules, today());
  report.verdict = judge(report.profile, report.rules, report.role);
  report.exit_code = exit_code(report, options.accept_partial);
  return report;
}

std::string regressions_folder(const std::string& report_folder) {
  if (report_folder.empty()) return {};
  return (std::filesystem::path(report_folder) / "regressions").string();
}

void check_report_folder(const std::string& folder) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw UsageError(
        fmt::format("the report folder {} can't be made: {}; name another with --report", folder,
                    error.message()));
  const std::filesystem::path probe = std::filesystem::path(folder) / ".streamtest-probe";
  write_file(probe, "");
  std::filesystem::remove(probe, error);
}

void write_report(const std::string& folder, const Report& report,
                  const std::vector<Finding>& findings) {
  if (folder.empty()) return;
  check_report_folder(folder);
  const std::filesystem::path base(folder);
  write_file(base / "report.json", to_json(report));
  write_file(base / "junit.xml", to_junit(report));
  const std::filesystem::path regressions = regressions_folder(folder);
  clear_histories(regressions);
  for (const Finding& finding : findings) {
    if (finding.history_json.empty()) continue;
    std::error_code error;
    std::filesystem::create_directories(regressions, error);
    write_file(regressions / (finding.counterexample_name.empty() ? finding.result.id + ".json"
                                                                  : finding.counterexample_name),
               finding.history_json);
  }
}

Report certify(const SubjectFactory& factory, const Options& options) {
  const Plan plan = make_plan(factory, options);
  check_report_folder(options.report);
  RunContext context;
  context.budget = options.budget;
  context.sharing = plan.run.size();
  context.variant = options.variant.empty() && !factory.variants.empty() ? factory.variants.front()
                                                                         : options.variant;
  context.regressions = regressions_folder(options.report);
  const Settings settings = options.settings();
  const auto start = std::chrono::steady_clock::now();
  std::vector<Finding> findings;
  Runner runner(factory, settings, context);
  const Rule* running = nullptr;
  const auto limit = watchdog_limit(settings, factory.capabilities);
  Watchdog watchdog(runner.history(), limit, [&](const std::string& pending) {
    std::fprintf(stderr, "%s\n",
                 failure_text(*running, "hang", hang_text(limit, pending), {},
                              reproduce_command(*running, settings, context))
                     .c_str());
    std::_Exit(1);
  });
  for (const Rule* rule : plan.run) {
    running = rule;
    watchdog.arm();
    findings.push_back(runner.run(*rule));
    watchdog.disarm();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Report report = compose(factory, options, context, plan, findings, seconds);
  write_report(options.report, report, findings);
  return report;
}

}  // namespace streamtest
