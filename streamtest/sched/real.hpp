#ifndef STREAMTEST_SCHED_REAL_HPP
#define STREAMTEST_SCHED_REAL_HPP

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

// What our own functions of the same names hide: glibc's, or those of a sanitizer in front of it.

#define STREAMTEST_SCHED_FUNCTIONS(X) \
  X(pthread_mutex_lock)               \
  X(pthread_mutex_trylock)            \
  X(pthread_mutex_timedlock)          \
  X(pthread_mutex_clocklock)          \
  X(pthread_mutex_unlock)             \
  X(pthread_mutex_destroy)            \
  X(pthread_cond_wait)                \
  X(pthread_cond_timedwait)           \
  X(pthread_cond_clockwait)           \
  X(pthread_cond_signal)              \
  X(pthread_cond_broadcast)           \
  X(pthread_cond_destroy)             \
  X(pthread_rwlock_rdlock)            \
  X(pthread_rwlock_wrlock)            \
  X(pthread_rwlock_tryrdlock)         \
  X(pthread_rwlock_trywrlock)         \
  X(pthread_rwlock_timedrdlock)       \
  X(pthread_rwlock_timedwrlock)       \
  X(pthread_rwlock_clockrdlock)       \
  X(pthread_rwlock_clockwrlock)       \
  X(pthread_rwlock_unlock)            \
  X(pthread_create)                   \
  X(pthread_join)                     \
  X(pthread_timedjoin_np)             \
  X(pthread_clockjoin_np)             \
  X(pthread_tryjoin_np)               \
  X(pthread_detach)                   \
  X(pthread_once)                     \
  X(sched_yield)                      \
  X(nanosleep)                        \
  X(clock_nanosleep)                  \
  X(usleep)                           \
  X(sleep)                            \
  X(clock_gettime)                    \
  X(gettimeofday)                     \
  X(time)                             \
  X(syscall)                          \
  X(epoll_wait)                       \
  X(epoll_pwait)                      \
  X(poll)                             \
  X(read)                             \
  X(recv)                             \
  X(accept)                           \
  X(timerfd_create)                   \
  X(sem_wait)                         \
  X(sem_timedwait)                    \
  X(sem_post)                         \
  X(flockfile)                        \
  X(ftrylockfile)                     \
  X(funlockfile)

namespace streamtest::sched::detail {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
struct Real {
#define STREAMTEST_SCHED_MEMBER(name) decltype(&::name) name;
  STREAMTEST_SCHED_FUNCTIONS(STREAMTEST_SCHED_MEMBER)
#undef STREAMTEST_SCHED_MEMBER
};
#pragma GCC diagnostic pop

// Filled by the first call of any of them, which may come before any constructor has run: so it is
// plain memory, initialised to zeros.
extern Real real_functions;
extern bool real_functions_known;
/// Ends the process with a message if there is no dynamic glibc to be found.
void find_real_functions() noexcept;

inline const Real& real() noexcept {
  if (!real_functions_known) [[unlikely]]
    find_real_functions();
  return real_functions;
}

}  // namespace streamtest::sched::detail

#endif
