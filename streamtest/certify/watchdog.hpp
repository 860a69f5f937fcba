#ifndef STREAMTEST_CERTIFY_WATCHDOG_HPP
#define STREAMTEST_CERTIFY_WATCHDOG_HPP

#include <streamtest/history/history.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace streamtest {

/// Notices that nothing happens any more: a call that hangs where the kit can't wait for it with
/// patience, such as close or append. While armed, `bark` is called once, in the watchdog's thread,
/// with the pending operations as text, if the history made no progress for `limit`; it is expected
/// to end the process.
///
/// arm() and disarm() are called by one thread. Destroying it stops and joins its thread.
class Watchdog {
 public:
  using Bark = std::function<void(const std::string& pending)>;

  Watchdog(std::shared_ptr<History> history, std::chrono::nanoseconds limit, Bark bark);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void arm();
  void disarm();

 private:
  void watch();

  std::shared_ptr<History> history_;
  std::chrono::nanoseconds limit_;
  Bark bark_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool armed_ = false;
  bool quit_ = false;
  std::uint64_t seen_ = 0;
  std::chrono::steady_clock::time_point since_;
  std::thread thread_;
};

/// What is printed about a hang, and the text of the rule's verdict.
std::string hang_text(std::chrono::nanoseconds limit, const std::string& pending);

/// How long a watchdog waits: a stuck read is given its patience, and its tidying up another.
std::chrono::nanoseconds watchdog_limit(std::chrono::nanoseconds patience);

}  // namespace streamtest

#endif
