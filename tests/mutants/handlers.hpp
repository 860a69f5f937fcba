#ifndef STREAMTEST_TESTS_MUTANTS_HANDLERS_HPP
#define STREAMTEST_TESTS_MUTANTS_HANDLERS_HPP

#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/subject.hpp>

#include <vector>

// Streams as somebody writes them with Asio: a log that lives on a strand, appends that are
// committed in groups when a timer says so, and readers that are told one after the other, a
// handler each. What is wrong with them is the order of two handlers; each handler is right by
// itself.

namespace mutants::handlers {

/// What is wrong; one at a time. Search for its name.
enum class Defect {
  none,
  registers_without_another_look,
  tells_by_place_in_a_list_that_shrinks,
  commits_what_it_counted_before,
};

struct Entry {
  streamtest::GalleryEntry shown;
  Defect defect = Defect::none;
};

/// The mutants, and the control.
const std::vector<Entry>& entries();

streamtest::SubjectFactory make(const Entry& entry);

}  // namespace mutants::handlers

#endif
