#ifndef STREAMTEST_TESTS_UNIT_HISTORY_INJECTIONS_HPP
#define STREAMTEST_TESTS_UNIT_HISTORY_INJECTIONS_HPP

#include "random_record.hpp"

#include <span>

namespace streamtest {

/// A way to put one anomaly into the record of a correct stream.
struct Injection {
  AnomalyKind kind;
  /// False if this record has no place for it; it may be changed all the same.
  bool (*inject)(Record& record, Random& random);
  bool truncates = false;  ///< the record should have truncations
};

std::span<const Injection> injections();

}  // namespace streamtest

#endif
