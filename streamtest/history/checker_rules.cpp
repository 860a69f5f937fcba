#include <streamtest/history/checker_rules.hpp>

#include <array>
#include <utility>

namespace streamtest {
namespace {

using Kind = AnomalyKind;

// Where no rule says it in so many words, the nearest one stands here:
// docs/decisions/0022-anomalies-and-rules.md tells which and why.
constexpr std::array table{
    OffenceRule{Offence::never_sent, Kind::phantom, "PAY-1"},
    OffenceRule{Offence::failed_append_seen, Kind::phantom, "APP-2"},
    OffenceRule{Offence::changed, Kind::torn, "PAY-1"},
    OffenceRule{Offence::batch_in_part, Kind::torn, "APP-1"},
    OffenceRule{Offence::batch_interleaved, Kind::torn, "CON-2"},
    OffenceRule{Offence::two_at_one_offset, Kind::divergent_offset, "ORD-4"},
    OffenceRule{Offence::offset_told_twice, Kind::divergent_offset, "ORD-3"},
    OffenceRule{Offence::at_two_offsets, Kind::duplicate, "CON-2"},
    OffenceRule{Offence::other_offset_than_told, Kind::duplicate, "APP-3"},
    OffenceRule{Offence::acknowledged_and_gone, Kind::lost_event, "CON-2"},
    OffenceRule{Offence::seen_and_gone, Kind::lost_event, "ORD-4"},
    OffenceRule{Offence::no_such_offset, Kind::hole, "ORD-3"},
    OffenceRule{Offence::passed_over, Kind::skipped_event, "ORD-2"},
    OffenceRule{Offence::came_up_late, Kind::skipped_event, "ORD-6"},
    OffenceRule{Offence::went_back, Kind::non_monotonic, "ORD-1"},
    OffenceRule{Offence::before_the_opening, Kind::wrong_start, "OPN-1"},
    OffenceRule{Offence::type_not_asked_for, Kind::filter_leak, "FLT-1"},
    OffenceRule{Offence::anothers_event, Kind::filter_leak, "OPN-5"},
    OffenceRule{Offence::open_accepts_type, Kind::unsupported_type, "OPN-4"},
    OffenceRule{Offence::type_not_listed, Kind::unsupported_type, "TYP-1"},
    OffenceRule{Offence::acknowledged_before_but_higher, Kind::real_time_inversion, "CON-2"},
    OffenceRule{Offence::below_what_was_seen, Kind::real_time_inversion, "ORD-6"},
    OffenceRule{Offence::batch_out_of_order, Kind::real_time_inversion, "ORD-3"},
    OffenceRule{Offence::before_its_append, Kind::read_from_the_future, "PAY-1"},
    OffenceRule{Offence::nothing_though_acknowledged, Kind::stale_end, "APP-3"},
    OffenceRule{Offence::waits_for_what_is_there, Kind::stuck_reader, "BLK-2"},
    OffenceRule{Offence::missed_its_wake_up, Kind::stuck_reader, "BLK-3"},
    OffenceRule{Offence::waits_though_closed, Kind::stuck_reader, "CLS-3"},
    OffenceRule{Offence::waits_though_truncated, Kind::stuck_reader, "TRN-1"},
    OffenceRule{Offence::close_waits, Kind::stuck_reader, "CLS-4"},
    OffenceRule{Offence::waits_past_the_deadline, Kind::stuck_reader, "CAN-5"},
    OffenceRule{Offence::no_cause, Kind::premature_wake, "BLK-1"},
    OffenceRule{Offence::cut_event, Kind::truncated_event_served, "TRN-4"},
    OffenceRule{Offence::cut_event_of_later_cursor, Kind::truncated_event_served, "TRN-2"},
    OffenceRule{Offence::nothing_was_cut, Kind::false_truncated, "TRN-3"},
    OffenceRule{Offence::nothing_was_cut_while_waiting, Kind::false_truncated, "TRN-5"},
    OffenceRule{Offence::cut_match_passed_over, Kind::silent_truncation, "TRN-1"},
    OffenceRule{Offence::cut_match_below_the_opening, Kind::silent_truncation, "TRN-2"},
    OffenceRule{Offence::truncated_once_only, Kind::silent_truncation, "TRN-1"},
    OffenceRule{Offence::event_after_truncated, Kind::resurrection, "TRN-1"},
    OffenceRule{Offence::cut_event_is_back, Kind::resurrection, "TRN-2"},
    OffenceRule{Offence::cut_event_is_back_after_reopen, Kind::resurrection, "TRN-6"},
    OffenceRule{Offence::cut_event_is_back_after_crash, Kind::restart_loss, "TRN-6"},
    OffenceRule{Offence::retained_and_gone, Kind::over_truncation, "TRN-3"},
    OffenceRule{Offence::told_beyond_the_end, Kind::over_truncation, "TRN-7"},
    OffenceRule{Offence::offset_used_again, Kind::over_truncation, "TRN-6"},
    OffenceRule{Offence::read_after_close, Kind::life_after_close, "CLS-2"},
    OffenceRule{Offence::closed_twice, Kind::life_after_close, "CLS-1"},
    OffenceRule{Offence::close_refused, Kind::life_after_close, "CLS-1"},
    OffenceRule{Offence::cancelled_and_passed_over, Kind::cancellation_loss, "CAN-3"},
    OffenceRule{Offence::cancelled_and_waits, Kind::cancellation_loss, "CAN-2"},
    OffenceRule{Offence::cancelled_before_and_given, Kind::cancellation_loss, "CAN-1"},
    OffenceRule{Offence::unknown_append_twice, Kind::cancelled_append_twice, "CON-2"},
    OffenceRule{Offence::unknown_append_in_part, Kind::cancelled_append_twice, "APP-1"},
    OffenceRule{Offence::completed_wrongly, Kind::handler_abuse, "BLK-1"},
    OffenceRule{Offence::gone_after_reopen, Kind::restart_loss, "DUR-1"},
    OffenceRule{Offence::gone_after_crash, Kind::restart_loss, "DUR-2"},
    OffenceRule{Offence::seen_and_gone_after_crash, Kind::restart_loss, "DUR-3"},
    OffenceRule{Offence::batch_in_part_after_crash, Kind::restart_loss, "DUR-4"},
    OffenceRule{Offence::offset_used_again_after_restart, Kind::restart_loss, "TRN-6"},
    OffenceRule{Offence::handled_again, Kind::consumer_order, "CNS-2"},
    OffenceRule{Offence::handled_too_far, Kind::consumer_order, "CNS-2"},
    OffenceRule{Offence::handled_below_expected, Kind::consumer_order, "CNS-3"},
    OffenceRule{Offence::handled_with_other_offset, Kind::consumer_order, "CNS-1"},
    OffenceRule{Offence::handler_stands_elsewhere, Kind::consumer_order, "HND-1"},
    OffenceRule{Offence::open_threw, Kind::exception, "OPN-1"},
    OffenceRule{Offence::read_threw, Kind::exception, "BLK-1"},
    OffenceRule{Offence::close_threw, Kind::exception, "CLS-1"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table.at(i).offence) != i) return false;
  return static_cast<std::size_t>(Offence::close_threw) + 1 == table.size();
}
static_assert(in_order());

constexpr std::array names{
    std::pair{Kind::phantom, std::string_view("phantom")},
    std::pair{Kind::torn, std::string_view("torn")},
    std::pair{Kind::divergent_offset, std::string_view("divergent offset")},
    std::pair{Kind::duplicate, std::string_view("duplicate")},
    std::pair{Kind::lost_event, std::string_view("lost event")},
    std::pair{Kind::hole, std::string_view("hole")},
    std::pair{Kind::skipped_event, std::string_view("skipped event")},
    std::pair{Kind::non_monotonic, std::string_view("non-monotonic")},
    std::pair{Kind::wrong_start, std::string_view("wrong start")},
    std::pair{Kind::filter_leak, std::string_view("filter leak")},
    std::pair{Kind::unsupported_type, std::string_view("unsupported type")},
    std::pair{Kind::real_time_inversion, std::string_view("real-time inversion")},
    std::pair{Kind::read_from_the_future, std::string_view("read from the future")},
    std::pair{Kind::stale_end, std::string_view("stale end")},
    std::pair{Kind::stuck_reader, std::string_view("stuck reader")},
    std::pair{Kind::premature_wake, std::string_view("premature wake")},
    std::pair{Kind::truncated_event_served, std::string_view("truncated event served")},
    std::pair{Kind::false_truncated, std::string_view("false truncated")},
    std::pair{Kind::silent_truncation, std::string_view("silent truncation")},
    std::pair{Kind::resurrection, std::string_view("resurrection")},
    std::pair{Kind::over_truncation, std::string_view("over-truncation")},
    std::pair{Kind::life_after_close, std::string_view("life after close")},
    std::pair{Kind::cancellation_loss, std::string_view("cancellation loss")},
    std::pair{Kind::cancelled_append_twice, std::string_view("cancelled append twice")},
    std::pair{Kind::cursor_interference, std::string_view("cursor interference")},
    std::pair{Kind::handler_abuse, std::string_view("handler abuse")},
    std::pair{Kind::restart_loss, std::string_view("restart loss")},
    std::pair{Kind::consumer_order, std::string_view("consumer order")},
    std::pair{Kind::exception, std::string_view("exception")},
};

}  // namespace

std::span<const OffenceRule> offence_rules() {
  return table;
}

std::string_view to_string(AnomalyKind kind) {
  for (const auto& [each, name] : names)
    if (each == kind) return name;
  return "?";
}

std::optional<AnomalyKind> anomaly_kind_from_text(std::string_view text) {
  for (const auto& [kind, name] : names)
    if (name == text) return kind;
  return std::nullopt;
}

}  // namespace streamtest
