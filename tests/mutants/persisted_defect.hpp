#ifndef STREAMTEST_TESTS_MUTANTS_PERSISTED_DEFECT_HPP
#define STREAMTEST_TESTS_MUTANTS_PERSISTED_DEFECT_HPP

#include <streamtest/certify/plugin.hpp>

#include <string>
#include <vector>

/// The mutants of the reference's persisted stream: the stream itself is the real one, and what is
/// wrong sits in the repository below it or in a wrapper of its cursors.
namespace mutants::persisted {

/// One at a time; search for its name. B-numbers there are those of the project's list of real
/// bugs.
enum class Defect {
  none,
  // in the repository
  position_counts_deliveries,
  later_pages_lose_first_event,
  page_begins_with_its_batch,
  types_ignore_case,
  types_are_patterns,
  page_without_match_is_end,
  types_come_from_stored_events,
  event_shows_with_the_next_one,
  reopening_restarts_offsets_of_empty_stream,
  reopening_shifts_offsets,
  reopening_after_append_forgets_cut,
  second_reopening_takes_others_back,
  truncation_beyond_end_is_stored,
  batch_is_no_transaction,
  next_offset_is_of_all_applications,
  data_is_a_c_string,
  racing_append_is_lost,
  // around the stream and its cursors
  wake_up_repeats_last_event,
  open_beyond_end_is_clamped,
  offset_is_signed,
  cancelled_open_leaves_thread,
  closed_cursor_gives_prefetched_events,
  long_cut_prefix_is_end,
  live_part_begins_late,
};

struct Entry {
  streamtest::GalleryEntry shown;
  Defect defect = Defect::none;
  bool wrapped = false;  ///< its cursors are wrapped, and read by blocking next only
};

/// The mutants, in the order of the contract's chapters, and the two controls.
const std::vector<Entry>& entries();

streamtest::SubjectFactory make(const Entry& entry);

}  // namespace mutants::persisted

#endif
