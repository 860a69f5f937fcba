#ifndef TESTS_UNIT_CASES_BITE_HPP
#define TESTS_UNIT_CASES_BITE_HPP

#include "lie.hpp"

#include <chrono>
#include <cstdint>
#include <span>

namespace streamtest {

/// How soon somebody who waits for what doesn't come is called stuck, where that has to come about.
constexpr std::chrono::milliseconds a_moment(200);

/// A case, a lie, and the words of the one check that sees it.
struct Bite {
  const char* truth;  ///< the correct stream or handler that lies once
  const char* rule;
  const char* name;  ///< the case's
  Lying plan;
  const char* phrase;
  std::uint64_t places =
      1;  ///< if several: so many are tried, each one call further, with ten seeds
  /// How soon somebody who waits for what doesn't come is called stuck.
  std::chrono::milliseconds patience{5000};
  void (*change)(SubjectFactory&) = nullptr;  ///< other claims
  bool idle_worker = false;                   ///< the process that is to be killed ends at once
};

std::span<const Bite> reading_bites();
std::span<const Bite> writing_bites();
/// Whose processes are killed, whose store is damaged, whose network fails.
std::span<const Bite> crashing_bites();

}  // namespace streamtest

#endif
