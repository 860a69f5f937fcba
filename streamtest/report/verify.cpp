#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>

namespace streamtest {
namespace {

using Sentences = std::vector<std::string>;

void check_catalogue(const Report& report, Sentences& wrong) {
  if (report.contract != contract_version)
    wrong.push_back(fmt::format("it was judged by contract version '{}', and this kit knows {}",
                                report.contract, contract_version));
  const std::string hash = catalogue_hash();
  if (report.catalogue_hash != hash)
    wrong.push_back(
        fmt::format("it was judged by another catalogue: its hash is '{}', and this kit's is {}",
                    report.catalogue_hash, hash));
}

void check_completeness(const Report& report, Sentences& wrong) {
  std::map<std::string_view, std::size_t> seen;
  for (const RuleResult& result : report.rules) {
    const Rule* rule = find_rule(result.id);
    const std::size_t times = ++seen[result.id];
    if (times == 2) wrong.push_back(fmt::format("{} is there more than once", result.id));
    if (!rule)
      wrong.push_back(fmt::format("'{}' is no rule of the catalogue", result.id));
    else if (rule->level != result.level)
      wrong.push_back(fmt::format("{} is given as a {}, and is a {}", result.id,
                                  to_string(result.level), to_string(rule->level)));
  }
  for (const Rule* rule : catalogue())
    if (!seen.contains(rule->id)) wrong.push_back(fmt::format("{} is missing", rule->id));
}

bool declares(const Report& report, std::string_view capability) {
  return std::ranges::any_of(report.capabilities, [&](const auto& declared) {
    return declared.first == capability && declared.second != "none";
  });
}

void check_rules(const Report& report, Sentences& wrong) {
  std::size_t missing = 0;
  for (const RuleResult& result : report.rules) {
    const Rule* rule = find_rule(result.id);
    if (!rule) continue;
    if (result.verdict == Verdict::pass && result.cases == 0)
      wrong.push_back(fmt::format("{} is given as passed without a case", result.id));
    if (result.verdict == Verdict::not_supported && declares(report, rule->needs))
      wrong.push_back(
          fmt::format("{} is given as not supported, and the {} that it needs is "
                      "declared",
                      result.id, rule->needs));
    if (!concerns(*rule, report.role)) {
      if (result.verdict != Verdict::not_selected)
        wrong.push_back(fmt::format("{} is given as {}, and is not a rule for a {}", result.id,
                                    to_string(result.verdict), to_string(report.role)));
      continue;
    }
    const bool wanted = report.profile != Profile::core ||
                        (rule->level == Level::must && is_core(*rule, report.role));
    if (result.verdict == Verdict::not_selected && wanted) ++missing;
  }
  // Judging leaves these rules out, so every failure could be hidden behind that word.
  if (missing > 0 && (report.verdict == Whole::conformant || report.verdict == Whole::partial))
    wrong.push_back(fmt::format("it is no certificate: {} {} not selected", missing,
                                missing == 1 ? "rule was" : "rules were"));
}

void check_known(const Report& report, Sentences& wrong) {
  for (const RuleResult& result : report.rules) {
    if (result.verdict != Verdict::known_failure) continue;
    const bool covered = std::ranges::any_of(report.known, [&](const KnownLine& line) {
      return std::ranges::count(match_rules(line.rule), result.id) > 0;
    });
    if (!covered)
      wrong.push_back(
          fmt::format("{} is given as a known failure, and no list knows it", result.id));
  }
}

void check_verdict(const Report& report, Sentences& wrong) {
  const Whole verdict = judge(report.profile, report.rules, report.role);
  if (report.verdict != verdict)
    wrong.push_back(fmt::format("the verdict is given as {}, and {} follows from the rules",
                                to_string(report.verdict), to_string(verdict)));
  Report judged = report;
  judged.verdict = verdict;
  if (report.exit_code != exit_code(judged) && report.exit_code != exit_code(judged, true))
    wrong.push_back(fmt::format("the exit code is given as {}, and {} follows from the rules",
                                report.exit_code, exit_code(judged)));
}

}  // namespace

std::vector<std::string> verify(std::string_view report_json) {
  Sentences wrong;
  try {
    const Report report = report_from_json(report_json);
    check_catalogue(report, wrong);
    check_completeness(report, wrong);
    check_rules(report, wrong);
    check_known(report, wrong);
    check_verdict(report, wrong);
  } catch (const std::exception& error) {
    wrong.push_back(fmt::format("it can't be read: {}", error.what()));
  }
  return wrong;
}

}  // namespace streamtest
