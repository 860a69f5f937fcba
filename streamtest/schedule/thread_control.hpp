#ifndef STREAMTEST_SCHEDULE_THREAD_CONTROL_HPP
#define STREAMTEST_SCHEDULE_THREAD_CONTROL_HPP

#include <streamtest/schedule/chooser.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Real threads whose order a Chooser decides, as the kit sees them: an interface, because only
// programs that link streamtest::sched have them.

namespace streamtest {

/// What a run may take and what it may do. A plain value.
struct ThreadLimits {
  /// Moves until the verdict is `step_limit`, or `leaked` if the body has ended.
  std::uint64_t moves = 20'000;
  /// The same, counted from the end of the body.
  std::uint64_t moves_afterwards = 20'000;
  /// A timed wait for less than this may end before its time, while others could go on; which do is
  /// a choice. 0: never, and then "an hour is ample" is as true as it sounds.
  std::chrono::nanoseconds early_timeouts_below{0};
  /// A wait on a condition variable may end without a notification; which do is a choice.
  bool spurious_wakeups = false;
  /// Real time without a move until the verdict is `lost_control`.
  std::chrono::milliseconds patience{2000};
  /// Real time in which a thread from outside the run may still wake somebody before the verdict is
  /// `deadlock` or `leaked`. Waited for only if the process has such threads; who reruns a failure
  /// many times, to shrink it, does so with less.
  std::chrono::milliseconds grace{50};
  /// Virtual time goes no faster than real time, if the process has threads outside the run: what
  /// they would do in time, such as to wake all readers ten times a second, they do. For who is
  /// about to call something wrong. A run for which so much in all isn't enough is `uncontrolled`.
  std::chrono::nanoseconds real_time{0};
  /// Write down every move and where in the code it was; costs some microseconds a move.
  bool trace = false;
};

enum class ThreadVerdict {
  ok,            ///< the body and all threads came to their end
  failed,        ///< the body or a thread threw
  deadlock,      ///< nothing can happen any more, and the body hasn't ended
  leaked,        ///< the body has ended; threads are left that nothing can happen to any more
  step_limit,    ///< more moves than ThreadLimits::moves
  lost_control,  ///< a thread runs, or sleeps in the kernel, where it can't be seen. Accuses nobody
  diverged,      ///< a schedule that was replayed didn't fit the program; run() never says this
};
/// "ok", "failed", …, as above.
std::string_view to_string(ThreadVerdict verdict);

/// One move that was made, or where an actor stood in the end.
struct ThreadStep {
  std::uint64_t move = 0;  ///< counted from 0
  Actor actor = 0;
  std::string_view operation;  ///< "lock", "wait", "notify one", …; a literal
  std::uint32_t object = 0;    ///< as Move::object
  /// Return addresses, innermost first, beginning with the caller of the operation.
  std::vector<std::uintptr_t> frames;
};

struct ThreadOutcome {
  ThreadVerdict verdict = ThreadVerdict::ok;
  /// What was thrown; who waits for what and who owns it; which thread was lost in which call.
  /// Actors and objects by number, the same in each replay. Empty if all went well.
  std::string message{};
  std::uint64_t moves = 0;
  /// Of the sequence of actor, operation and object.
  std::uint64_t hash = 0;
  Actor actors = 0;  ///< seen, the body included
  /// Wake-ups and locks that came from threads outside the run, and whatever else went on while
  /// none of its own could. With any the run need not replay.
  std::uint64_t uncontrolled = 0;
  /// False if the run met nothing but the beginning and the end of threads: then nothing that the
  /// program did was under control, and its verdict says nothing.
  bool met_a_point = false;
  std::chrono::nanoseconds virtual_time{0};
  /// Real time in which nobody could move, and a thread or a process outside the run might have
  /// changed that.
  std::chrono::nanoseconds waited{0};
  std::vector<ThreadStep> trace{};  ///< if it was asked for
  std::vector<ThreadStep> stood{};  ///< likewise: where each actor stood that was left in the end
};

/// Stateless; thread-safe but for what is said below. Lives as long as the process.
class ThreadControl {
 public:
  ThreadControl() = default;
  ThreadControl(const ThreadControl&) = delete;
  ThreadControl& operator=(const ThreadControl&) = delete;
  virtual ~ThreadControl() = default;

  /// Runs the body, and each thread that it or they create, one at a time in the order that the
  /// chooser decides. Blocks until all have ended or the verdict is another one. One run at a time
  /// in a process: a second one waits. Throws `std::logic_error` if called in a run, and
  /// `std::runtime_error` if nothing can be controlled here.
  ///
  /// What a run that got stuck leaves behind: its threads sleep forever, with their stacks and the
  /// locks that they hold. So whatever they use must be made in the body or live as long as the
  /// process, and isn't to be used again. `body` is copied.
  virtual ThreadOutcome run(const ThreadLimits& limits, Chooser& chooser,
                            const std::function<void()>& body) const = 0;
  /// True in a thread that belongs to a run.
  virtual bool controlled() const noexcept = 0;
  /// Blocks the calling actor until no other can move unless it does, or virtual time goes on:
  /// whoever waits then really waits. One that has yielded several times without anything having
  /// happened counts as waiting. Returns at once outside a run.
  virtual void settle() const = 0;
  /// A point where the calling actor may be interrupted. `what` is a literal. Nothing outside a
  /// run.
  virtual void point(std::string_view what) const = 0;
  /// Moves made so far in the caller's run: a clock. Costs a load; 0 outside a run.
  virtual std::uint64_t moves() const noexcept = 0;
  /// The caller's number; 0 outside a run.
  virtual Actor actor() const noexcept = 0;
  /// For each step its place in the source, "append(int) at list.hpp:47". Without debug information
  /// that is "append(int) at list.so+0x47", and "list.so+0x47" where no symbol is known. One call
  /// of addr2line for each library. Not in a run.
  virtual std::vector<std::string> places(std::span<const ThreadStep> steps) const = 0;
  /// Looks for a bug that only control can find, a missed wake-up. Empty if it was found, else what
  /// is wrong with this program, in words. Takes about a millisecond, and leaves a few threads
  /// asleep. Not in a run.
  virtual std::string self_check() const = 0;
};

/// Null if the program doesn't link streamtest::sched.
const ThreadControl* thread_control() noexcept;

}  // namespace streamtest

#endif
