#ifndef STREAMTEST_EXPLORE_PLAYER_HPP
#define STREAMTEST_EXPLORE_PLAYER_HPP

#include <streamtest/explore/model.hpp>
#include <streamtest/explore/program.hpp>
#include <streamtest/subject/bench.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace streamtest {

/// A read that takes longer may be stuck.
inline constexpr std::chrono::nanoseconds least_waiting = std::chrono::milliseconds(100);

/// How long a run waits for a read.
struct Waiting {
  /// For it to return, or to come to where it waits, so that most of the time what follows finds it
  /// there and a program does the same each time. Nothing is concluded from it.
  std::chrono::nanoseconds moment;
  std::chrono::nanoseconds usual;     ///< for one that must return, before it is taken for stuck
  std::chrono::nanoseconds patience;  ///< before that is said to break the rule that is looked at
  std::string rule;
};

/// A stream that was there before the program.
struct Survived {
  Trial* trial = nullptr;
  std::vector<Logged> events = {};    ///< all that it holds
  std::shared_ptr<void> keeper = {};  ///< of the trial and of what it needs
};

/// Lets a process append to a fresh stream, kills it and opens the stream here. What it appends and
/// when it is killed follow from `choice`. Throws what the case throws if that alone breaks its
/// rule.
using KillAndOpen = std::function<Survived(std::uint64_t choice)>;

/// What came of a program.
struct Played {
  /// The commands that did something, and those that were added so that every read ends; up to the
  /// breach, if there is one. It can be run itself, and does the same.
  Program program;
  std::vector<PlayedCommand> steps;
  std::vector<std::string> type_names;
  std::optional<Breach> breach;
  std::string message;    ///< what was expected and what was seen
  std::size_t slot = 0;   ///< the breach's cursor
  std::size_t began = 0;  ///< the command where its last read began
  std::vector<Operation> history;
  std::chrono::nanoseconds longest_return{0};
  std::uint64_t judged = 0;  ///< reads, opens, closes, …
  Situations situations;     ///< that it came to
};

/// Runs the program on a fresh stream and lets the model judge. Reads that are still pending at the
/// end get an event of their own, a sentinel, or are cancelled where no event can reach them.
/// Throws what the harness throws, and what `kill` throws, which is called if the program begins
/// so.
Played play(Bench& bench, const Program& program, const Waiting& waiting,
            const KillAndOpen& kill = {});

}  // namespace streamtest

#endif
