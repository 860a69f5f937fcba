#ifndef STREAMTEST_TESTS_MUTANTS_ROLE_HPP
#define STREAMTEST_TESTS_MUTANTS_ROLE_HPP

#include <streamtest/certify/plugin.hpp>

#include <string>
#include <vector>

namespace mutants {

/// A broken handler or consumer, or a correct one as a control.
struct RoleEntry {
  streamtest::GalleryEntry shown;
  streamtest::SubjectFactory (*make)(const std::string& id);
};

/// One of the handlers: its defect shows in a crash only.
RoleEntry stored_handler();
const std::vector<RoleEntry>& handler_entries();
const std::vector<RoleEntry>& consumer_entries();

}  // namespace mutants

#endif
