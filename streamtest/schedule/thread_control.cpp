#include <streamtest/schedule/thread_control.hpp>

// Weak: it is there if streamtest::sched is linked, and null otherwise.
extern "C" [[gnu::weak]] const streamtest::ThreadControl*
streamtest_sched_thread_control() noexcept;

namespace streamtest {

const ThreadControl* thread_control() noexcept {
  return streamtest_sched_thread_control == nullptr ? nullptr : streamtest_sched_thread_control();
}

std::string_view to_string(ThreadVerdict verdict) {
  switch (verdict) {
    case ThreadVerdict::ok:
      return "ok";
    case ThreadVerdict::failed:
      return "failed";
    case ThreadVerdict::deadlock:
      return "deadlock";
    case ThreadVerdict::leaked:
      return "leaked";
    case ThreadVerdict::step_limit:
      return "step_limit";
    case ThreadVerdict::lost_control:
      return "lost_control";
    case ThreadVerdict::diverged:
      return "diverged";
  }
  return "";
}

}  // namespace streamtest
