#ifndef STREAMTEST_EXPLORE_COUNTEREXAMPLE_HPP
#define STREAMTEST_EXPLORE_COUNTEREXAMPLE_HPP

#include <streamtest/explore/concurrent_program.hpp>
#include <streamtest/history/checker.hpp>
#include <streamtest/history/record.hpp>
#include <streamtest/schedule/schedule.hpp>
#include <streamtest/subject/driver.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// A program of several actors that broke a rule when it was run in a certain order, with all it
/// takes to run it again: neither the generator nor its seed is needed for that. A plain value.
struct Counterexample {
  std::string kit = {};      ///< the version that found it
  std::string target = {};   ///< as named on the command line; empty in the other doors
  std::string variant = {};  ///< of the harness; empty: it has none
  std::string rule = {};     ///< that was broken: "BLK-3"
  Delivery delivery = Delivery::blocking;
  AnomalyKind anomaly = AnomalyKind::phantom;
  std::string sentence = {};  ///< what was expected and what was seen
  /// What a read that is due may take at the longest; an order depends on it.
  std::chrono::milliseconds patience{};
  std::vector<std::string> types = {};  ///< the names of the program's event types
  ConcurrentProgram program = {};
  std::string way = {};       ///< how its threads were run: Way::name()
  Schedule schedule = {};     ///< in which order; says nothing for free threads
  std::string strategy = {};  ///< that found the order
  std::uint64_t seed = 0;
  std::vector<std::size_t> calls = {};  ///< that prove it: numbers in Record::calls
  Record record = {};                   ///< what happened
  /// Where in the source the threads were at its switches and in the end, a sentence each; empty if
  /// that isn't known.
  std::vector<std::string> places = {};
};

/// What a person reads of it: the sentence, the program, the record as a table and the places. Ends
/// with a line break.
std::string to_text(const Counterexample& counterexample);

/// A file that people read and edit: pretty JSON, one command a line, members in a fixed order. A
/// cursor is called by its slot, "c1" is slot 0; types are called by their names:
///
///     {"append":["EventA","EventB"]}  {"open":"c1","offset":0,"types":["EventA"]}  {"next":"c1"}
///
/// The offset that stands for itself is "last". `record` is what to_json(Record) writes. `places`
/// is left out if there are none.
std::string to_json(const Counterexample& counterexample);

/// What to_json() wrote. Throws `std::invalid_argument` if the text is anything else, which names
/// line and column of what is no JSON, or the member ("program.actors[1][0].open"), and says what
/// is wrong with it.
Counterexample counterexample_from_json(std::string_view text);

/// True if the text claims to be a counterexample, of any version; it may be damaged all the same.
/// Throws `std::invalid_argument` with line and column if it isn't JSON.
bool is_counterexample(std::string_view text);

}  // namespace streamtest

#endif
