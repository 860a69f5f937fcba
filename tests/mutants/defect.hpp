#ifndef STREAMTEST_TESTS_MUTANTS_DEFECT_HPP
#define STREAMTEST_TESTS_MUTANTS_DEFECT_HPP

#include <streamtest/certify/plugin.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace mutants {

/// What is wrong with a stand-in stream; one at a time. Each is a few lines at the place where the
/// real bug sat: search for its name. B-numbers there are those of the project's list of real bugs.
enum class Defect {
  none,
  // application, types, opening
  name_changes_after_append,
  truncation_reaches_twin,
  types_come_from_stored_events,
  types_ignore_case,
  open_is_exclusive,
  open_beyond_end_is_clamped,
  empty_filter_means_all,
  unsupported_type_is_accepted,
  token_of_open_is_kept,
  // order, filters
  wake_up_repeats_last_event,
  wake_up_skips_to_end_of_batch,
  batch_leaves_gap,
  batch_shares_one_offset,
  created_at_is_time_of_delivery,
  later_pages_lose_first_event,
  end_moves_before_slot_is_filled,
  foreign_type_slips_through,
  filter_keeps_two_types,
  page_without_match_is_end,
  unwanted_append_gives_empty_event,
  // waiting, cancelling
  wait_times_out,
  event_shows_with_the_next_one,
  watch_does_not_look_again,
  append_wakes_one_waiter,
  wait_is_a_spin,
  cancelled_token_is_looked_at_late,
  cancel_is_ignored_while_waiting,
  cancelled_read_drops_event,
  cancel_is_sticky,
  scan_has_no_budget,
  // closing, lifetime
  second_close_succeeds,
  closed_cursor_gives_prefetched_events,
  close_does_not_wake_pending_read,
  close_waits_for_append,
  close_empties_all_waiters,
  failed_cursor_closes_itself,
  racing_closes_all_succeed,
  destroyed_waiter_stays_registered,
  event_is_a_view_of_a_buffer,
  destroyed_stream_wakes_nobody,
  // truncation
  reader_below_cut_jumps,
  first_truncated_moves_position,
  open_at_cut_is_truncated,
  truncation_removes_one_too_many,
  truncation_under_reader_makes_it_jump,
  truncation_disturbs_the_tail,
  truncation_recycles_held_events,
  offsets_restart_when_all_is_cut,
  truncation_beyond_end_is_stored,
  // durability
  reopening_restarts_offsets_of_empty_stream,
  reopening_shifts_offsets,
  // concurrency, appending
  equal_filters_share_position,
  racing_append_is_lost,
  slow_reader_loses_oldest,
  slow_reader_blocks_append,
  append_serves_64_waiters,
  batch_shows_one_by_one,
  failed_append_leaves_first_event,
  reported_offsets_are_one_too_high,
  empty_batch_uses_an_offset,
  check_and_write_are_apart,
  // payload, errors
  data_is_cut_at_nul,
  oversized_event_blocks_cursor,
  truncated_becomes_backend_failure,
};

/// One line of the gallery.
struct Entry {
  streamtest::GalleryEntry shown;
  Defect defect = Defect::none;
  bool foreign = false;  ///< its cursor is a class of its own, read by blocking next only
  bool narrow = false;   ///< its race isn't widened
};

/// The mutants, in the order of the contract's chapters, and the two controls.
const std::vector<Entry>& entries();

/// Widens a race: the others get this long to come in between.
inline void let_others_in(std::chrono::milliseconds time = std::chrono::milliseconds(1)) {
  std::this_thread::sleep_for(time);
}

}  // namespace mutants

#endif
