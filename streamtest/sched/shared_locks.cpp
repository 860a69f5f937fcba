#include <streamtest/sched/interpose.hpp>

#include <algorithm>

namespace streamtest::sched::detail {

const char shared_locks_are_linked = 0;

namespace {

using Lock = pthread_rwlock_t;

Object& shared_lock(Participant& me, Lock* lock) {
  return me.run->object(lock, Object::Kind::shared_lock);
}

/// Takes it without waiting; 0 or the error.
int take(Participant& me, Object& object, Lock* lock, bool shared) {
  const int result =
      shared ? real().pthread_rwlock_tryrdlock(lock) : real().pthread_rwlock_trywrlock(lock);
  if (result == 0 && shared) object.sharers.push_back(&me);
  if (result == 0 && !shared) object.owner = &me;
  if (result == EBUSY && object.owner == nullptr && object.sharers.empty())
    me.run->count_uncontrolled();
  return result;
}

int lock_shared_lock(Participant& me, Lock* lock, bool shared, Time deadline, const void* caller) {
  Object& object = shared_lock(me, lock);
  if (object.owner == &me) return EDEADLK;
  if (deadline != never) object.tried = true;
  Step step{.need = shared ? Need::shared : Need::exclusive,
            .operation = shared ? "lock shared" : "lock exclusively",
            .object = &object,
            .deadline = deadline};
  me.run->ask_early(step, false);
  for (;;) {
    me.run->arrive(me, step, caller);
    me.run->set_met_a_point();
    if (const int result = take(me, object, lock, shared); result != EBUSY) return result;
    if (me.step.ended_early || deadline <= me.run->now()) return ETIMEDOUT;
    // Held from outside though the model says free: somebody will try again and again, politely.
    if (object.owner == nullptr && object.sharers.empty()) step.passive = true;
  }
}

int try_shared_lock(Participant& me, Lock* lock, bool shared, const void* caller) {
  Object& object = shared_lock(me, lock);
  object.tried = true;
  me.run->arrive(
      me, {.operation = shared ? "try lock shared" : "try lock exclusively", .object = &object},
      caller);
  me.run->set_met_a_point();
  return take(me, object, lock, shared);
}

int unlock_shared_lock(Participant& me, Lock* lock, const void* caller) {
  Object& object = shared_lock(me, lock);
  if (object.tried) me.run->arrive(me, {.operation = "unlock", .object = &object}, caller);
  if (object.owner == &me)
    object.owner = nullptr;
  else if (const auto mine = std::ranges::find(object.sharers, &me); mine != object.sharers.end())
    object.sharers.erase(mine);
  const int result = real().pthread_rwlock_unlock(lock);
  me.run->arrive(me, {.operation = "go on after unlock"}, caller);
  return result;
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_rwlock_rdlock(lock);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, true, never, STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_rwlock_wrlock(lock);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, false, never, STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_rwlock_tryrdlock(lock);
  const Inside inside(*me);
  return try_shared_lock(*me, lock, true, STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_rwlock_trywrlock(lock);
  const Inside inside(*me);
  return try_shared_lock(*me, lock, false, STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until)) return real().pthread_rwlock_timedrdlock(lock, until);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, true, on_clock(CLOCK_REALTIME, *until),
                          STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until)) return real().pthread_rwlock_timedwrlock(lock, until);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, false, on_clock(CLOCK_REALTIME, *until),
                          STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until))
    return real().pthread_rwlock_clockrdlock(lock, clock, until);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, true, on_clock(clock, *until), STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until))
    return real().pthread_rwlock_clockwrlock(lock, clock, until);
  const Inside inside(*me);
  return lock_shared_lock(*me, lock, false, on_clock(clock, *until), STREAMTEST_SCHED_CALLER);
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_rwlock_unlock(lock);
  const Inside inside(*me);
  return unlock_shared_lock(*me, lock, STREAMTEST_SCHED_CALLER);
}
}
