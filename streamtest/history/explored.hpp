#ifndef STREAMTEST_HISTORY_EXPLORED_HPP
#define STREAMTEST_HISTORY_EXPLORED_HPP

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace streamtest {

/// The least probabilities with which a bug would have been found, by its depth: how many pairs of
/// moments must come in a certain order for it to show (docs/exploration.md).
using Bounds = std::map<unsigned, double>;

/// What the exploration of programs of several actors did, in figures: for one case, one rule or a
/// whole run. A plain value.
struct Explored {
  /// A situation that runs come to.
  struct Situation {
    std::uint64_t programs = 0;    ///< that came to it in one of their orders
    std::set<std::string> met;     ///< rules that need it and whose exploration came to it
    std::set<std::string> missed;  ///< rules that need it and have a case that never came to it
    /// For a bug that each of the programs can show.
    Bounds bounds;
  };

  std::map<std::string, std::uint64_t> ways;  ///< how actors were run, and how many programs so
  std::set<std::string> weaker_because;       ///< why that wasn't a stronger way
  std::map<std::string, std::uint64_t> strategies;  ///< with the orders that each decided
  std::map<std::string, Situation> situations;      ///< by label
  Bounds bounds;                                    ///< for a bug that every program can show

  /// What came besides, from other programs.
  void add(const Explored& other);
};

/// As above; that both searches miss a bug is as likely as the one times the other.
void add(Bounds& bounds, const Bounds& other);

}  // namespace streamtest

#endif
