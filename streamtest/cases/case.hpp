#ifndef STREAMTEST_CASES_CASE_HPP
#define STREAMTEST_CASES_CASE_HPP

#include <streamtest/subject/bench.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace streamtest {

/// One way to look for a breach of one rule. The body runs once for each delivery that applies; it
/// throws what Witness names, and an ordinary return is a pass.
struct Case {
  enum class Reads {
    each,  ///< by blocking next and, where the stream offers it, by async_next
    once,  ///< doesn't read, or reads in a way of its own
  };

  std::string_view rule;  ///< "BLK-4"
  std::string_view
      name;  ///< "one_append_wakes_every_reader": words and underscores, unique within the rule
  void (*body)(Bench&);
  Reads reads = Reads::each;
  /// The means of the core without which there is nothing to try.
  std::optional<Means> needs = {};
};

/// Every case of a chapter; one file a chapter, and of their own what needs processes that are
/// killed or a network that fails.
std::span<const Case> identity_cases();
std::span<const Case> types_cases();
std::span<const Case> opening_cases();
std::span<const Case> ordering_cases();
std::span<const Case> filtering_cases();
std::span<const Case> blocking_cases();
std::span<const Case> cancelling_cases();
std::span<const Case> closing_cases();
std::span<const Case> lifetime_cases();
std::span<const Case> truncation_cases();
std::span<const Case> concurrency_cases();
std::span<const Case> appending_cases();
std::span<const Case> durability_cases();
std::span<const Case> crashing_cases();
std::span<const Case> damage_cases();
std::span<const Case> payload_cases();
std::span<const Case> errors_cases();
std::span<const Case> network_cases();
std::span<const Case> handler_cases();
std::span<const Case> handler_crash_cases();
std::span<const Case> consumer_cases();
/// The generated sequential programs: for each rule that the model judges, one case that accepts
/// only breaches of it.
std::span<const Case> sequence_cases();

/// The generated programs of several actors, in many orders: one case for each rule that they can
/// break.
std::span<const Case> exploration_cases();

/// All of them, in the order of the catalogue.
const std::vector<Case>& all_cases();

}  // namespace streamtest

#endif
