#ifndef STREAMTEST_SCHEDULE_CHOOSER_HPP
#define STREAMTEST_SCHEDULE_CHOOSER_HPP

#include <cstddef>
#include <cstdint>
#include <span>

// Who decides what happens next in a run whose order is ours: threads under control
// (streamtest/sched) or handlers on a simulated context (streamtest/simulation).

namespace streamtest {

/// Who can act in a run: a thread, or everything that one executor runs. Numbered from 0 by first
/// use and never by address, so that the same schedule gives the same numbers.
using Actor = std::uint32_t;

/// One thing that could happen next: the actor goes on to where it can be interrupted again.
struct Move {
  Actor actor = 0;
  /// Rises with the time at which this move became possible: the number of moves made before, or a
  /// number of its own. It counts for FIFO, and with the actor it names the move for as long as it
  /// is possible.
  std::uint64_t since = 0;
  /// What it touches, numbered from 1 by first use: a lock, a condition, an atomic; 0 if that isn't
  /// known. Two moves of different actors on one object may mean something else in another order.
  std::uint32_t object = 0;
};

/// Decides. Called in one thread at a time; what it answers depends on what it was asked before and
/// on its seed alone.
class Chooser {
 public:
  Chooser() = default;
  Chooser(const Chooser&) = delete;
  Chooser& operator=(const Chooser&) = delete;
  virtual ~Chooser() = default;

  /// The index of the move that is made, out of one or more. The first is the one that changes
  /// least: the actor that moved last, if it can; else, like the rest, by rising number from that
  /// actor on, around.
  virtual std::size_t choose(std::span<const Move> moves) = 0;
  /// One of `count` alternatives that aren't moves: which waiter a notify_one wakes, say. 0 is the
  /// usual one.
  virtual std::size_t pick(std::size_t count) = 0;
};

}  // namespace streamtest

#endif
