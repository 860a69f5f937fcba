#include "runs.hpp"

#include <streamtest/schedule/process_threads.hpp>

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;
using streamtest::ThreadOutcome;
using streamtest::ThreadVerdict;

/// A thread from outside wakes ours about so long after it waits, and is gone at once.
ThreadOutcome woken_from_outside(std::chrono::nanoseconds later) {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> waits = false;
  bool done = false;
  std::jthread outside([&] {
    while (!waits) std::this_thread::yield();
    const auto until = std::chrono::steady_clock::now() + later;
    while (std::chrono::steady_clock::now() < until) {
    }
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  });
  return run_plainly(
      [&] {
        std::unique_lock lock(mutex);
        waits = true;
        while (!done) changed.wait(lock);
      },
      {.grace = 10s});
}

/// Ends the process: with 0 if a thread from outside woke ours each time and was counted.
void be_woken_from_outside(int times) {
  for (int i = 0; i < times; ++i) {
    const ThreadOutcome outcome = woken_from_outside(std::chrono::nanoseconds(i * 20));
    if (outcome.verdict == ThreadVerdict::ok && outcome.uncontrolled > 0) continue;
    std::fprintf(stderr, "time %d, counted %llu: %s\n", i,
                 static_cast<unsigned long long>(outcome.uncontrolled), outcome.message.c_str());
    std::_Exit(1);
  }
  std::_Exit(0);
}

// In a process of its own: in this one the threads that other tests left behind count as ours.
// Each time a little later: one that told something and was gone before its run counted the threads
// was once missed.
TEST(Outside, ThreadsMayWakeOursAndAreCounted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(be_woken_from_outside(1000), testing::ExitedWithCode(0), "");
}

/// Ends the process: with 0 if somebody who comes by every 20 ms isn't waited for where time is
/// virtual, and is where it is real, and a bystander nowhere; and if a run tells that it had too
/// little real time.
void be_called_on_now_and_then() {
  std::mutex mutex;
  std::condition_variable changed;
  const auto body = [&] {
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, 1s) == std::cv_status::timeout) throw std::runtime_error("nobody");
  };
  const auto run = [&](std::chrono::nanoseconds real_time) {
    return run_plainly(body, {.real_time = real_time});
  };
  const auto require = [](bool right, const char* what, const ThreadOutcome& outcome) {
    if (right) return;
    std::fprintf(stderr, "%s: %s, %s, waited %lld\n", what, to_string(outcome.verdict).data(),
                 outcome.message.c_str(), static_cast<long long>(outcome.waited.count()));
    std::_Exit(1);
  };
  // A thread that does nothing yet, and is a bystander first.
  std::atomic<bool> calls = false;
  auto bystander = std::make_unique<streamtest::Bystander>();
  const std::jthread caller([&](const std::stop_token& token) {
    while (!token.stop_requested()) {
      ::poll(nullptr, 0, 20);
      if (calls) changed.notify_all();
    }
  });
  const ThreadOutcome alone = run(10s);
  require(alone.verdict == ThreadVerdict::failed && alone.waited == 0ns, "bystander", alone);
  bystander.reset();
  const ThreadOutcome quick = run(0s);
  require(quick.verdict == ThreadVerdict::failed && quick.uncontrolled == 0, "virtual", quick);
  const ThreadOutcome too_short = run(100ms);
  require(too_short.verdict == ThreadVerdict::failed && too_short.uncontrolled > 0, "too short",
          too_short);
  calls = true;
  const ThreadOutcome in_time = run(10s);
  require(in_time.verdict == ThreadVerdict::ok && in_time.uncontrolled > 0, "real", in_time);
  std::_Exit(0);
}

TEST(Outside, ThreadsAreWaitedForWhereTimeIsReal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(be_called_on_now_and_then(), testing::ExitedWithCode(0), "");
}

}  // namespace
