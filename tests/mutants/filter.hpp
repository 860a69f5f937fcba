#ifndef STREAMTEST_TESTS_MUTANTS_FILTER_HPP
#define STREAMTEST_TESTS_MUTANTS_FILTER_HPP

#include "defect.hpp"

#include <eventstream/event_type.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>

namespace mutants {

/// Which events a cursor wants. A value.
class Filter {
 public:
  Filter(eventstream::EventTypeSet types, Defect defect)
      : types_(std::move(types)), defect_(defect) {}

  const eventstream::EventTypeSet& types() const { return types_; }

  bool wants(const eventstream::EventType& type) const {
    switch (defect_) {
      case Defect::empty_filter_means_all:  // B38: an empty list of types reached the store
        return types_.empty() || types_.contains(type);
      case Defect::types_ignore_case:  // B34: a case-insensitive collation
        return std::any_of(types_.begin(), types_.end(), [&](const eventstream::EventType& wanted) {
          return folded(wanted.name()) == folded(type.name());
        });
      case Defect::filter_keeps_two_types: {  // B29, B36: the rest of the list is dropped
        const auto count = std::min<std::ptrdiff_t>(std::ssize(types_), 2);
        return std::find(types_.begin(), types_.begin() + count, type) != types_.begin() + count;
      }
      default:
        return types_.contains(type);
    }
  }

 private:
  static std::string folded(std::string name) {
    for (char& letter : name)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return name;
  }

  eventstream::EventTypeSet types_;
  Defect defect_;
};

}  // namespace mutants

#endif
