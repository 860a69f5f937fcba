#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <algorithm>

namespace streamtest {
namespace {

bool is_core(const RuleResult& result, Role role) {
  const Rule* rule = find_rule(result.id);
  return !rule || is_core(*rule, role);
}

bool counts(Profile profile, const RuleResult& result) {
  return result.level == Level::must || profile == Profile::strict;
}

/// What one rule's verdict makes of the whole.
Whole effect(const RuleResult& result, Role role) {
  switch (result.verdict) {
    case Verdict::fail:
    case Verdict::flaky:
      return Whole::not_conformant;
    case Verdict::inconclusive:
    case Verdict::could_not_run:
      return Whole::inconclusive;
    case Verdict::excluded:
    case Verdict::known_failure:
    case Verdict::untested:
      return Whole::partial;
    case Verdict::not_supported:
      // A SHOULD is no core rule: to be without it takes nothing from anyone.
      return result.level == Level::must && is_core(result, role) ? Whole::partial
                                                                  : Whole::conformant;
    case Verdict::pass:
    case Verdict::not_selected:
      return Whole::conformant;
  }
  return Whole::inconclusive;
}

/// How much one effect outweighs the others.
int weight(Whole whole) {
  switch (whole) {
    case Whole::conformant:
      return 0;
    case Whole::partial:
      return 1;
    case Whole::inconclusive:
      return 2;
    case Whole::not_conformant:
      return 3;
  }
  return 2;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::known_failure:
      return "known_failure";
    case Verdict::not_supported:
      return "not_supported";
    case Verdict::excluded:
      return "excluded";
    case Verdict::not_selected:
      return "not_selected";
    case Verdict::untested:
      return "untested";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::could_not_run:
      return "could_not_run";
    case Verdict::flaky:
      return "flaky";
  }
  return "unknown";
}

std::string_view to_string(Whole whole) {
  switch (whole) {
    case Whole::conformant:
      return "conformant";
    case Whole::partial:
      return "partial";
    case Whole::not_conformant:
      return "not_conformant";
    case Whole::inconclusive:
      return "inconclusive";
  }
  return "unknown";
}

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::core:
      return "core";
    case Profile::full:
      return "full";
    case Profile::strict:
      return "strict";
  }
  return "unknown";
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::must:
      return "must";
    case Level::should:
      return "should";
  }
  return "unknown";
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::stream:
      return "stream";
    case Role::handler:
      return "handler";
    case Role::consumer:
      return "consumer";
  }
  return "unknown";
}

Whole judge(Profile profile, const std::vector<RuleResult>& rules, Role role) {
  Whole whole = Whole::conformant;
  bool passed = false;
  for (const RuleResult& result : rules) {
    if (profile == Profile::core && !is_core(result, role)) continue;
    // A SHOULD that passed shows that something ran, also where its failure would change nothing.
    passed = passed || result.verdict == Verdict::pass;
    if (counts(profile, result))
      whole = std::max(whole, effect(result, role),
                       [](Whole left, Whole right) { return weight(left) < weight(right); });
  }
  if (!passed && whole != Whole::not_conformant) return Whole::inconclusive;
  return whole;
}

int exit_code(Whole whole, bool accept_partial) {
  switch (whole) {
    case Whole::conformant:
      return 0;
    case Whole::not_conformant:
      return 1;
    case Whole::inconclusive:
      return 3;
    case Whole::partial:
      return accept_partial ? 0 : 4;
  }
  return 3;
}

int exit_code(const Report& report, bool accept_partial) {
  const bool stale =
      std::ranges::any_of(report.known, [](const KnownLine& line) { return !line.fault.empty(); });
  return stale ? 1 : exit_code(report.verdict, accept_partial);
}

}  // namespace streamtest
