#ifndef STREAMTEST_SCHED_INTERPOSE_HPP
#define STREAMTEST_SCHED_INTERPOSE_HPP

#include <streamtest/sched/real.hpp>
#include <streamtest/sched/run.hpp>

// For the files that define functions of glibc's names. Each such function forwards at once unless
// the thread is an actor; then it is a step of the run.

/// Where in the program the interposed function was called.
#define STREAMTEST_SCHED_CALLER __builtin_return_address(0)

namespace streamtest::sched::detail {

// Virtual time, clocks.cpp.
/// The run's time of a point in time on that clock; the past is 0.
Time on_clock(clockid_t clock, const timespec& time);
Time in(const Run& run, const timespec& duration);
inline bool is_valid(const timespec& time) {
  return time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000;
}

/// Robust, priority-inheriting and priority-protected mutexes aren't modelled.
inline bool is_usual(const pthread_mutex_t* mutex) {
  return (mutex->__data.__kind & 0x70) == 0;
}
/// Nothing tells when such a lock is free: who wants it looks again and again, and lets the others
/// go on.
int lock_unmodelled(Participant& me, pthread_mutex_t* mutex, const void* caller);
// Takes the lock for the actor, for real and in the model, when it can; 0 or the error.
int acquire(Participant& me, Object& lock, Step step, const void* caller);
/// What is written in the model when an actor gives up a lock that it owns, however often.
void release(Object& lock);

// A static library hands over only those of its files that define something that is asked for, and
// what libstdc++ alone asks for doesn't count. So the engine names each of these.
extern const char clocks_are_linked;
extern const char conditions_are_linked;
extern const char input_is_linked;
extern const char locks_are_linked;
extern const char shared_locks_are_linked;
extern const char threads_are_linked;
extern const char words_are_linked;

}  // namespace streamtest::sched::detail

#endif
