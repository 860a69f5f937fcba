#include <streamtest/sched/interpose.hpp>

#include <limits>

// Condition variables live in the model alone. A notification is passed on to glibc too where a
// thread from outside could wait for it.

namespace streamtest::sched::detail {

const char conditions_are_linked = 0;

namespace {

constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

int wait(Participant& me, pthread_cond_t* condition, pthread_mutex_t* mutex, Time deadline,
         const void* caller) {
  Run& run = *me.run;
  Object& object = run.object(condition, Object::Kind::condition);
  Object* const lock = is_usual(mutex) ? &run.object(mutex, Object::Kind::lock) : nullptr;
  run.arrive(me, {.operation = "wait", .object = &object}, caller);
  run.set_met_a_point();
  const unsigned depth = lock == nullptr ? 0 : lock->depth;
  if (lock != nullptr && lock->owner == &me) release(*lock);
  real().pthread_mutex_unlock(mutex);
  object.waiters.push_back(&me);
  Step step{.need = Need::woken,
            .operation = "end of wait",
            .object = &object,
            .lock = lock,
            .deadline = deadline};
  run.ask_early(step, true);
  run.arrive(me, step, caller);
  std::erase(object.waiters, &me);
  const bool woken = me.step.woken;
  int locked = 0;
  if (lock == nullptr) {
    locked = lock_unmodelled(me, mutex, caller);
  } else {
    if (woken && real().pthread_mutex_trylock(mutex) == 0)
      lock->owner = &me;
    else
      acquire(me, *lock, {.need = Need::lock, .operation = "lock again", .object = lock}, caller);
    lock->depth = depth == 0 ? 1 : depth;
  }
  if (locked != 0) return locked;
  return woken || deadline > run.now() ? 0 : ETIMEDOUT;
}

void notify(Participant& me, pthread_cond_t* condition, std::size_t count, const void* caller) {
  Object& object = me.run->object(condition, Object::Kind::condition);
  me.run->arrive(me, {.operation = count == 1 ? "notify one" : "notify all", .object = &object},
                 caller);
  me.run->set_met_a_point();
  const std::size_t woken = me.run->wake(object, count);
  if (count == everybody)
    real().pthread_cond_broadcast(condition);
  else if (woken == 0)
    real().pthread_cond_signal(condition);
  me.run->arrive(me, {.operation = "go on after notify"}, caller);
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_cond_wait(condition, mutex);
  const Inside inside(*me);
  return wait(*me, condition, mutex, never, STREAMTEST_SCHED_CALLER);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until))
    return real().pthread_cond_timedwait(condition, mutex, until);
  const Inside inside(*me);
  // glibc keeps the clock of the condition's attributes in the second bit there.
  const bool monotonic = (condition->__data.__wrefs & 2U) != 0;
  return wait(*me, condition, mutex, on_clock(monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, *until),
              STREAMTEST_SCHED_CALLER);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until))
    return real().pthread_cond_clockwait(condition, mutex, clock, until);
  const Inside inside(*me);
  return wait(*me, condition, mutex, on_clock(clock, *until), STREAMTEST_SCHED_CALLER);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  Participant* const me = self;
  if (me == nullptr) {
    if (run_is_active.load(std::memory_order_relaxed)) tell_from_outside(condition, 1);
    return real().pthread_cond_signal(condition);
  }
  const Inside inside(*me);
  notify(*me, condition, 1, STREAMTEST_SCHED_CALLER);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  Participant* const me = self;
  if (me == nullptr) {
    if (run_is_active.load(std::memory_order_relaxed)) tell_from_outside(condition, everybody);
    return real().pthread_cond_broadcast(condition);
  }
  const Inside inside(*me);
  notify(*me, condition, everybody, STREAMTEST_SCHED_CALLER);
  return 0;
}

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  if (Participant* const me = self) {
    const Inside inside(*me);
    me->run->forget(condition);
  }
  return real().pthread_cond_destroy(condition);
}
}
