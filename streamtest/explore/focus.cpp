#include <streamtest/explore/focus.hpp>

#include <algorithm>

namespace streamtest {

std::span<const Focus> explored_rules() {
  using enum AnomalyKind;
  // Where a run passes from what is stored to what is new, and when readers and truncations meet
  // appends, any loss may be the one.
  static const std::vector<Focus> table = {
      {.rule = "ORD-1", .labels = {Label::append_during_read}},
      {.rule = "ORD-2", .labels = {Label::append_during_read}},
      {.rule = "ORD-3", .kinds = {duplicate}, .labels = {Label::appends_side_by_side}},
      {.rule = "ORD-4", .labels = {Label::append_during_read}},
      {.rule = "ORD-5",
       .kinds = {skipped_event, lost_event, non_monotonic, stuck_reader, wrong_start},
       .labels = {Label::append_during_read}},
      {.rule = "ORD-6", .labels = {Label::appends_side_by_side, Label::append_during_read}},
      {.rule = "FLT-4", .kinds = {premature_wake}, .labels = {Label::append_during_read}},
      {.rule = "BLK-3", .labels = {Label::append_during_read, Label::read_waited}},
      {.rule = "BLK-4",
       .kinds = {stuck_reader},
       .labels = {Label::reads_side_by_side, Label::append_during_read, Label::read_waited}},
      {.rule = "CAN-2", .labels = {Label::cancel_during_read}},
      {.rule = "CAN-3", .labels = {Label::cancel_during_read}},
      {.rule = "CLS-2"},
      {.rule = "CLS-3", .labels = {Label::close_during_read}},
      {.rule = "CLS-4", .labels = {Label::close_during_read}},
      {.rule = "TRN-4",
       .kinds = {torn, divergent_offset, phantom, truncated_event_served, silent_truncation},
       .labels = {Label::truncate_during_read}},
      {.rule = "TRN-5",
       .kinds = {false_truncated, stuck_reader},
       .labels = {Label::truncate_during_read, Label::read_waited}},
      {.rule = "CON-1",
       .kinds = {skipped_event, duplicate, non_monotonic, stuck_reader, filter_leak},
       .labels = {Label::reads_side_by_side}},
      {.rule = "CON-2",
       .kinds = {lost_event, duplicate, real_time_inversion, divergent_offset},
       .labels = {Label::appends_side_by_side}},
      {.rule = "CON-5",
       .kinds = {skipped_event, lost_event, stuck_reader},
       .labels = {Label::append_during_read}},
      {.rule = "APP-1", .labels = {Label::append_during_read}},
      {.rule = "APP-3",
       .kinds = {stale_end, lost_event, divergent_offset},
       .labels = {Label::append_during_read}},
  };
  return table;
}

const Anomaly* first_breach(const Focus& focus, std::span<const Anomaly> anomalies) {
  const auto found = std::ranges::find_if(anomalies, [&](const Anomaly& anomaly) {
    // No rule allows that a call throws.
    if (anomaly.rule == focus.rule || anomaly.kind == AnomalyKind::exception) return true;
    // One that waits for something else than an event breaks the rule about that, and no other.
    if (anomaly.kind == AnomalyKind::stuck_reader && !anomaly.rule.starts_with("BLK")) return false;
    return std::ranges::find(focus.kinds, anomaly.kind) != focus.kinds.end();
  });
  return found == anomalies.end() ? nullptr : &*found;
}

}  // namespace streamtest
