#include <streamtest/sched/expect.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace {

using streamtest::ThreadVerdict;
using streamtest::sched::Options;
using streamtest::sched::Report;

/// Adds by a load and a store, or as one should.
void count(bool right) {
  std::atomic<int> value = 0;
  const auto add = [&] {
    if (right)
      ++value;
    else
      value = value + 1;
  };
  {
    std::jthread first(add);
    std::jthread second(add);
  }
  if (value != 2) throw std::runtime_error("one is lost");
}

/// A list without a lock; the broken one doesn't look whether the head is still the one it read.
void push_to_list(bool right) {
  struct Node {
    Node* next = nullptr;
  };
  std::atomic<Node*> head = nullptr;
  Node nodes[2];
  const auto push = [&](Node& node) {
    node.next = head;
    if (!right)
      head = &node;
    else
      while (!head.compare_exchange_weak(node.next, &node)) {
      }
  };
  {
    std::jthread first([&] { push(nodes[0]); });
    std::jthread second([&] { push(nodes[1]); });
  }
  int length = 0;
  for (const Node* node = head; node != nullptr; node = node->next) ++length;
  if (length != 2) throw std::runtime_error("a node is lost");
}

void spin_until_set() {
  std::atomic<bool> ready = false;
  std::atomic<int> value = 0;
  std::jthread writer([&] {
    value.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    ready.store(true, std::memory_order_relaxed);
  });
  while (!ready) {
  }
  if (value != 1) throw std::runtime_error("set too early");
}

TEST(Atomics, ArePoints) {
  for (void (*const body)(bool) : {count, push_to_list}) {
    const Report report = streamtest::sched::explore({}, [&] { body(false); });
    EXPECT_EQ(report.verdict, ThreadVerdict::failed) << report.text();
    EXPECT_EQ(report.replayed, 3U) << report.text();
    STREAMTEST_EXPECT_SCHEDULES(Options{}, { body(true); });
  }
}

TEST(Atomics, ThatAreSpunOnLetTheOthersGoOn) {
  constexpr Options options{.schedules = 500};
  STREAMTEST_EXPECT_SCHEDULES(options, { spin_until_set(); });
}

}  // namespace
