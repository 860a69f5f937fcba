#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/certify/known.hpp>
#include <streamtest/certify/regressions.hpp>
#include <streamtest/report/console.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

namespace streamtest {
namespace {

Report certify_variant(const Target& target, const Options& options, const Plan& plan,
                       const std::string& folder) {
  const Settings settings = options.settings();
  Console console(stdout, ::isatty(STDOUT_FILENO) != 0, plan.run.size(), settings.budget);
  Observer observer;
  observer.started = [&](const Rule& rule) { console.started(std::string(rule.id)); };
  observer.finished = [&](const Finding& finding) {
    RuleResult result = finding.result;
    apply_known(plan.known, options.variant, result);
    console.finished(result);
  };
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Finding> findings = run_isolated(target, options, plan.run, observer);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const RunContext context{target.text, options.budget, options.variant, target.arguments};
  const Report report = compose(target.factory, options, context, plan, findings, seconds);
  console.summary(report);
  write_report(folder, report, findings);
  return report;
}

std::vector<std::string> variants_of(const SubjectFactory& factory, const std::string& wanted) {
  if (wanted.empty())
    return factory.variants.empty() ? std::vector<std::string>{""} : factory.variants;
  if (std::find(factory.variants.begin(), factory.variants.end(), wanted) == factory.variants.end())
    throw UsageError(fmt::format(
        "{} has no variant '{}'; it has {}", factory.name, wanted,
        factory.variants.empty() ? "none" : fmt::format("{}", fmt::join(factory.variants, ", "))));
  return {wanted};
}

/// The worst of several exit codes: a failure before what could not run, before partial.
int worst(int left, int right) {
  for (const int code : {1, 3, 4})
    if (left == code || right == code) return code;
  return 0;
}

}  // namespace

int command_certify(const Target& target, const Options& options, bool list, bool update) {
  const Plan plan = make_plan(target.factory, options, update);
  if (list) {
    for (const Rule* rule : plan.run)
      std::printf("%s  %s\n", std::string(rule->id).c_str(), std::string(rule->sentence).c_str());
    return 0;
  }
  check_report_folder(options.report);
  int code = 0;
  std::vector<Report> reports;
  for (const std::string& variant : variants_of(target.factory, options.variant)) {
    Options one = options;
    one.variant = variant;
    if (!variant.empty()) std::printf("variant %s\n", variant.c_str());
    const std::string folder = options.report.empty() || variant.empty()
                                   ? options.report
                                   : (std::filesystem::path(options.report) / variant).string();
    one.regressions = regressions_folder(folder);
    (void)read_regressions(one.regressions);  // a damaged one is told before anything runs
    reports.push_back(certify_variant(target, one, plan, folder));
    code = worst(code, reports.back().exit_code);
  }
  if (update)
    std::printf("%s: %s\n", options.known_failures.c_str(),
                update_known(options.known_failures, reports, target.factory.variants).c_str());
  return code;
}

}  // namespace streamtest
