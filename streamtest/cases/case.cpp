#include <streamtest/cases/case.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <algorithm>
#include <iterator>

namespace streamtest {
namespace {

/// As the chapters list them.
std::vector<Case> by_chapter() {
  std::vector<Case> cases;
  for (const std::span<const Case> chapter :
       {identity_cases(),   types_cases(),      opening_cases(),     ordering_cases(),
        filtering_cases(),  blocking_cases(),   cancelling_cases(),  closing_cases(),
        lifetime_cases(),   truncation_cases(), concurrency_cases(), appending_cases(),
        durability_cases(), crashing_cases(),   damage_cases(),      payload_cases(),
        errors_cases(),     network_cases(),    handler_cases(),     handler_crash_cases(),
        consumer_cases(),   sequence_cases(),   exploration_cases()})
    cases.insert(cases.end(), chapter.begin(), chapter.end());
  return cases;
}

/// In the order of the catalogue's rules, those of one rule as the chapters list them; behind all
/// what names no rule of it, so that the traceability test meets it.
std::vector<Case> by_rule() {
  const std::vector<Case> all = by_chapter();
  std::vector<Case> cases;
  for (const Rule* rule : catalogue())
    std::copy_if(all.begin(), all.end(), std::back_inserter(cases),
                 [&](const Case& each) { return each.rule == rule->id; });
  std::copy_if(all.begin(), all.end(), std::back_inserter(cases),
               [](const Case& each) { return find_rule(each.rule) == nullptr; });
  return cases;
}

}  // namespace

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases = by_rule();
  return cases;
}

}  // namespace streamtest
