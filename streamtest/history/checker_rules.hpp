#ifndef STREAMTEST_HISTORY_CHECKER_RULES_HPP
#define STREAMTEST_HISTORY_CHECKER_RULES_HPP

#include <streamtest/history/checker.hpp>

#include <span>
#include <string_view>

// Which rule is broken by what the checker finds. Internal to the checker.

namespace streamtest {

/// What exactly was seen: one kind of anomaly can break several rules.
enum class Offence {
  never_sent,
  failed_append_seen,
  changed,
  batch_in_part,
  batch_interleaved,
  two_at_one_offset,
  offset_told_twice,
  at_two_offsets,
  other_offset_than_told,
  acknowledged_and_gone,
  seen_and_gone,
  no_such_offset,
  passed_over,
  came_up_late,
  went_back,
  before_the_opening,
  type_not_asked_for,
  anothers_event,
  open_accepts_type,
  type_not_listed,
  acknowledged_before_but_higher,
  below_what_was_seen,
  batch_out_of_order,
  before_its_append,
  nothing_though_acknowledged,
  waits_for_what_is_there,
  missed_its_wake_up,
  waits_though_closed,
  waits_though_truncated,
  close_waits,
  waits_past_the_deadline,
  no_cause,
  cut_event,
  cut_event_of_later_cursor,
  nothing_was_cut,
  nothing_was_cut_while_waiting,
  cut_match_passed_over,
  cut_match_below_the_opening,
  truncated_once_only,
  event_after_truncated,
  cut_event_is_back,
  cut_event_is_back_after_reopen,
  cut_event_is_back_after_crash,
  retained_and_gone,
  told_beyond_the_end,
  offset_used_again,
  read_after_close,
  closed_twice,
  close_refused,
  cancelled_and_passed_over,
  cancelled_and_waits,
  cancelled_before_and_given,
  unknown_append_twice,
  unknown_append_in_part,
  completed_wrongly,
  gone_after_reopen,
  gone_after_crash,
  seen_and_gone_after_crash,
  batch_in_part_after_crash,
  offset_used_again_after_restart,
  handled_again,
  handled_too_far,
  handled_below_expected,
  handled_with_other_offset,
  handler_stands_elsewhere,
  open_threw,
  read_threw,
  close_threw,
};

struct OffenceRule {
  Offence offence;
  AnomalyKind kind;
  std::string_view rule;
};

/// One for each offence, in their order.
std::span<const OffenceRule> offence_rules();

}  // namespace streamtest

#endif
