#include "defect.hpp"

namespace mutants {
namespace {

/// The phrase may list several, parted by a bar: what a racing reader was doing decides which is
/// said.
Entry mutant(const char* id, const char* rule, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "mem", rule, phrase, sentence, false}, defect, false};
}

Entry foreign(const char* id, const char* rule, Defect defect, const char* phrase,
              const char* sentence) {
  return {{id, "mem", rule, phrase, sentence, false}, defect, true};
}

/// A mutant whose race is as narrow as it comes.
Entry hard(const char* id, const char* rule, Defect defect, const char* phrase,
           const char* sentence) {
  Entry entry{{id, "mem", rule, phrase, sentence, false}, defect, false};
  entry.shown.hard = entry.narrow = true;
  return entry;
}

Entry control(const char* id, bool foreign, const char* sentence) {
  return {{id, "mem", "", "", sentence, true}, Defect::none, foreign};
}

void add_opening(std::vector<Entry>& list) {
  list.push_back(mutant("X-IDN-1", "IDN-1", Defect::name_changes_after_append,
                        "after an append: expected",
                        "application() gives another name once something was appended"));
  list.push_back(mutant("X-IDN-2", "IDN-2", Defect::truncation_reaches_twin, "seen truncated",
                        "a truncation of another application's stream truncates this one too"));
  list.push_back(mutant("X-TYP-1", "TYP-1", Defect::types_come_from_stored_events,
                        "on an empty stream lacks",
                        "event_types() is derived from stored events: empty on a fresh stream"));
  list.push_back(mutant("X-TYP-2", "TYP-2", Defect::types_ignore_case, "seen event",
                        "type names are compared case-insensitively"));
  list.push_back(mutant("O-01", "OPN-1", Defect::open_is_exclusive, "is stuck: expected event",
                        "open(o) is exclusive: delivery starts at o + 1"));
  list.push_back(mutant("X-OPN-2", "OPN-2", Defect::open_beyond_end_is_clamped,
                        "it returned event|seen event",
                        "open beyond the end is clamped to the end, so lower offsets come"));
  list.push_back(mutant("O-15", "OPN-3", Defect::empty_filter_means_all, "empty filter gave",
                        "an empty filter means all types"));
  list.push_back(mutant("O-14", "OPN-4", Defect::unsupported_type_is_accepted, "gave a cursor",
                        "open accepts types that event_types() lacks and never matches them"));
  list.push_back(foreign("X-OPN-5", "OPN-5", Defect::token_of_open_is_kept,
                         "it returned cancelled|seen cancelled",
                         "the token given to open stays the parent of the cursor"));
}

void add_order(std::vector<Entry>& list) {
  list.push_back(mutant("X-ORD-1", "ORD-1", Defect::wake_up_repeats_last_event, "and then offset",
                        "after a wake-up it resumes at the last delivered offset, inclusive"));
  list.push_back(mutant("X-ORD-2", "ORD-2", Defect::wake_up_skips_to_end_of_batch,
                        "but never the earlier|is stuck|seen event",
                        "woken by a batch it resumes at the batch's last event"));
  list.push_back(mutant("X-ORD-3", "ORD-3", Defect::batch_leaves_gap, "should have offset",
                        "each batch of two or more leaves a gap of one offset behind it"));
  list.push_back(mutant("S-6", "ORD-3", Defect::batch_shares_one_offset, "was given twice",
                        "all members of a batch get the offset of the first"));
  list.push_back(mutant("X-ORD-4", "ORD-4", Defect::created_at_is_time_of_delivery,
                        "their envelopes differ", "created_at is the time of delivery"));
  list.push_back(mutant("X-ORD-5", "ORD-5", Defect::later_pages_lose_first_event,
                        "is stuck: expected event",
                        "pages of 128: the first event of each later page is missing"));
  list.push_back(mutant(
      "X-ORD-6", "ORD-6", Defect::end_moves_before_slot_is_filled, "but never the earlier|is stuck",
      "the end moves before the places of a batch are filled: a reader passes them"));
  list.push_back(hard("O-07", "ORD-6", Defect::end_moves_before_slot_is_filled,
                      "but never the earlier|is stuck|which came up later",
                      "the end moves before the places of a batch are filled, for as long as the "
                      "lock changes hands"));
  list.push_back(mutant("X-FLT-1", "FLT-1", Defect::foreign_type_slips_through, "not in its filter",
                        "every sixteenth event of an unwanted type slips through"));
  list.push_back(mutant("X-FLT-2", "FLT-2", Defect::filter_keeps_two_types, "expected event",
                        "only the first two types of a filter are honoured"));
  list.push_back(
      mutant("X-FLT-3", "FLT-3", Defect::page_without_match_is_end, "is stuck: expected event",
             "a page of 128 without a match is taken for the end: next waits for an append"));
  list.push_back(mutant("O-13", "FLT-4", Defect::unwanted_append_gives_empty_event,
                        "an empty event",
                        "a non-matching append completes a pending next with an empty event"));
}

