#include <streamtest/schedule/process_threads.hpp>

#include <sys/stat.h>

#include <atomic>

namespace streamtest {
namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STREAMTEST_THREAD_SANITIZER
#endif
#endif
#if defined(STREAMTEST_THREAD_SANITIZER) || defined(__SANITIZE_THREAD__)
constexpr std::size_t of_the_sanitizer = 1;
#else
constexpr std::size_t of_the_sanitizer = 0;
#endif

/// A fact of the process, as its threads are.
std::atomic<std::size_t> bystanders = of_the_sanitizer;

}  // namespace

std::size_t threads_of_this_process() {
#ifdef __linux__
  // Like any folder it has a link for each folder in it, one a thread, and two of its own. Reading
  // the folder takes ten times as long, and every run asks twice.
  struct stat folder{};
  if (::stat("/proc/self/task", &folder) == 0 && folder.st_nlink > 2) return folder.st_nlink - 2;
#endif
  return 0;
}

Bystander::Bystander() noexcept {
  ++bystanders;
}

Bystander::~Bystander() {
  --bystanders;
}

std::size_t Bystander::count() noexcept {
  return bystanders;
}

}  // namespace streamtest
