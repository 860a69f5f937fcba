#include <streamtest/sched/interpose.hpp>

#include <algorithm>

// Sleeps and clocks. Every run begins at the same time, so that what depends on it replays.

namespace streamtest::sched::detail {

const char clocks_are_linked = 0;

namespace {

constexpr Time second = 1'000'000'000;

Time read_for_real(clockid_t clock) {
  timespec time{};
  real().clock_gettime(clock, &time);
  return time.tv_sec * second + time.tv_nsec;
}

/// When the first run began, by the clocks of the machine: what the program knew before is earlier.
struct Beginning {
  Time monotonic = read_for_real(CLOCK_MONOTONIC);
  Time boot = read_for_real(CLOCK_BOOTTIME);
  Time real = read_for_real(CLOCK_REALTIME);
};

const Beginning& beginning() {
  static const Beginning value;
  return value;
}

/// Null for clocks that aren't of the wall or the machine, as those that count a process's work.
const Time* beginning_on(clockid_t clock) {
  switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
      return &beginning().monotonic;
    case CLOCK_BOOTTIME:
      return &beginning().boot;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return &beginning().real;
    default:
      return nullptr;
  }
}

Time nanoseconds(const timespec& time) {
  return time.tv_sec >= latest / second ? latest : time.tv_sec * second + time.tv_nsec;
}

void sleep_until(Participant& me, Time deadline, const void* caller) {
  me.run->set_met_a_point();
  me.run->arrive(me, {.need = Need::time, .operation = "sleep", .deadline = deadline}, caller);
}

/// Who waits for 146 years waits forever.
Time later(const Run& run, Time duration) {
  return duration >= latest - run.now() ? never : run.now() + std::max<Time>(duration, 0);
}

/// The time, by one who looks at the clock. Who does so again and again without waiting for
/// anything lets the others go first, and finds that more and more time has gone by.
Time look(Participant& me, const void* caller) {
  const Inside inside(me);
  if (me.looks + weight_of_a_yield >= looks_until_it_gives_way)
    me.run->arrive(me, {.operation = "read clock", .passive = true}, caller);
  else
    me.looks += weight_of_a_yield;
  me.run->clock_was_read(me);
  return me.run->now();
}

}  // namespace

Time on_clock(clockid_t clock, const timespec& time) {
  const Time* const begin = beginning_on(clock);
  const Time there = nanoseconds(time);
  if (there == latest) return never;
  return begin == nullptr ? 0 : std::max<Time>(there - *begin, 0);
}

Time in(const Run& run, const timespec& duration) {
  return later(run, nanoseconds(duration));
}

}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int sched_yield() noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().sched_yield();
  const Inside inside(*me);
  me->run->set_met_a_point();
  me->run->arrive(*me, {.operation = "yield", .passive = true}, STREAMTEST_SCHED_CALLER);
  return 0;
}

int nanosleep(const timespec* duration, timespec* rest) {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*duration)) return real().nanosleep(duration, rest);
  const Inside inside(*me);
  sleep_until(*me, in(*me->run, *duration), STREAMTEST_SCHED_CALLER);
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* rest) {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*time) || beginning_on(clock) == nullptr)
    return real().clock_nanosleep(clock, flags, time, rest);
  const Inside inside(*me);
  const bool absolute = (flags & TIMER_ABSTIME) != 0;
  sleep_until(*me, absolute ? on_clock(clock, *time) : in(*me->run, *time),
              STREAMTEST_SCHED_CALLER);
  return 0;
}

int usleep(useconds_t microseconds) {
  Participant* const me = self;
  if (me == nullptr) return real().usleep(microseconds);
  const Inside inside(*me);
  sleep_until(*me, later(*me->run, Time{microseconds} * 1000), STREAMTEST_SCHED_CALLER);
  return 0;
}

unsigned sleep(unsigned seconds) {
  Participant* const me = self;
  if (me == nullptr) return real().sleep(seconds);
  const Inside inside(*me);
  sleep_until(*me, later(*me->run, Time{seconds} * second), STREAMTEST_SCHED_CALLER);
  return 0;
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().clock_gettime(clock, time);
  const Time* const begin = beginning_on(clock);
  if (begin == nullptr) return real().clock_gettime(clock, time);
  const Time now = *begin + look(*me, STREAMTEST_SCHED_CALLER);
  *time = {now / second, now % second};
  return 0;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().gettimeofday(time, zone);
  const Time now = beginning().real + look(*me, STREAMTEST_SCHED_CALLER);
  *time = {now / second, now % second / 1000};
  return 0;
}

time_t time(time_t* time) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().time(time);
  const Time now = beginning().real + look(*me, STREAMTEST_SCHED_CALLER);
  if (time != nullptr) *time = now / second;
  return now / second;
}
}
