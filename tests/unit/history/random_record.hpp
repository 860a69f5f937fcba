#ifndef STREAMTEST_TESTS_UNIT_HISTORY_RANDOM_RECORD_HPP
#define STREAMTEST_TESTS_UNIT_HISTORY_RANDOM_RECORD_HPP

#include <streamtest/history/checker.hpp>
#include <streamtest/history/record.hpp>

#include <cstdint>
#include <random>

namespace streamtest {

using Random = std::mt19937_64;

/// How a run of a correct stream is to look.
struct Shape {
  std::size_t calls = 12;
  std::size_t appenders = 2;
  std::size_t readers = 2;
  std::size_t types = 2;
  std::size_t largest_batch = 3;
  bool tells_offsets = true;
  bool unknown_outcomes = true;  ///< and failed appends
  bool truncates = true;
  bool cancels = false;
  bool closes = false;
  bool restarts = false;
  bool final_phase = false;
  bool ends_early = false;  ///< calls may be pending for no reason
  bool consumer = false;    ///< handles everything, at the end
};

/// The record of a run on a correct stream that does all that the allowances let it do: calls
/// overlap and take effect somewhere between invocation and return; a read sees what was
/// acknowledged, and of the rest what it happens to.
Record random_record(const Shape& shape, const Allowances& allowances, Random& random);

/// A uniform number below `end`, which is not 0.
inline std::uint64_t below(Random& random, std::uint64_t end) {
  return random() % end;
}

}  // namespace streamtest

#endif
