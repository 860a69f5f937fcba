#include "events.hpp"

#include <gtest/gtest.h>
#include <persistedstream/bell.hpp>

#include <atomic>
#include <thread>

namespace persistedstream {
namespace {

constexpr std::chrono::hours long_enough{1};

TEST(Bell, WakesWhoWaitsThroughAnotherMapping) {
  const events::Folder folder;
  Bell here(folder.file("bell"));
  Bell there(folder.file("bell"));
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t seen = here.rings();
    std::thread ringer([&] { there.ring(); });
    while (here.rings() == seen) here.wait(seen, long_enough, {});
    ringer.join();
  }
}

TEST(Bell, DoesNotWaitIfItWasRungSinceTheLook) {
  const events::Folder folder;
  Bell bell(folder.file("bell"));
  const std::uint32_t seen = bell.rings();
  bell.ring();
  bell.wait(seen, long_enough, {});
  EXPECT_EQ(bell.rings(), seen + 1);
}

// The next three hang if they fail, and the tests' time limit tells.

TEST(Bell, AStopEndsTheWait) {
  const events::Folder folder;
  Bell bell(folder.file("bell"));
  for (int i = 0; i < 1000; ++i) {
    std::jthread waiter([&](const std::stop_token& token) {
      while (!token.stop_requested()) bell.wait(bell.rings(), long_enough, token);
    });
  }
}

TEST(Bell, TheLongestTimeEndsTheWait) {
  const events::Folder folder;
  Bell bell(folder.file("bell"));
  const std::uint32_t seen = bell.rings();
  bell.wait(seen, std::chrono::milliseconds(1), {});
  EXPECT_EQ(bell.rings(), seen) << "nobody has rung it";
}

TEST(Bell, AStirWakesAndIsNoRing) {
  const events::Folder folder;
  Bell bell(folder.file("bell"));
  const std::uint32_t seen = bell.rings();
  std::atomic<bool> woken = false;
  std::thread waiter([&] {
    bell.wait(seen, long_enough, {});
    woken = true;
  });
  while (!woken) bell.stir();
  waiter.join();
  EXPECT_EQ(bell.rings(), seen);
}

TEST(Bell, AFileThatCannotBeMadeIsNamed) {
  const events::Folder folder;
  try {
    const Bell bell(folder.file("no-folder") / "bell");
    FAIL();
  } catch (const std::system_error& failure) {
    EXPECT_NE(std::string(failure.what()).find("no-folder/bell"), std::string::npos);
  }
}

}  // namespace
}  // namespace persistedstream
