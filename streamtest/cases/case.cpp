#include <streamtest/cases/case.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <algorithm>

namespace streamtest {
namespace {

/// The rule's place in the catalogue; behind all for one that isn't there.
std::size_t place(std::string_view rule) {
  static const std::vector<const Rule*> rules = catalogue();
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule* each) { return each->id == rule; });
  return static_cast<std::size_t>(found - rules.begin());
}

std::vector<Case> gather() {
  std::vector<Case> cases;
  for (const std::span<const Case> chapter :
       {identity_cases(), types_cases(), opening_cases(), ordering_cases(), filtering_cases(),
        blocking_cases(), cancelling_cases(), closing_cases(), lifetime_cases(), truncation_cases(),
        concurrency_cases(), appending_cases(), payload_cases(), errors_cases(), sequence_cases()})
    cases.insert(cases.end(), chapter.begin(), chapter.end());
  std::stable_sort(cases.begin(), cases.end(), [](const Case& left, const Case& right) {
    return place(left.rule) < place(right.rule);
  });
  return cases;
}

}  // namespace

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases = gather();
  return cases;
}

}  // namespace streamtest
