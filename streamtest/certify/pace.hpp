#ifndef STREAMTEST_CERTIFY_PACE_HPP
#define STREAMTEST_CERTIFY_PACE_HPP

#include <chrono>
#include <cstddef>

namespace streamtest {

/// Keeps the run of many rules to its budget where the stream or the machine is slow: each rule has
/// an equal part of nine tenths of the budget, and a run that is behind such a schedule gives its
/// cases less time for what they repeat. What they do at the least they do at any pace.
///
/// A plain value, without a clock of its own: who has it says what time it is.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// For so many rules that share the budget, from now on; the run was `late` already when it came
  /// here (negative: it was early).
  Pace(std::chrono::nanoseconds budget, std::size_t rules, Time now,
       std::chrono::nanoseconds late = {});

  /// One more rule is done.
  void finish_rule() { due_ += share_; }

  /// By how much the run is behind its schedule; negative if it is ahead of it.
  std::chrono::nanoseconds late(Time now) const { return now - due_; }

  /// The part of its usual time that a case may take: all of it on schedule, in proportion less the
  /// later the run is, and a tenth from where it is late by a twentieth of the budget.
  double at(Time now) const;

 private:
  std::chrono::nanoseconds share_;
  std::chrono::nanoseconds most_;  ///< later than that makes no difference
  Time due_;                       ///< when what is done should have been
};

}  // namespace streamtest

#endif
