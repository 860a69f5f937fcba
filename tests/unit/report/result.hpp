#ifndef STREAMTEST_UNIT_REPORT_RESULT_HPP
#define STREAMTEST_UNIT_REPORT_RESULT_HPP

#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <string_view>

namespace streamtest {

/// What a run found about a rule of the catalogue, with one case, in a quarter of a second.
inline RuleResult result(std::string_view id, Verdict verdict, std::string_view message = "") {
  RuleResult line;
  line.id = id;
  line.level = find_rule(id)->level;
  line.verdict = verdict;
  line.message = message;
  line.cases = 1;
  line.seconds = 0.25;
  return line;
}

}  // namespace streamtest

#endif
