#include <streamtest/sched/interpose.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstdarg>

// libstdc++ waits on words of memory, for its atomics, latches, semaphores and stop callbacks,
// through syscall(), in its headers as in its library.

namespace streamtest::sched::detail {

const char words_are_linked = 0;

namespace {

using Arguments = std::array<long, 6>;

long forward(long number, const Arguments& given) {
  return real().syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

Time deadline_of(const Run& run, const Arguments& given) {
  const auto* const time = reinterpret_cast<const timespec*>(given[3]);
  if (time == nullptr) return never;
  if ((given[1] & FUTEX_CMD_MASK) == FUTEX_WAIT) return in(run, *time);
  return on_clock((given[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, *time);
}

long wait_on_word(Participant& me, const Arguments& given, std::uint32_t bits, const void* caller) {
  Inside inside(me);
  Run& run = *me.run;
  auto* const word = reinterpret_cast<std::uint32_t*>(given[0]);
  Object& object = run.object(word, Object::Kind::word);
  run.arrive(me, {.operation = "wait on word", .object = &object}, caller);
  run.set_met_a_point();
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != static_cast<std::uint32_t>(given[2]))
    return inside.fails(EAGAIN);
  Step step{.need = Need::woken,
            .operation = "go on after wait",
            .object = &object,
            .deadline = deadline_of(run, given),
            .bits = bits};
  run.ask_early(step, false);
  object.waiters.push_back(&me);
  run.arrive(me, step, caller);
  std::erase(object.waiters, &me);
  return me.step.woken ? 0 : inside.fails(ETIMEDOUT);
}

/// Those of ours first; a real call wakes as many of the others as are left to be woken.
long wake_word(Participant& me, const Arguments& given, std::uint32_t bits, const void* caller) {
  Inside inside(me);
  Run& run = *me.run;
  Object& object = run.object(reinterpret_cast<const void*>(given[0]), Object::Kind::word);
  const auto count = static_cast<std::uint32_t>(given[2]);
  run.arrive(me, {.operation = count == 1 ? "wake one" : "wake all", .object = &object}, caller);
  run.set_met_a_point();
  auto woken = static_cast<long>(run.wake(object, count, bits));
  if (woken < count) {
    Arguments rest = given;
    rest[2] = given[2] - woken;
    woken += std::max(forward(SYS_futex, rest), 0L);
  }
  run.arrive(me, {.operation = "go on after wake"}, caller);
  return woken;
}

long futex(Participant* me, const Arguments& given, const void* caller) {
  const long command = given[1] & FUTEX_CMD_MASK;
  const bool wakes = command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET;
  const std::uint32_t bits = command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET
                                 ? static_cast<std::uint32_t>(given[5])
                                 : ~0U;
  if (me == nullptr) {
    if (wakes && run_is_active.load(std::memory_order_relaxed))
      tell_from_outside(reinterpret_cast<const void*>(given[0]),
                        static_cast<std::uint32_t>(given[2]));
    return forward(SYS_futex, given);
  }
  if (wakes) return wake_word(*me, given, bits, caller);
  if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
    return wait_on_word(*me, given, bits, caller);
  return forward(SYS_futex, given);
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

// It reads six arguments whoever passes fewer, as glibc's does.
__attribute__((no_sanitize("address", "undefined"))) long syscall(long number, ...) noexcept {
  std::va_list list;
  va_start(list, number);
  Arguments given{};
  for (long& each : given) each = va_arg(list, long);
  va_end(list);
  Participant* const me = self;
  if (number == SYS_futex) return futex(me, given, STREAMTEST_SCHED_CALLER);
  return forward(number, given);
}
}
