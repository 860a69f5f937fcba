#include <streamtest/sched/descriptors.hpp>
#include <streamtest/sched/real.hpp>
#include <streamtest/sched/run.hpp>

#include <algorithm>
#include <mutex>

// Threads that were there before the run, or were made behind our back, may wake ours.

namespace streamtest::sched::detail {

using namespace std::chrono_literals;

std::atomic<bool> run_is_active = false;

namespace {

struct Told {
  const void* address;
  std::size_t count;
};

// One for the process: who tells something knows no run.
std::mutex told_mutex;
std::vector<Told> told;
std::atomic<bool> something_told = false;

}  // namespace

void tell_from_outside(const void* address, std::size_t count) {
  const std::lock_guard lock(told_mutex);
  told.push_back({address, count});
  something_told.store(true, std::memory_order_release);
}

void clear_outside() {
  const std::lock_guard lock(told_mutex);
  told.clear();
  something_told.store(false, std::memory_order_release);
}

void Run::take_outside() {
  if (!something_told.load(std::memory_order_acquire)) return;
  std::vector<Told> taken;
  {
    const std::lock_guard lock(told_mutex);
    taken.swap(told);
    something_told.store(false, std::memory_order_release);
  }
  for (const Told& each : taken)
    if (const auto found = by_address_.find(each.address); found != by_address_.end())
      if (wake(*found->second, each.count) > 0) count_uncontrolled();
}

/// Something that isn't of this run can still make an actor's move possible, for all we can see.
bool Run::somebody_hears_outside() const {
  return std::ranges::any_of(participants_, [](const Participant& one) {
    if (one.ended) return false;
    if (one.step.outside) return true;
    if (one.step.need != Need::descriptor) return false;
    return std::any_of(one.step.descriptors, one.step.descriptors + one.step.descriptor_count,
                       [](const pollfd& each) { return hears_outside(each.fd); });
  });
}

bool Run::has_others() const {
  const std::size_t ours = live_ + (ending_ != nullptr ? 1 : 0) + 1;
  const std::size_t all = threads_of_this_process();
  return all == 0 || all > ours + Bystander::count();
}

/// For who can't go on before so much time is gone: true if there is somebody to wait for, and he
/// made it possible. Where there is no more real time, nobody knows whether he would have. What
/// goes on when the body has ended decides nothing.
bool Run::await_in_real_time(std::chrono::nanoseconds duration) {
  if (limits_.real_time == 0ns || participants_.front().ended || !has_others()) return false;
  const std::chrono::nanoseconds left = std::max(limits_.real_time - outcome_.waited, 0ns);
  if (await_outside(std::min(duration, left))) return true;
  if (duration > left) count_uncontrolled();
  return false;
}

bool Run::await_to_the_end() {
  const std::chrono::nanoseconds left =
      participants_.front().ended ? 0ns : limits_.real_time - outcome_.waited;
  const auto longest = std::max<std::chrono::nanoseconds>(limits_.grace, left);
  return await_outside(has_others() ? longest : 0ns);
}

bool Run::await_outside(std::chrono::nanoseconds longest) {
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    // Also for no time at all: a thread that was gone when they were counted may have told before.
    take_outside();
    collect();
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (!candidates_.empty() || waited >= longest) {
      if (longest > 0ns) outcome_.waited += waited;
      if (!candidates_.empty()) count_uncontrolled();
      return !candidates_.empty();
    }
    real().poll(nullptr, 0, 1);
  }
}

}  // namespace streamtest::sched::detail