void add_waiting(std::vector<Entry>& list) {
  list.push_back(mutant("X-BLK-1", "BLK-1", Defect::wait_times_out,
                        "it returned timed_out|seen timed_out",
                        "at the end next ends by itself and says timed_out"));
  list.push_back(mutant("X-BLK-2", "BLK-2", Defect::event_shows_with_the_next_one,
                        "is stuck: expected event",
                        "an event becomes readable only when the next one is appended"));
  list.push_back(
      mutant("X-BLK-3", "BLK-3", Defect::watch_does_not_look_again, "is stuck: expected event",
             "check then wait: the waiter registers after the look and doesn't look again"));
  list.push_back(hard(
      "O-17", "BLK-3", Defect::watch_does_not_look_again, "is stuck: expected event|waits for ever",
      "check then wait, and no second look, for as long as the lock changes hands"));
  list.push_back(mutant("O-18", "BLK-4", Defect::append_wakes_one_waiter,
                        "is stuck: expected event", "an append wakes one waiter only"));
  list.push_back(mutant("X-BLK-5", "BLK-5", Defect::wait_is_a_spin, "of a core",
                        "waiting is a spin: a thread makes all waiters look without pause"));
  list.push_back(foreign("X-CAN-1", "CAN-1", Defect::cancelled_token_is_looked_at_late,
                         "expected cancelled, seen event",
                         "a next that is cancelled already returns a ready event"));
  list.push_back(foreign("X-CAN-2", "CAN-2", Defect::cancel_is_ignored_while_waiting,
                         "is stuck: expected cancelled", "a cancel has no effect once next waits"));
  list.push_back(foreign("X-CAN-3", "CAN-3", Defect::cancelled_read_drops_event,
                         "expected event|cancelled or event",
                         "a cancelled next drops the event that arrived meanwhile"));
  list.push_back(foreign("O-22", "CAN-4", Defect::cancel_is_sticky,
                         "it returned cancelled|seen cancelled",
                         "a cancelled next marks the cursor: every later one is cancelled too"));
  list.push_back(
      mutant("O-21", "CAN-5", Defect::scan_has_no_budget, "next skipped",
             "cancel is looked at only when the end is reached, not while skipping events"));
}

void add_closing(std::vector<Entry>& list) {
  list.push_back(foreign("O-26", "CLS-1", Defect::second_close_succeeds, "seen success",
                         "a second close reports success"));
  list.push_back(foreign("X-CLS-2", "CLS-2", Defect::closed_cursor_gives_prefetched_events,
                         "expected cursor_closed, seen event",
                         "next after close still returns prefetched events"));
  list.push_back(foreign("O-27", "CLS-3", Defect::close_does_not_wake_pending_read,
                         "is stuck: expected cursor_closed", "close does not wake a pending next"));
  list.push_back(foreign("X-CLS-4", "CLS-4", Defect::close_waits_for_append,
                         "is stuck: it had not returned",
                         "close returns only when the next event is appended"));
  list.push_back(mutant("O-30", "CLS-5", Defect::close_empties_all_waiters,
                        "is stuck: expected event",
                        "close of one cursor empties the list of all waiters"));
  list.push_back(mutant("X-CLS-6", "CLS-6", Defect::failed_cursor_closes_itself,
                        "expected truncated, seen cursor_closed",
                        "a cursor that was truncated closes itself and forgets why"));
  list.push_back(foreign("X-CLS-7", "CLS-7", Defect::racing_closes_all_succeed,
                         "expected one success", "closes that race all succeed"));
  list.push_back(mutant("O-32", "LIF-1", Defect::destroyed_waiter_stays_registered,
                        "died of signal 6",
                        "a destroyed cursor's waiter stays registered; a later append touches it"));
  list.push_back(mutant("O-31", "LIF-2", Defect::event_is_a_view_of_a_buffer,
                        "changed after a later next",
                        "the event returned is a view of a buffer that the next call overwrites"));
  list.push_back(mutant("X-LIF-3", "LIF-3", Defect::destroyed_stream_wakes_nobody,
                        "is stuck: expected cursor_closed",
                        "destroying the stream does not wake its waiting readers"));
}

