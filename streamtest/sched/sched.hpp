#ifndef STREAMTEST_SCHED_SCHED_HPP
#define STREAMTEST_SCHED_SCHED_HPP

#include <streamtest/schedule/thread_control.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// Threads under control, for unmodified C++ code: mutexes, condition variables, shared locks,
// threads, call_once, what waits on an atomic, sleeps, clocks, epoll. To link streamtest::sched
// into the executable is enough: it defines the functions of glibc that such code calls. A shared
// library that is opened with dlopen is under control too if the executable has ENABLE_EXPORTS.
//
// Outside a run each of these functions forwards at once. Linux with a dynamic glibc only.
// What can't be controlled is told, see ThreadVerdict::lost_control and ThreadOutcome; why, and
// what else there is to know, in docs/decisions/0020-threads-under-control.md.

namespace streamtest::sched {

using Limits = ThreadLimits;
using Outcome = ThreadOutcome;
using Verdict = ThreadVerdict;

/// Our functions stand in front of glibc's in this process.
bool available() noexcept;
/// As the members of ThreadControl of the same names.
Outcome run(const Limits& limits, Chooser& chooser, const std::function<void()>& body);
bool controlled() noexcept;
void settle();
void point(std::string_view what);
std::uint64_t moves() noexcept;
std::string self_check();

/// How long to search, and where to begin.
struct Options {
  std::uint64_t seed = 1;
  std::uint64_t schedules = 1000;
  Limits limits{};
};

/// What a search or a replay came to. A value.
struct Report {
  /// `lost_control` and a body without a point accuse nobody, and don't pass either: nothing was
  /// found out.
  bool passed() const { return verdict == Verdict::ok && controlled; }

  Verdict verdict = Verdict::ok;
  bool controlled = true;          ///< false: nothing that the body did was under control
  std::string message{};           ///< as ThreadOutcome::message, or why nothing was found out
  std::string schedule{};          ///< of the failure, shrunk; for replay()
  std::string strategy{};          ///< that found it
  std::uint64_t schedules = 0;     ///< run until then
  std::uint64_t uncontrolled = 0;  ///< as ThreadOutcome; with any it need not replay
  std::uint64_t hash = 0;
  unsigned replayed = 0;  ///< of three times, how often the same came again
  std::string trace{};    ///< a line a move: who, what, and where in the source
  /// All of it, in several lines.
  std::string text() const;
};

/// Runs the body in one schedule after another, by the portfolio of strategies, until one fails;
/// shrinks that and replays it. The body must do the same each time but for the order, and makes
/// what it uses; it says what is wrong by throwing. Blocks; throws what ThreadControl::run() does.
/// The first call in a process begins with self_check(), and none explores if that found something.
///
/// A run that got stuck leaves its threads behind, asleep: some hundred after a failure. The
/// process goes on as usual, but what they hold stays held; so best report it and exit.
Report explore(const Options& options, const std::function<void()>& body);

/// Runs the body once, as the schedule of a report says. Throws `std::invalid_argument` if it is no
/// schedule.
Report replay(std::string_view schedule, const std::function<void()>& body,
              const Limits& limits = {});

}  // namespace streamtest::sched

#endif
