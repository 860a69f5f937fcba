#ifndef STREAMTEST_CERTIFY_WATCHDOG_HPP
#define STREAMTEST_CERTIFY_WATCHDOG_HPP

#include <streamtest/history/history.hpp>
#include <streamtest/subject/bench.hpp>

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
/// to end the process. `alive`, if given, is called there too, every second at the most, when there
/// was progress, and perhaps once just after disarm().
///
/// arm() and disarm() are called by one thread. Destroying it stops and joins its thread.
class Watchdog {
 public:
  using Bark = std::function<void(const std::string& pending)>;

  Watchdog(std::shared_ptr<History> history, std::chrono::nanoseconds limit, Bark bark,
           std::function<void()> alive = {});
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
  std::function<void()> alive_;
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

/// How long a watchdog waits: a stuck read is given its patience, and its tidying up another. At
/// least three seconds, for the kit too does nothing now and then.
std::chrono::nanoseconds watchdog_limit(const Settings& settings, const Capabilities& claims);

}  // namespace streamtest

#endif
