#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_PROCESS_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_PROCESS_HPP

#include <chrono>
#include <cstddef>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

// What this process has and uses, as the kernel counts it; and what must hold in it.

namespace network {

/// The figure behind a name in /proc/self/status; sizes are in KiB there.
inline std::size_t process_figure(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t figure = 0;
    if (word == name + ":" && status >> figure) return figure;
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

inline std::size_t threads() {
  return process_figure("Threads");
}

inline std::size_t resident_bytes() {
  return process_figure("VmRSS") * 1024;
}

/// Nobody waits longer for what must happen: what takes so long hangs.
constexpr std::chrono::seconds hang_bound{60};

/// False if it doesn't hold by then.
template <typename Condition>
bool holds_in_time(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + hang_bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Throws a std::runtime_error that says `otherwise` if it doesn't.
inline void must(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

}  // namespace network

#endif
