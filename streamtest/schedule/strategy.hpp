#ifndef STREAMTEST_SCHEDULE_STRATEGY_HPP
#define STREAMTEST_SCHEDULE_STRATEGY_HPP

#include <streamtest/schedule/chooser.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace streamtest {

/// What PCT's guarantee of a run depends on.
struct PctRun {
  unsigned depth = 0;
  /// Priorities are lowered at some of the first so many choices, each equally likely. A run that
  /// asks for more is outside of the guarantee.
  std::uint64_t reach = 0;
};

/// A way to search through the orders of a program, run after run. begin() before each run, end()
/// after it. The same seed and the same answers of the program give the same runs.
///
/// No strategy accuses by unfairness: after a number of moves that grows with the length of the
/// runs seen so far (four times their mean, at least 400; bounded search: at least 20 quanta), each
/// goes on uniformly at random, so that a program that politely waits for another actor comes to
/// its end.
///
/// Random numbers don't depend on the compiler or its standard library. One thread at a
/// time uses a strategy.
class Strategy : public Chooser {
 public:
  /// False once nothing is left to search; there is no run then.
  virtual bool begin() = 0;
  /// The run is over; it was asked for so many choices.
  virtual void end(std::uint64_t choices) = 0;
  /// "PCT 3", for reports; of the run that was begun last.
  virtual std::string name() const = 0;
  /// If the run that was begun last is one of PCT.
  virtual std::optional<PctRun> pct() const { return std::nullopt; }
};

/// The actor whose move became possible first, as an ordinary queue does. One run.
std::unique_ptr<Strategy> make_fifo();
/// Every move equally likely. Endless.
std::unique_ptr<Strategy> make_uniform(std::uint64_t seed);
/// Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): random priorities of actors,
/// of which depth - 1 are lowered at random moves. A bug that needs `depth` orderings is found by
/// one run with p >= 1 / (n k^(depth-1)), n actors and k choices. Endless. Of several moves of one
/// actor it makes the first. Throws `std::invalid_argument` if depth is 0.
std::unique_ptr<Strategy> make_pct(std::uint64_t seed, unsigned depth);
/// Partial order sampling (Yuan, Yang and Gu, CAV 2018): random priorities of moves, drawn anew for
/// those that touch what the move made touches; where objects aren't known, none is. Endless.
std::unique_ptr<Strategy> make_pos(std::uint64_t seed);
/// Every schedule with at most `deviations` choices that differ from a base, the fewest first. The
/// base is 0, and the next actor's first move where an actor has gone on for `quantum` moves while
/// others could. Ends. Keeps a few bytes for each choice of each run that had fewer deviations.
/// Throws `std::invalid_argument` if the quantum is 0.
std::unique_ptr<Strategy> make_bounded_search(unsigned deviations, unsigned quantum = 300);
/// All of them in turn, in shares that none of them could do without: FIFO first, then bounded
/// search by one deviation, and between its runs POS, PCT of depth 2 to 5, and one uniform in ten.
std::unique_ptr<Strategy> make_portfolio(std::uint64_t seed);

/// The probability that `runs` runs of PCT miss a bug of that depth among so many actors and
/// choices, at the most: (1 - 1 / (n k^(depth-1)))^runs. Throws `std::invalid_argument` if depth,
/// actors or choices are 0.
double pct_miss(unsigned depth, std::uint64_t actors, std::uint64_t choices, std::uint64_t runs);

}  // namespace streamtest

#endif
