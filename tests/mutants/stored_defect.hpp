#ifndef STREAMTEST_TESTS_MUTANTS_STORED_DEFECT_HPP
#define STREAMTEST_TESTS_MUTANTS_STORED_DEFECT_HPP

#include <streamtest/certify/plugin.hpp>

#include <string>
#include <vector>

/// The stand-in stream with a file behind it, for defects that only a crash or damage shows.
namespace mutants::stored {

/// One at a time, or none.
enum class Defect {
  none,
  acknowledged_before_written,
  appends_behind_torn_tail,
  torn_tail_empties_the_file,
  read_before_written,
  damage_ends_the_scan,
};

struct Entry {
  streamtest::GalleryEntry shown;
  Defect defect = Defect::none;
  bool tells_offsets = true;
};

/// The mutants and, as an odd stream, their control.
const std::vector<Entry>& entries();

streamtest::SubjectFactory make(const Entry& entry);

}  // namespace mutants::stored

#endif
