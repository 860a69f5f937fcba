#include <streamtest/cases/case.hpp>
#include <streamtest/explore/sequences.hpp>
#include <streamtest/rules/rule.hpp>

namespace streamtest {

std::span<const Case> sequence_cases() {
  static const std::vector<Case> table = [] {
    std::vector<Case> cases;
    for (const std::string_view rule : judged_rules()) {
      cases.push_back({.rule = rule, .name = "generated_programs", .body = run_sequences});
      if (chapter_of(rule) == "CAN") cases.back().needs = Means::cancelling;
    }
    return cases;
  }();
  return table;
}

}  // namespace streamtest
