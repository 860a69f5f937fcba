#include <streamtest/sched/interpose.hpp>
#include <streamtest/sched/libraries.hpp>

// Mutexes. The model decides who gets one, and then it is taken for real as well: a thread from
// outside may hold it, and what the run leaves behind is as it would be.

namespace streamtest::sched::detail {

const char locks_are_linked = 0;

namespace {

int kind_of(const pthread_mutex_t* mutex) {
  return mutex->__data.__kind & 3;
}

int take_for_real(const Object& lock) {
  void* const address = const_cast<void*>(lock.address);
  if (lock.kind == Object::Kind::file)
    return real().ftrylockfile(static_cast<FILE*>(address)) == 0 ? 0 : EBUSY;
  return real().pthread_mutex_trylock(static_cast<pthread_mutex_t*>(address));
}

int take(Participant& me, Object& lock) {
  const int result = take_for_real(lock);
  if (result == 0) {
    lock.owner = &me;
    lock.depth = 1;
  }
  return result;
}

// Not inlined: outside a run, what stands before them must cost next to nothing.
[[gnu::noinline]] int lock_mutex(Participant& me, pthread_mutex_t* mutex, Time deadline,
                                 const void* caller) {
  const Inside inside(me);
  if (!is_usual(mutex)) return lock_unmodelled(me, mutex, caller);
  Object& lock = me.run->object(mutex, Object::Kind::lock);
  if (lock.owner == &me) {
    if (kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP) return EDEADLK;
    if (kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
      ++lock.depth;
      return real().pthread_mutex_lock(mutex);
    }
  }
  if (deadline != never) lock.tried = true;
  if (lock.owner == nullptr && is_of_sqlite(mutex) && take(me, lock) == 0) return 0;
  Step step{.need = Need::lock, .operation = "lock", .object = &lock, .deadline = deadline};
  me.run->ask_early(step, false);
  return acquire(me, lock, step, caller);
}

int try_mutex(Participant& me, pthread_mutex_t* mutex, const void* caller) {
  Object& lock = me.run->object(mutex, Object::Kind::lock);
  lock.tried = true;
  me.run->arrive(me, {.operation = "try lock", .object = &lock}, caller);
  const int result = real().pthread_mutex_trylock(mutex);
  if (result == 0) {
    lock.owner = &me;
    ++lock.depth;
  } else if (result == EBUSY && lock.owner == nullptr) {
    me.run->count_uncontrolled();
  }
  return result;
}

[[gnu::noinline]] int unlock_mutex(Participant& me, pthread_mutex_t* mutex, const void* caller) {
  if (!is_usual(mutex)) return real().pthread_mutex_unlock(mutex);
  const Inside inside(me);
  Object& lock = me.run->object(mutex, Object::Kind::lock);
  if (lock.owner != &me) return real().pthread_mutex_unlock(mutex);
  if (lock.depth > 1) {
    --lock.depth;
    return real().pthread_mutex_unlock(mutex);
  }
  // Only who doesn't wait for the lock could tell the difference.
  if (lock.tried) me.run->arrive(me, {.operation = "unlock", .object = &lock}, caller);
  release(lock);
  const int result = real().pthread_mutex_unlock(mutex);
  // The code up to the next operation needn't belong together with what was locked.
  if (!is_of_sqlite(caller)) me.run->arrive(me, {.operation = "go on after unlock"}, caller);
  return result;
}

}  // namespace

int lock_unmodelled(Participant& me, pthread_mutex_t* mutex, const void* caller) {
  for (Step step{.operation = "lock"};; step.passive = true) {
    me.run->arrive(me, step, caller);
    const int result = real().pthread_mutex_trylock(mutex);
    if (result != EBUSY) return result;
  }
}

int acquire(Participant& me, Object& lock, Step step, const void* caller) {
  for (;;) {
    me.run->arrive(me, step, caller);
    me.run->set_met_a_point();
    if (lock.owner == nullptr) {
      const int result = take(me, lock);
      if (result != EBUSY) return result;
    }
    if (me.step.ended_early || step.deadline <= me.run->now()) return ETIMEDOUT;
  }
}

void release(Object& lock) {
  lock.owner = nullptr;
  lock.depth = 0;
}

}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  Participant* const me = self;
  if (me == nullptr) [[likely]]
    return real().pthread_mutex_lock(mutex);
  return lock_mutex(*me, mutex, never, STREAMTEST_SCHED_CALLER);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_usual(mutex)) return real().pthread_mutex_trylock(mutex);
  const Inside inside(*me);
  return try_mutex(*me, mutex, STREAMTEST_SCHED_CALLER);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_usual(mutex) || !is_valid(*until))
    return real().pthread_mutex_timedlock(mutex, until);
  return lock_mutex(*me, mutex, on_clock(CLOCK_REALTIME, *until), STREAMTEST_SCHED_CALLER);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_usual(mutex) || !is_valid(*until))
    return real().pthread_mutex_clocklock(mutex, clock, until);
  return lock_mutex(*me, mutex, on_clock(clock, *until), STREAMTEST_SCHED_CALLER);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  Participant* const me = self;
  if (me == nullptr) [[likely]]
    return real().pthread_mutex_unlock(mutex);
  return unlock_mutex(*me, mutex, STREAMTEST_SCHED_CALLER);
}

int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  if (Participant* const me = self) {
    const Inside inside(*me);
    me->run->forget(mutex);
  }
  return real().pthread_mutex_destroy(mutex);
}

void flockfile(FILE* file) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().flockfile(file);
  const Inside inside(*me);
  Object& lock = me->run->object(file, Object::Kind::file);
  if (lock.owner == me) {
    ++lock.depth;
    return real().flockfile(file);
  }
  acquire(*me, lock, {.need = Need::lock, .operation = "lock file", .object = &lock},
          STREAMTEST_SCHED_CALLER);
}

int ftrylockfile(FILE* file) noexcept {
  const int result = real().ftrylockfile(file);
  if (Participant* const me = self; me != nullptr && result == 0) {
    const Inside inside(*me);
    Object& lock = me->run->object(file, Object::Kind::file);
    lock.owner = me;
    ++lock.depth;
  }
  return result;
}

void funlockfile(FILE* file) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().funlockfile(file);
  const Inside inside(*me);
  Object& lock = me->run->object(file, Object::Kind::file);
  const bool last = lock.owner == me && --lock.depth == 0;
  if (last) release(lock);
  real().funlockfile(file);
  if (last) me->run->arrive(*me, {.operation = "go on after unlock"}, STREAMTEST_SCHED_CALLER);
}
}
