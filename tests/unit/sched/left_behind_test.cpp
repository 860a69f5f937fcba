#include "runs.hpp"
#include "targets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using streamtest::ThreadOutcome;
using streamtest::ThreadVerdict;

struct Shared {
  std::mutex mutex;
  std::condition_variable never;

  void wait() {
    std::unique_lock lock(mutex);
    never.wait(lock, [] { return false; });
  }
};

/// A body that leaves a thread of its own to itself, as one does that can't be joined, and then
/// gets stuck, or comes to its end.
void leave_a_thread(bool gets_stuck) {
  const auto shared = std::make_shared<Shared>();
  std::thread([shared] { shared->wait(); }).detach();
  std::thread([shared] { shared->wait(); }).detach();
  if (gets_stuck) shared->wait();
}

/// Writes into memory that has become free, as a program does that goes on.
void use_memory() {
  std::vector<std::unique_ptr<std::vector<char>>> blocks;
  for (std::size_t size = 64; size <= 16'384; size *= 2)
    for (int i = 0; i < 16; ++i)
      blocks.push_back(std::make_unique<std::vector<char>>(size, '\xff'));
}

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

class LeftBehind : public testing::TestWithParam<bool> {
 protected:
  static void leave_hundreds() {
    for (int i = 0; i < 150; ++i) {
      const ThreadOutcome outcome = run_plainly([] { leave_a_thread(GetParam()); });
      ASSERT_EQ(outcome.verdict, GetParam() ? ThreadVerdict::deadlock : ThreadVerdict::leaked)
          << "run " << i << ": " << outcome.message;
      use_memory();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Body, LeftBehind, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "stuck" : "ended");
});

// The oldest are let go while the process goes on: none may look at what was its run's afterwards.
TEST_P(LeftBehind, HundredsOfDetachedThreadsLeaveTheProcessWell) {
  ASSERT_NO_FATAL_FAILURE(leave_hundreds());
  EXPECT_EQ(run_randomly(100, [] { targets::shared_condition(true); }).verdict, ThreadVerdict::ok);
  bool ran = false;
  std::jthread([&] { ran = true; }).join();
  EXPECT_TRUE(ran);
}

// Whatever it is, threads that are gone may have used it.
TEST_P(LeftBehind, WhatTheBodyOwnsIsNotDestroyed) {
  static std::atomic<int> destroyed = 0;
  struct Owned {
    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { ++destroyed; }
  };
  for (int i = 0; i < 150; ++i)
    (void)run_plainly([owned = std::make_shared<Owned>()] { leave_a_thread(GetParam()); });
  EXPECT_EQ(destroyed, 0);
}

/// A process has room for 65,530; each stack takes two.
std::ptrdiff_t mappings() {
  std::ifstream maps("/proc/self/maps");
  return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
}

TEST_P(LeftBehind, StacksDoNotPileUp) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "all stay, for whoever looks for leaks on their stacks";
#endif
  ASSERT_NO_FATAL_FAILURE(leave_hundreds());
  const std::ptrdiff_t before = mappings();
  ASSERT_NO_FATAL_FAILURE(leave_hundreds());
  EXPECT_LT(mappings(), before + 100);
}

TEST_P(LeftBehind, ThreadsDoNotPileUp) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "all stay, for whoever looks for leaks on their stacks";
#endif
  ASSERT_NO_FATAL_FAILURE(leave_hundreds());
  const std::ptrdiff_t before = threads();
  ASSERT_NO_FATAL_FAILURE(leave_hundreds());
  EXPECT_LE(threads(), before + 3);
}

// libstdc++ makes a call for a notification where it counts a thread that waits, by the address:
// once a schedule with atomics, replayed in a new process, was another one there.
TEST(LeftBehindInItsWait, IsNotCountedAmongThoseWhoWait) {
  const auto moves_of_notifying = [] {
    return run_plainly([] {
             std::array<std::atomic<int>, 16> anywhere{};
             for (auto& each : anywhere) each.notify_one();
           })
        .moves;
  };
  const std::uint64_t before = moves_of_notifying();
  const ThreadOutcome stuck = run_plainly([] {
    const std::atomic<int> value = 0;
    value.wait(0);
  });
  ASSERT_EQ(stuck.verdict, ThreadVerdict::deadlock);
  EXPECT_EQ(moves_of_notifying(), before);
}

}  // namespace
