#include <streamtest/sched/interpose.hpp>

namespace streamtest::sched::detail {

const char threads_are_linked = 0;

namespace {

int create_thread(Participant& me, pthread_t* thread, const pthread_attr_t* attributes,
                  void* (*start)(void*), void* argument, const void* caller) {
  int detached = PTHREAD_CREATE_JOINABLE;
  pthread_attr_t joinable{};
  if (attributes != nullptr) {
    pthread_attr_getdetachstate(attributes, &detached);
    joinable = *attributes;
    pthread_attr_setdetachstate(&joinable, PTHREAD_CREATE_JOINABLE);
  }
  const int error = me.run->create(thread, attributes == nullptr ? nullptr : &joinable,
                                   [=] { return start(argument); });
  if (error != 0) return error;
  if (detached == PTHREAD_CREATE_DETACHED) me.run->find(*thread)->released = true;
  me.run->arrive(me, {.operation = "go on after create"}, caller);
  return 0;
}

/// 0 when the actor's end was reached, else the error.
int await_end(Participant& me, Participant& target, Time deadline, const void* caller) {
  if (target.released) return EINVAL;  // the run joins what was detached
  if (&target == &me) return EDEADLK;
  me.run->arrive(me,
                 {.need = Need::actor_end,
                  .operation = "join",
                  .object = target.self,
                  .deadline = deadline,
                  .target = &target},
                 caller);
  if (!target.ended) return ETIMEDOUT;
  target.released = true;
  return 0;
}

/// glibc runs the routine, as an actor's code, once the model has let nobody else in. A thread from
/// outside waits for it then, or is waited for.
int run_once(Participant& me, pthread_once_t* once, void (*routine)(), const void* caller) {
  constexpr int done = 2;  // as glibc writes it
  const auto is_done = [&] { return (__atomic_load_n(once, __ATOMIC_ACQUIRE) & done) != 0; };
  if (is_done()) return 0;
  Object* object = nullptr;
  {
    const Inside inside(me);
    object = &me.run->object(once, Object::Kind::once);
    me.run->arrive(me, {.need = Need::once, .operation = "once", .object = object}, caller);
    me.run->set_met_a_point();
    if (is_done()) return 0;
    object->owner = &me;
  }
  struct Running {
    Participant& me;
    Object& object;
    const void* caller;
    ~Running() {
      const Inside inside(me);
      object.owner = nullptr;
      me.run->arrive(me, {.operation = "go on after once"}, caller);
    }
  };
  const Running running{me, *object, caller};
  return real().pthread_once(once, routine);
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_create(thread, attributes, start, argument);
  const Inside inside(*me);
  return create_thread(*me, thread, attributes, start, argument, STREAMTEST_SCHED_CALLER);
}

int pthread_join(pthread_t thread, void** result) {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_join(thread, result);
  const Inside inside(*me);
  if (Participant* const target = me->run->find(thread))
    if (const int error = await_end(*me, *target, never, STREAMTEST_SCHED_CALLER); error != 0)
      return error;
  return real().pthread_join(thread, result);
}

int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_timedjoin_np(thread, result, until);
  const Inside inside(*me);
  if (Participant* const target = me->run->find(thread)) {
    const Time deadline = until == nullptr ? never : on_clock(CLOCK_REALTIME, *until);
    if (const int error = await_end(*me, *target, deadline, STREAMTEST_SCHED_CALLER); error != 0)
      return error;
  }
  return real().pthread_join(thread, result);
}

int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock, const timespec* until) {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_clockjoin_np(thread, result, clock, until);
  const Inside inside(*me);
  if (Participant* const target = me->run->find(thread)) {
    const Time deadline = until == nullptr ? never : on_clock(clock, *until);
    if (const int error = await_end(*me, *target, deadline, STREAMTEST_SCHED_CALLER); error != 0)
      return error;
  }
  return real().pthread_join(thread, result);
}

int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_tryjoin_np(thread, result);
  const Inside inside(*me);
  Participant* const target = me->run->find(thread);
  me->run->arrive(*me, {.operation = "try join"}, STREAMTEST_SCHED_CALLER);
  if (target == nullptr) return real().pthread_tryjoin_np(thread, result);
  if (target->released) return EINVAL;
  if (!target->ended) return EBUSY;
  target->released = true;
  return real().pthread_join(thread, result);
}

// The run joins it when it has ended.
int pthread_detach(pthread_t thread) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_detach(thread);
  const Inside inside(*me);
  Participant* const target = me->run->find(thread);
  if (target == nullptr) return real().pthread_detach(thread);
  if (target->released) return EINVAL;
  target->released = true;
  return target->ended ? real().pthread_join(thread, nullptr) : 0;
}

int pthread_once(pthread_once_t* once, void (*routine)()) {
  Participant* const me = self;
  if (me == nullptr) return real().pthread_once(once, routine);
  return run_once(*me, once, routine, STREAMTEST_SCHED_CALLER);
}
}
