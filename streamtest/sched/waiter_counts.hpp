#ifndef STREAMTEST_SCHED_WAITER_COUNTS_HPP
#define STREAMTEST_SCHED_WAITER_COUNTS_HPP

#include <array>
#include <cstddef>

namespace streamtest::sched::detail {

/// How many threads wait for atomics. libstdc++ counts them in sixteen places of a process, by the
/// address of what they wait for, and makes a call for a notification only where somebody is
/// counted. Threads that a run leaves behind in their waits would be counted for ever: the next
/// runs would differ by where their atomics lie, and all of them from those of a new process, in
/// which a counterexample is replayed.
/// Source: <bits/atomic_wait.h> of gcc 11 to 15; in later ones it can't be reached, and isn't put
/// right.
class WaiterCounts {
 public:
  /// As they are.
  WaiterCounts();

  /// As they were. Threads that have begun to wait since then must be left behind: one that is no
  /// part of the run is taken off as well, and may miss its notification.
  void restore() const;

 private:
  static constexpr std::size_t places = 16;
  std::array<int, places> counts_{};
};

}  // namespace streamtest::sched::detail

#endif
