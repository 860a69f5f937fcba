#ifndef STREAMTEST_EXPLORE_SITUATION_HPP
#define STREAMTEST_EXPLORE_SITUATION_HPP

#include <streamtest/subject/subject.hpp>

#include <bitset>
#include <string_view>
#include <vector>

namespace streamtest {

/// What a program of one actor can come to, as the model sees it: it follows from the program and
/// from what the stream answered, never from how long something took.
enum class Situation {
  event_read,
  event_of_middle,         ///< read by a cursor that was opened behind the first one
  event_far_out,           ///< read by a cursor that was opened beyond the end
  second_event,            ///< read by one cursor
  event_read_twice,        ///< by two cursors
  unwanted_event_between,  ///< before the event that was read
  second_batch,
  append_during_read,            ///< a read that had nothing to return was given what was appended
  unmatched_append_during_read,  ///< and one that stayed without
  append_for_several,            ///< that had nothing to return
  cancelled_before,              ///< a read whose token had asked to stop
  cancel_during_read,
  event_after_cancel,  ///< read by the cursor whose read had been cancelled
  second_close,
  close_during_read,
  read_after_close,
  event_after_close_elsewhere,
  close_after_truncated,
  read_below_cut,
  open_below_cut,
  event_after_cut,
  cut_during_read,
  append_after_cut,
  cut_below_cut,
  event_after_reopening,
  append_after_reopening,
  /// by a cursor that must say truncated; between the cut and the next reopening something was
  /// appended
  read_below_cut_after_reopening,
  event_beside,  ///< of the twin, read while there were events here
  /// something is appended to the twin, and was between two reopenings as well
  beside_after_reopenings,
};
inline constexpr std::size_t situation_count = 29;

/// In words, for "there never was …".
std::string_view to_string(Situation situation);

using Situations = std::bitset<situation_count>;

/// Situations without which the rule hasn't been looked at. Those that a stream which can do so
/// little never comes to aren't asked for.
std::vector<Situation> needed_situations(std::string_view rule, const SubjectFactory& factory);

}  // namespace streamtest

#endif
