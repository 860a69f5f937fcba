#ifndef STREAMTEST_CERTIFY_FINDING_LINE_HPP
#define STREAMTEST_CERTIFY_FINDING_LINE_HPP

#include <streamtest/certify/runner.hpp>

#include <string>
#include <string_view>

namespace streamtest {

/// What a child says: a rule begins, or has its finding. One line of JSON each.
std::string started_line(const Rule& rule);
std::string finding_line(const Finding& finding);
/// The rule that was started goes on.
std::string alive_line();

/// What a line said: `started` names the rule, or `finding` is set. Neither: it wasn't one of ours.
struct ChildLine {
  const Rule* started = nullptr;
  std::optional<Finding> finding;
};
ChildLine parse_line(std::string_view text);

}  // namespace streamtest

#endif
