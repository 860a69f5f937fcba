#ifndef STREAMTEST_SCHED_ACTOR_HPP
#define STREAMTEST_SCHED_ACTOR_HPP

#include <streamtest/schedule/chooser.hpp>

#include <poll.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

// The model that a run decides by: actors, what each is about to do, and the objects they do it to.

namespace streamtest::sched::detail {

class Run;
struct Participant;

/// Virtual nanoseconds since the run began.
using Time = std::int64_t;
constexpr Time never = std::numeric_limits<Time>::max();
/// No deadline is later, in 146 years: virtual time gets there and on without an overflow.
constexpr Time latest = never / 2;

/// A lock, a condition, a word that somebody waits on, …: whatever stands at one address, for as
/// long as we believe it to be the same thing.
struct Object {
  enum class Kind {
    unknown,
    lock,
    shared_lock,
    file,
    condition,
    word,
    once,
    semaphore,
    descriptor,
    atomic,
    actor
  };

  const void* address = nullptr;
  std::uint32_t number = 0;
  Kind kind = Kind::unknown;
  Participant* owner = nullptr;       ///< of a lock, exclusively; who runs a once
  unsigned depth = 0;                 ///< of a recursive lock
  bool tried = false;                 ///< somebody looks whether it is free without waiting for it
  std::vector<Participant*> sharers;  ///< of a shared lock; once for each time
  std::vector<Participant*> waiters;  ///< on a condition or word, the longest waiting first
};

/// What must be so for an actor's next move to be possible.
enum class Need {
  nothing,
  lock,        ///< the lock is free
  shared,      ///< nobody has the lock exclusively
  exclusive,   ///< nobody has the lock at all
  woken,       ///< a notification, then `lock` if there is one
  actor_end,   ///< the other actor ended
  once,        ///< nobody runs it
  time,        ///< the deadline
  descriptor,  ///< poll() says ready
  semaphore,   ///< its value isn't 0
  settled,     ///< no other actor can move
};

/// An actor's next move: what it needs, and what it is called.
struct Step {
  Need need = Need::nothing;
  std::string_view operation;
  Object* object = nullptr;  ///< that it touches
  Object* lock = nullptr;    ///< that it needs as well
  Time deadline = never;
  Participant* target = nullptr;
  std::uint32_t bits = ~0U;  ///< of a wait on a word
  const pollfd* descriptors = nullptr;
  nfds_t descriptor_count = 0;
  int descriptor = -1;   ///< that is told
  bool passive = false;  ///< looks without changing anything: a yield, a clock, a load
  bool loads = false;    ///< passively, from memory
  // Set while it waits.
  bool woken = false;
  bool may_end_early = false;
  bool early_is_late = false;  ///< to end early is to time out; otherwise it is spurious
  std::uint64_t early_since = 0;
  bool ended_early = false;
  bool outside = false;  ///< the lock is held by a thread that isn't ours

  /// What the move touches, by number: the lock if there is one, for that is contended.
  std::uint32_t touches() const {
    return lock != nullptr ? lock->number : object != nullptr ? object->number : 0;
  }
};

/// Passive steps in a row, by their weight, before an actor lets all others go first. More than an
/// atomic wait makes before it sleeps, for else it would never be seen to sleep: 16 loads, which
/// may be points, and 4 yields.
constexpr unsigned looks_until_it_gives_way = 40;
constexpr unsigned weight_of_a_yield = 5;

/// One thread of a run.
struct Participant {
  static constexpr std::uint64_t not_possible = std::numeric_limits<std::uint64_t>::max();

  explicit Participant(Run& in, Actor number) : run(&in), actor(number) {}

  Run* run;
  Actor actor;
  std::function<void*()> start;
  std::atomic<std::uint32_t> baton = 0;
  std::atomic<int> kernel_id = 0;
  pthread_t handle{};
  pthread_mutex_t held_to_the_end{};  ///< robust: who gets it knows that the thread has exited
  Object* self = nullptr;
  bool ended = false;
  bool released = false;  ///< joined or detached

  Step step;
  std::uint64_t possible_since = not_possible;
  unsigned looks = 0;        ///< weight of the passive steps in a row
  unsigned clock_reads = 0;  ///< since it last waited for anything
  /// The progress that there was when it gave way to the others; until there is more it isn't its
  /// turn.
  std::uint64_t gave_way_at = not_possible;
  std::uintptr_t stack_begin = 0;
  std::uintptr_t stack_end = 0;
  std::vector<std::uintptr_t> frames;  ///< of its next step, if the run is traced
};

}  // namespace streamtest::sched::detail

#endif
