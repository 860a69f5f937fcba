#ifndef TESTS_UNIT_SCHEDULE_TOY_HPP
#define TESTS_UNIT_SCHEDULE_TOY_HPP

#include <streamtest/schedule/search.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

// Programs whose every order is known: actors with steps, one step a move.

namespace streamtest::toy {

struct Step {
  /// True: go on to the next step. False: this one again.
  std::function<bool()> act;
  /// The step can't be made as long as this is false. Nothing: always.
  std::function<bool()> possible;
  std::uint32_t object = 0;
};

class Toy {
 public:
  /// Adds an actor, numbered from 0.
  void actor(std::vector<Step> steps) { actors_.push_back({std::move(steps)}); }
  /// What kind of failure the end is; asked once all actors came to their end.
  std::function<std::string()> verdict = [] { return std::string(); };

  /// "stuck" if nothing is possible before the end, "too long" after 10,000 moves.
  Run run(Chooser& chooser);

  /// The number of moves that the run made.
  std::uint64_t moves() const { return moves_; }

 private:
  struct Script {
    std::vector<Step> steps;
    std::size_t next = 0;
    std::uint64_t since = 0;
    bool possible = false;
  };

  std::vector<Move> possible_moves();
  bool finished() const;

  std::vector<Script> actors_;
  std::size_t last_ = 0;
  std::uint64_t moves_ = 0;
};

/// Two actors with so many steps each that do nothing.
Run independent(Chooser& chooser, std::size_t first, std::size_t second);
/// Two actors add 1 to a number: read, write. "lost" if one addition is. The others do nothing.
Run lost_update(Chooser& chooser, std::size_t bystanders = 0);
/// A reader looks, says that it waits, waits; a writer writes, and wakes it if it waits. "stuck" if
/// it writes in between.
Run missed_wake_up(Chooser& chooser);
/// In 1 of 40 moments of a long actor a short one must not look, which does that at its second
/// step: "seen".
Run moment(Chooser& chooser);
/// Of two waiters one is woken. The second wakes the first; the first wakes nobody: "stuck".
Run wrong_waiter(Chooser& chooser);
/// One waits for another's third step by looking for it again and again. There is no mistake in it.
Run polite(Chooser& chooser);

/// A step that always does the same.
Step always(std::function<void()> act);

}  // namespace streamtest::toy

#endif
