#include <streamtest/sched/real.hpp>

#include <cstdlib>
#include <cstring>

// A sanitizer in the executable itself hides glibc from RTLD_NEXT, and must not be passed by: its
// functions have these names then, and otherwise there are none.
#define STREAMTEST_SCHED_WEAK(name) extern "C" [[gnu::weak]] void __interceptor_##name();
STREAMTEST_SCHED_FUNCTIONS(STREAMTEST_SCHED_WEAK)
#undef STREAMTEST_SCHED_WEAK

namespace streamtest::sched::detail {

constinit Real real_functions{};
constinit bool real_functions_known = false;

namespace {

/// The waiting functions of the first condition variables are still in glibc under the same names,
/// and dlsym may give those: they crash on today's.
void* find(const char* name) {
#if defined(__x86_64__)
  if (std::strncmp(name, "pthread_cond_", 13) == 0)
    if (void* const found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2")) return found;
#endif
  return dlsym(RTLD_NEXT, name);
}

template <typename Function>
void set(Function& function, const char* name, void (*sanitized)()) {
  if (sanitized != nullptr)
    function = reinterpret_cast<Function>(sanitized);
  else if (void* const found = find(name))
    function = reinterpret_cast<Function>(found);
  else {
    std::fprintf(
        stderr,
        "streamtest::sched: %s isn't found behind the executable; threads can be put under "
        "control only where glibc is linked dynamically\n",
        name);
    std::abort();
  }
}

}  // namespace

void find_real_functions() noexcept {
#define STREAMTEST_SCHED_SET(name) set(real_functions.name, #name, &__interceptor_##name);
  STREAMTEST_SCHED_FUNCTIONS(STREAMTEST_SCHED_SET)
#undef STREAMTEST_SCHED_SET
  real_functions_known = true;
}

}  // namespace streamtest::sched::detail
