#include <streamtest/certify/watchdog.hpp>

#include <gtest/gtest.h>

#include <condition_variable>

namespace streamtest {
namespace {

/// Where a bark is waited for.
class Ear {
 public:
  Watchdog::Bark bark() {
    return [this](const std::string& pending) {
      std::lock_guard lock(mutex_);
      heard_ = pending;
      changed_.notify_all();
    };
  }
  std::string wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !heard_.empty(); });
    return heard_;
  }
  bool heard() {
    std::lock_guard lock(mutex_);
    return !heard_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string heard_;
};

TEST(Watchdog, BarksWithEachPendingOperation) {
  auto history = std::make_shared<History>();
  history->invoke("close", "case", "c3", "");
  Ear ear;
  Watchdog watchdog(history, std::chrono::milliseconds(50), ear.bark());
  watchdog.arm();
  EXPECT_EQ(ear.wait(), "  c3.close() by case, pending for 0 s\n");
}

TEST(Watchdog, SaysSoWhenTheCaseItselfHangs) {
  Ear ear;
  Watchdog watchdog(std::make_shared<History>(), std::chrono::milliseconds(50), ear.bark());
  watchdog.arm();
  EXPECT_NE(ear.wait().find("the case itself"), std::string::npos);
}

TEST(Watchdog, IsQuietWhileItIsNotArmed) {
  auto history = std::make_shared<History>();
  Ear quiet;
  Ear loud;
  Watchdog unarmed(history, std::chrono::milliseconds(20), quiet.bark());
  Watchdog armed(history, std::chrono::milliseconds(100), loud.bark());
  unarmed.arm();
  unarmed.disarm();
  armed.arm();
  (void)loud.wait();  // five times the limit of the other one has passed by now
  EXPECT_FALSE(quiet.heard());
}

TEST(Watchdog, SaysThatSomethingHappensWhileItIsArmed) {
  auto history = std::make_shared<History>();
  Ear alive;
  Ear bark;
  Watchdog watchdog(history, std::chrono::seconds(60), bark.bark(),
                    [tell = alive.bark()] { tell("alive"); });
  watchdog.arm();
  history->invoke("close", "case", "c3", "");
  EXPECT_EQ(alive.wait(), "alive");
  EXPECT_FALSE(bark.heard());
}

TEST(Watchdog, WaitsAsLongAsAnEventMayTake) {
  using std::chrono::seconds;
  Settings settings;
  EXPECT_EQ(watchdog_limit(settings, {}), seconds(30));
  EXPECT_EQ(watchdog_limit(settings, {.staleness = seconds(45)}), seconds(135));
  settings.patience = std::chrono::milliseconds(300);
  EXPECT_EQ(watchdog_limit(settings, {}), seconds(3));
  settings.time_scale = 5;
  EXPECT_EQ(watchdog_limit(settings, {}), std::chrono::milliseconds(4500));
}

}  // namespace
}  // namespace streamtest
