#include <streamtest/sched/real.hpp>
#include <streamtest/sched/run.hpp>

#include <sys/syscall.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

// Whoever sanitizes addresses looks for leaks on the stacks of threads.
extern "C" [[gnu::weak]] void __lsan_do_leak_check();

namespace streamtest::sched::detail {

namespace {

/// A shrinker leaves some hundred stuck runs, and a process has room for the stacks of 32,000
/// threads. The newest stay, for a debugger.
constexpr std::size_t most_threads = 200;

struct LeftBehind {
  std::mutex mutex;
  std::deque<std::shared_ptr<Run>> runs;
  std::size_t threads = 0;
};

LeftBehind& left_behind() {
  static auto& value = *new LeftBehind;  // outlives static destructors, for the threads do
  return value;
}

std::size_t threads_of(Run& run) {
  return static_cast<std::size_t>(
      std::ranges::count(run.participants(), false, &Participant::ended));
}

/// The threads end at once, without a destructor of the program's: what is on their stacks and what
/// it owns was lost anyway. That holds for what the body owns too: to destroy a stream would be to
/// join threads of its that are gone.
void let_go(Run& run) {
  static auto& owned = *new std::deque<std::function<void*()>>;
  for (Participant& one : run.participants()) {
    owned.push_back(std::move(one.start));
    if (one.ended) {
      if (!one.released) real().pthread_join(one.handle, nullptr);
      continue;
    }
    one.baton.store(leave, std::memory_order_release);
    awake(one.baton);
    // It looks at its baton until it is gone.
    for (std::uint32_t baton = leave; baton != leaving; baton = one.baton.load())
      sleep_on(one.baton, baton);
    await_exit(one);
    real().pthread_join(one.handle, nullptr);
  }
}

}  // namespace

void Run::note_asleep(std::size_t threads) {
  asleep_.clear();
  for (std::size_t i = 0; i < threads; ++i) asleep_.emplace_back();
}

void sleep_forever(Participant& me) {
  for (;;) {
    const std::uint32_t baton = me.baton.load(std::memory_order_acquire);
    if (baton == leave) {
      real().pthread_mutex_lock(&me.held_to_the_end);
      me.baton.store(leaving);
      awake(me.baton);
      real().syscall(SYS_exit, 0L);
    }
    sleep_on(me.baton, baton);
  }
}

void leave_behind(std::shared_ptr<Run> run, const WaiterCounts& before) {
  if (!run->is_lost()) before.restore();
  LeftBehind& left = left_behind();
  const std::lock_guard lock(left.mutex);
  run->note_asleep(threads_of(*run));
  left.threads += threads_of(*run);
  left.runs.push_back(std::move(run));
  if (__lsan_do_leak_check != nullptr) return;
  while (left.threads > most_threads && left.runs.size() > 1) {
    const std::shared_ptr<Run> oldest = std::move(left.runs.front());
    left.runs.pop_front();
    // A thread that we don't see can't be told to end.
    if (oldest->is_lost()) {
      static auto& lost = *new std::deque<std::shared_ptr<Run>>;
      lost.push_back(oldest);
      continue;
    }
    const std::size_t threads = threads_of(*oldest);
    let_go(*oldest);
    oldest->note_asleep(0);
    left.threads -= threads;
  }
}

}  // namespace streamtest::sched::detail
