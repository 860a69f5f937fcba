#ifndef STREAMTEST_TESTS_MUTANTS_REMOTE_DEFECT_HPP
#define STREAMTEST_TESTS_MUTANTS_REMOTE_DEFECT_HPP

#include "read_ahead.hpp"

#include <streamtest/certify/plugin.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A stream that is reached by TCP, and cursors that meet a broken network each in their own way.
namespace mutants::remote {

/// One at a time, or none.
enum class Defect {
  none,
  empty_event_is_sign_of_life,
  truncated_has_no_word,
  loss_is_close,
  loss_is_truncation,
  loss_goes_unnoticed,
  restarts_at_zero,
  repeats_last_event,
  restarts_at_end,
  loss_is_no_types,
  loss_is_cancelled_open,
  close_asks_until_answered,
};

/// What a cursor without a defect does when its connection broke.
enum class Way {
  sticky,      ///< fails for good
  recovering,  ///< fails once, and goes on with the next call
  resuming,    ///< goes on unseen
};

struct Entry {
  streamtest::GalleryEntry shown;
  Way way = Way::sticky;
  Defect defect = Defect::none;
  bool more_types = false;  ///< it can hold a type more than the scenario names
  bool torn = false;        ///< what it answers is written in small pieces
  std::optional<std::uint64_t> max_event_size = {};
  std::optional<AheadDefect> ahead = {};  ///< unset: its cursors don't read ahead
};

/// The mutants and the odd streams.
const std::vector<Entry>& entries();

streamtest::SubjectFactory make(const Entry& entry);

}  // namespace mutants::remote

#endif
