#ifndef STREAMTEST_SCHEDULE_PROCESS_THREADS_HPP
#define STREAMTEST_SCHEDULE_PROCESS_THREADS_HPP

#include <cstddef>

// Which threads of a process may do something that a run of others waits for.

namespace streamtest {

/// The number of threads that this process has now; 0 where the system doesn't say.
std::size_t threads_of_this_process();

/// For as long as it lives, one thread of the process does nothing that a program in a run could
/// wait for: it watches, is idle, or is stuck for good. Runs don't count it among those from
/// outside. Thread-safe; not to be made by a thread of a run, which is counted already.
class Bystander {
 public:
  Bystander() noexcept;
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;
  ~Bystander();

  /// How many there are.
  static std::size_t count() noexcept;
};

}  // namespace streamtest

#endif
