#ifndef STREAMTEST_EXPLORE_WAY_HPP
#define STREAMTEST_EXPLORE_WAY_HPP

#include <streamtest/schedule/chooser.hpp>
#include <streamtest/schedule/thread_control.hpp>
#include <streamtest/subject/bench.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// How the threads of a program are run.
class Way {
 public:
  /// How a run ended.
  struct End {
    /// The body returned. Else it was left where it was: nothing could happen any more, or the run
    /// was given up, and `why` says so.
    bool completed = true;
    /// Whatever else has been noticed: it isn't known any more what happens next. Never the
    /// stream's fault.
    bool lost = false;
    std::string why = {};
    std::uint64_t hash = 0;  ///< of all that happened in its order, if the order was ours
    std::uint64_t moves = 0;
    std::uint32_t actors = 0;
    /// For what is outside of the run, while nothing in it could move.
    std::chrono::nanoseconds waited{0};
  };

  /// Every move of a run, and where its threads stood that were left in the end.
  struct Trace {
    std::vector<ThreadStep> steps = {};
    std::vector<ThreadStep> stood = {};
  };

  Way() = default;
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  virtual ~Way() = default;

  /// "controlled threads", for reports.
  virtual std::string_view name() const = 0;
  /// The order is the chooser's, and settle() knows when nothing can happen.
  virtual bool exact() const = 0;
  /// Why the order isn't the chooser's; empty if it is, or nobody asked for that.
  virtual std::string_view why_free() const { return {}; }

  /// Runs the body, which may start threads, in the order that the chooser decides. Threads that
  /// are stuck when the body returns stay so; whatever they use must outlive them.
  virtual End run(Chooser& chooser, const std::function<void()>& body) = 0;
  /// The same, and writes down what happened, which takes longer. Only of an exact way.
  virtual End run(Chooser& chooser, const std::function<void()>& body, Trace& trace) = 0;
  /// Called by the body: returns once no other thread can move unless time goes by. Does nothing if
  /// the way isn't exact.
  virtual void settle() = 0;
  /// Called by the body: lets so much time go by; of an exact way's own time.
  virtual void pause(std::chrono::nanoseconds duration) = 0;
};

/// What controls threads is linked into this program.
bool has_control() noexcept;

/// Threads under control; null if what controls them isn't linked into this program. The first call
/// in a process makes it find a planted bug, which takes a millisecond; each call throws
/// HarnessFailure if it didn't.
std::unique_ptr<Way> make_controlled_way();

/// Threads as the system runs them, and why. The chooser isn't asked.
std::unique_ptr<Way> make_free_way(std::string why = {});

/// Threads under control, unless the bench's stream can't be: it lives in another process, or has
/// connections, and who is at the other end is out of reach. Makes a stream to find out, and throws
/// what that throws, and what make_controlled_way() does.
std::unique_ptr<Way> make_way_for(Bench& bench);

}  // namespace streamtest

#endif
