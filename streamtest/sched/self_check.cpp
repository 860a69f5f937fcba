#include <streamtest/sched/sched.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace streamtest::sched {
namespace {

/// A missed wake-up: what is waited for is looked at under another lock than the wait is under.
void miss_a_wake_up() {
  std::mutex looking;
  std::mutex waiting;
  std::condition_variable changed;
  bool ready = false;
  std::thread reader([&] {
    for (;;) {
      {
        const std::lock_guard lock(looking);
        if (ready) return;
      }
      std::unique_lock lock(waiting);
      changed.wait(lock);
    }
  });
  {
    const std::lock_guard lock(looking);
    ready = true;
  }
  changed.notify_all();
  reader.join();
}

}  // namespace

std::string self_check() {
  constexpr std::string_view not_controlled = "this build is not under control: ";
  if (!available())
    return std::string(not_controlled) +
           "the libraries that it uses don't find the executable's own thread functions";
  const Report report = explore({.schedules = 200}, miss_a_wake_up);
  if (report.verdict == Verdict::deadlock && report.replayed > 0) return "";
  return std::string(not_controlled) + "a missed wake-up that was planted wasn't found in " +
         std::to_string(report.schedules) + " schedules" +
         (report.message.empty() ? "" : "; " + report.message);
}

}  // namespace streamtest::sched
