#ifndef STREAMTEST_EXPLORE_FOCUS_HPP
#define STREAMTEST_EXPLORE_FOCUS_HPP

#include <streamtest/explore/performance.hpp>
#include <streamtest/history/checker.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace streamtest {

/// What the exploration of schedules looks for on behalf of one rule (decision 0007).
struct Focus {
  std::string_view rule;
  /// Kinds of anomalies that break it, beside those that the checker ascribes to it and exceptions.
  std::vector<AnomalyKind> kinds = {};
  /// Situations without which it hasn't been looked at.
  std::vector<Label> labels = {};
};

/// One for each rule that schedules are explored for.
std::span<const Focus> explored_rules();

/// The first of the anomalies that breaks the rule; null if none does.
const Anomaly* first_breach(const Focus& focus, std::span<const Anomaly> anomalies);

}  // namespace streamtest

#endif
