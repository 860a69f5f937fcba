#include <streamtest/sched/interpose.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

// Calls that wait for a descriptor. Each is possible when poll() says so; poll() takes nothing
// away, not even the edge of an edge-triggered set.

namespace streamtest::sched::detail {

const char input_is_linked = 0;

namespace {

/// A read from it may have to wait.
bool may_block(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
    return false;
  return (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0;
}

Time deadline_of(const Run& run, int milliseconds) {
  return milliseconds < 0 ? never : run.now() + Time{milliseconds} * 1'000'000;
}

/// False if the time is up.
bool await(Participant& me, std::string_view operation, const pollfd* asked, nfds_t count,
           Time deadline, const void* caller) {
  Run& run = *me.run;
  const int first = count == 0 ? -1 : asked->fd;
  run.set_met_a_point();
  Step step{.need = Need::descriptor,
            .operation = operation,
            .object = first < 0 ? nullptr : &run.descriptor(first),
            .deadline = deadline,
            .descriptors = asked,
            .descriptor_count = count,
            .descriptor = first};
  // Who asks without waiting may do so in a loop.
  step.passive = deadline <= run.now();
  run.arrive(me, step, caller);
  return deadline > run.now();
}

void await_input(Participant& me, std::string_view operation, int descriptor, const void* caller) {
  const pollfd asked{descriptor, POLLIN, 0};
  await(me, operation, &asked, 1, never, caller);
}

int wait_for_events(Participant& me, int set, epoll_event* events, int most, int milliseconds,
                    const void* caller) {
  const pollfd asked{set, POLLIN, 0};
  const Time deadline = deadline_of(*me.run, milliseconds);
  for (;;) {
    const bool in_time = await(me, "epoll_wait", &asked, 1, deadline, caller);
    const int ready = real().epoll_wait(set, events, most, 0);
    if (ready != 0 || !in_time) return ready;
  }
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

extern "C" {

int epoll_wait(int set, epoll_event* events, int most, int milliseconds) {
  Participant* const me = self;
  if (me == nullptr) return real().epoll_wait(set, events, most, milliseconds);
  Inside inside(*me);
  const int ready = wait_for_events(*me, set, events, most, milliseconds, STREAMTEST_SCHED_CALLER);
  return ready < 0 ? inside.fails(errno) : ready;
}

int epoll_pwait(int set, epoll_event* events, int most, int milliseconds, const sigset_t* mask) {
  Participant* const me = self;
  if (me == nullptr || mask != nullptr)
    return real().epoll_pwait(set, events, most, milliseconds, mask);
  Inside inside(*me);
  const int ready = wait_for_events(*me, set, events, most, milliseconds, STREAMTEST_SCHED_CALLER);
  return ready < 0 ? inside.fails(errno) : ready;
}

int poll(pollfd* asked, nfds_t count, int milliseconds) {
  Participant* const me = self;
  if (me == nullptr) return real().poll(asked, count, milliseconds);
  Inside inside(*me);
  const Time deadline = deadline_of(*me->run, milliseconds);
  for (;;) {
    const bool in_time = await(*me, "poll", asked, count, deadline, STREAMTEST_SCHED_CALLER);
    const int ready = real().poll(asked, count, 0);
    if (ready < 0) return inside.fails(errno);
    if (ready != 0 || !in_time) return ready;
  }
}

ssize_t read(int descriptor, void* buffer, size_t size) {
  Participant* const me = self;
  if (me == nullptr) return real().read(descriptor, buffer, size);
  Inside inside(*me);
  if (may_block(descriptor)) await_input(*me, "read", descriptor, STREAMTEST_SCHED_CALLER);
  const ssize_t result = real().read(descriptor, buffer, size);
  return result < 0 ? inside.fails(errno) : result;
}

ssize_t recv(int descriptor, void* buffer, size_t size, int flags) {
  Participant* const me = self;
  if (me == nullptr) return real().recv(descriptor, buffer, size, flags);
  Inside inside(*me);
  if ((flags & MSG_DONTWAIT) == 0 && may_block(descriptor))
    await_input(*me, "recv", descriptor, STREAMTEST_SCHED_CALLER);
  const ssize_t result = real().recv(descriptor, buffer, size, flags);
  return result < 0 ? inside.fails(errno) : result;
}

int accept(int descriptor, sockaddr* address, socklen_t* size) {
  Participant* const me = self;
  if (me == nullptr) return real().accept(descriptor, address, size);
  Inside inside(*me);
  if (may_block(descriptor)) await_input(*me, "accept", descriptor, STREAMTEST_SCHED_CALLER);
  const int result = real().accept(descriptor, address, size);
  return result < 0 ? inside.fails(errno) : result;
}

// Who has no such timer gives its waits a time-out instead, and that is virtual.
int timerfd_create(int clock, int flags) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().timerfd_create(clock, flags);
  Inside inside(*me);
  return inside.fails(ENOSYS);
}

int sem_wait(sem_t* semaphore) {
  Participant* const me = self;
  if (me == nullptr) return real().sem_wait(semaphore);
  Inside inside(*me);
  Object& object = me->run->object(semaphore, Object::Kind::semaphore);
  me->run->set_met_a_point();
  do
    me->run->arrive(*me,
                    {.need = Need::semaphore, .operation = "take semaphore", .object = &object},
                    STREAMTEST_SCHED_CALLER);
  while (::sem_trywait(semaphore) != 0);
  return 0;
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  Participant* const me = self;
  if (me == nullptr || !is_valid(*until)) return real().sem_timedwait(semaphore, until);
  Inside inside(*me);
  Object& object = me->run->object(semaphore, Object::Kind::semaphore);
  Step step{.need = Need::semaphore,
            .operation = "take semaphore",
            .object = &object,
            .deadline = on_clock(CLOCK_REALTIME, *until)};
  me->run->ask_early(step, false);
  me->run->set_met_a_point();
  for (;;) {
    me->run->arrive(*me, step, STREAMTEST_SCHED_CALLER);
    if (::sem_trywait(semaphore) == 0) return 0;
    if (me->step.ended_early || step.deadline <= me->run->now()) return inside.fails(ETIMEDOUT);
  }
}

int sem_post(sem_t* semaphore) noexcept {
  Participant* const me = self;
  if (me == nullptr) return real().sem_post(semaphore);
  Inside inside(*me);
  Object& object = me->run->object(semaphore, Object::Kind::semaphore);
  me->run->arrive(*me, {.operation = "post semaphore", .object = &object}, STREAMTEST_SCHED_CALLER);
  const int result = real().sem_post(semaphore);
  me->run->arrive(*me, {.operation = "go on after post"}, STREAMTEST_SCHED_CALLER);
  return result;
}
}
