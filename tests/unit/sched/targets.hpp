#ifndef TESTS_UNIT_SCHED_TARGETS_HPP
#define TESTS_UNIT_SCHED_TARGETS_HPP

// Small programs that are wrong in one schedule of many, each with what makes it right. They are
// what an implementer would write: nothing in them knows of controlled threads.

namespace targets {

// What hangs, or throws, if `right` is false.
void missed_wake_up(bool right);      ///< what is waited for changes outside the lock
void close_against_next(bool right);  ///< closed is looked at before the lock is taken
void two_locks(bool right);           ///< taken in opposite order
void shared_condition(bool right);    ///< notify_one reaches one who waits for something else
void time_out_against_append(
    bool right);                 ///< needs early time-outs: the event is there, and dropped
void long_prefix(bool right);    ///< needs one actor to go on for long, and then not at all
void atomic_wait(bool right);    ///< notified before the value is stored
void stop_callback(bool right);  ///< stop is asked for between the look and the wait

// Correct, and made of other means.
void shared_mutex();
void latch_and_semaphore();
void call_once_and_async();
void recursive_and_timed_mutex();
void semaphores_of_posix();

}  // namespace targets

#endif