void add_truncation(std::vector<Entry>& list) {
  list.push_back(mutant("O-33", "TRN-1", Defect::reader_below_cut_jumps, "expected truncated, seen",
                        "a position below the first retained offset silently jumps to it"));
  list.push_back(mutant("O-37", "TRN-1", Defect::first_truncated_moves_position,
                        "was told truncated before",
                        "the first truncated moves the position: the second next goes on"));
  list.push_back(mutant("O-34", "TRN-2", Defect::open_at_cut_is_truncated, "expected success",
                        "opening exactly at the truncation point is refused as truncated"));
  list.push_back(mutant("X-TRN-3", "TRN-3", Defect::truncation_removes_one_too_many,
                        "seen truncated", "truncation removes one event too many"));
  list.push_back(mutant("X-TRN-4", "TRN-4", Defect::truncation_under_reader_makes_it_jump,
                        "truncated, seen event",
                        "a reader that has delivered something jumps when it is truncated"));
  list.push_back(mutant("O-40", "TRN-4", Defect::truncation_recycles_held_events,
                        "expected event|seen event",
                        "the memory of a truncated event is used again while a cursor holds it"));
  list.push_back(mutant("O-39", "TRN-5", Defect::truncation_disturbs_the_tail,
                        "it returned truncated|seen truncated",
                        "truncation wakes readers at the tail and tells them truncated"));
  list.push_back(mutant("X-TRN-6", "TRN-6", Defect::offsets_restart_when_all_is_cut,
                        "expected the old next offset",
                        "when everything was truncated offsets start at 0 again"));
  list.push_back(mutant("X-TRN-7", "TRN-7", Defect::truncation_beyond_end_is_stored,
                        "no offset beyond the end",
                        "a truncation beyond the end is stored as it is and hides later events"));
}

void add_durability(std::vector<Entry>& list) {
  list.push_back(mutant("O-36", "TRN-6", Defect::reopening_restarts_offsets_of_empty_stream,
                        "expected the old next offset",
                        "everything truncated, then reopened: offsets start at 0 again"));
  list.push_back(mutant("S-8", "DUR-1", Defect::reopening_shifts_offsets, "expected the event at",
                        "offsets are places in a list: they shift when it is cut and reopened"));
}

void add_appending(std::vector<Entry>& list) {
  list.push_back(mutant("O-42", "CON-1", Defect::equal_filters_share_position, "expected event",
                        "cursors with equal filters share one read position"));
  list.push_back(
      mutant("X-CON-2", "CON-2", Defect::racing_append_is_lost, "have one offset",
             "of two racing appends at one offset the loser is dropped but acknowledged"));
  list.push_back(mutant("O-41", "CON-3", Defect::slow_reader_loses_oldest, "expected event",
                        "a ring of 256 a cursor drops the oldest of what arrived since open"));
  list.push_back(mutant("X-CON-4", "CON-4", Defect::slow_reader_blocks_append,
                        "is stuck: it had not returned",
                        "append waits while some open cursor is more than 64 events behind"));
  list.push_back(mutant("X-CON-5", "CON-5", Defect::append_serves_64_waiters,
                        "is stuck: expected event", "an append serves at most 64 waiters"));
  list.push_back(mutant("X-APP-1", "APP-1", Defect::batch_shows_one_by_one, "seen not_yet",
                        "a batch is published one event at a time"));
  list.push_back(
      hard("O-43", "APP-1", Defect::batch_shows_one_by_one, "seen not_yet|inside a batch",
           "a batch is published one event at a time, for as long as the lock changes hands"));
  list.push_back(mutant("X-APP-2", "APP-2", Defect::failed_append_leaves_first_event,
                        "after a failed append got offset|it returned event",
                        "a failed append leaves its first event"));
  list.push_back(mutant("X-APP-3", "APP-3", Defect::reported_offsets_are_one_too_high,
                        "expected event",
                        "the offsets reported for a batch of two or more are one too high"));
  list.push_back(mutant("O-44", "APP-4", Defect::empty_batch_uses_an_offset,
                        "after an empty batch got offset",
                        "an empty batch uses an offset and wakes waiters"));
  list.push_back(
      mutant("X-APP-5", "APP-5", Defect::check_and_write_are_apart, "that expected offset",
             "the check of the expected offset and the write are two critical sections"));
  list.push_back(mutant("X-PAY-1", "PAY-1", Defect::data_is_cut_at_nul, "came back changed",
                        "data is cut at the first NUL"));
  list.push_back(mutant("X-PAY-2", "PAY-2", Defect::oversized_event_blocks_cursor,
                        "expected it to be refused",
                        "an event over the limit is accepted and then blocks its readers"));
  list.push_back(mutant("X-ERR-1", "ERR-1", Defect::truncated_becomes_backend_failure,
                        "expected truncated, which",
                        "truncation is reported as a failure of the backend"));
}

std::vector<Entry> all() {
  std::vector<Entry> list;
  add_opening(list);
  add_order(list);
  add_waiting(list);
  add_closing(list);
  add_truncation(list);
  add_appending(list);
  add_durability(list);
  list.push_back(control("CONTROL", false, "the stand-in without a defect"));
  list.push_back(control("CONTROL-F", true, "the same with a cursor that derives from nothing"));
  return list;
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = all();
  return list;
}

}  // namespace mutants
