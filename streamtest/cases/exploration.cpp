#include <streamtest/cases/case.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/focus.hpp>
#include <streamtest/rules/rule.hpp>

namespace streamtest {

std::span<const Case> exploration_cases() {
  static const std::vector<Case> table = [] {
    std::vector<Case> cases;
    for (const Focus& focus : explored_rules()) {
      cases.push_back({.rule = focus.rule, .name = "explored_schedules", .body = run_exploration});
      if (chapter_of(focus.rule) == "CAN") cases.back().needs = Means::cancelling;
    }
    return cases;
  }();
  return table;
}

}  // namespace streamtest
