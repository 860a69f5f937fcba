#include <streamtest/sched/pinned.hpp>
#include <streamtest/sched/sched.hpp>
#include <streamtest/schedule/search.hpp>

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
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

/// Neither shrunk nor traced, as explore() would: it is the first thing that a process does, and
/// each stuck run leaves its threads behind.
std::string look_for_it() {
  constexpr std::uint64_t enough = 200;
  const detail::Pinned pinned;
  Outcome last;
  const RunProgram program = [&](Chooser& chooser) {
    last = run({.grace = std::chrono::milliseconds(1)}, chooser, miss_a_wake_up);
    return Run{.failure = last.verdict == Verdict::deadlock ? "deadlock" : "", .hash = last.hash};
  };
  std::uint64_t schedules = 0;
  const auto strategy = make_portfolio(1);
  const std::optional<Failing> found = search(
      *strategy, program,
      [&] { return schedules < enough && last.verdict != Verdict::lost_control; }, schedules);
  if (!found)
    return fmt::format("a missed wake-up that was planted wasn't found in {} schedules{}{}",
                       schedules, last.message.empty() ? "" : "; ", last.message);
  if (replays(*found, program, 1) == 0)
    return "a missed wake-up that was planted was found, and didn't come again in the same order";
  return "";
}

}  // namespace

std::string self_check() {
  if (!available())
    return "the libraries that it uses don't find the executable's own thread functions";
  try {
    return look_for_it();
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace streamtest::sched
