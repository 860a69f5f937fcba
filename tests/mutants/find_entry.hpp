#ifndef STREAMTEST_TESTS_MUTANTS_FIND_ENTRY_HPP
#define STREAMTEST_TESTS_MUTANTS_FIND_ENTRY_HPP

#include <algorithm>
#include <string>
#include <vector>

namespace mutants {

/// The entry with this id in one of the gallery's lists, or null.
template <typename Entry>
const Entry* find_entry(const std::vector<Entry>& entries, const std::string& id) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.shown.id == id; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace mutants

#endif
