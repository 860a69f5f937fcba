#ifndef STREAMTEST_EXPLORE_WAY_HPP
#define STREAMTEST_EXPLORE_WAY_HPP

#include <streamtest/schedule/chooser.hpp>
#include <streamtest/schedule/thread_control.hpp>
#include <streamtest/subject/bench.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

class Runtime;
namespace simulation {
class Context;
}

/// Why a stream isn't explored in a stronger way.
inline constexpr std::string_view threads_outlive =
    "threads that were made in a run outlive its stream";

/// How the actors of a program are run.
class Way {
 public:
  /// How a run ended.
  struct End {
    /// The body returned. Else it was left where it was: nothing could happen any more, or the run
    /// was given up, and `why` says so.
    bool completed = true;
    /// The body returned, and left threads behind that will never come to their end in this run: of
    /// a stream that is stuck, or of one whose process shares them.
    bool left_threads = false;
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

  /// How a run goes on, besides its order.
  struct Manner {
    Trace* trace = nullptr;  ///< null if nobody asks for it
    /// As those of ThreadLimits. A simulated way's clock is its own, and nobody is outside.
    std::chrono::nanoseconds real_time{0};
    std::chrono::milliseconds grace = ThreadLimits().grace;
  };

  Way() = default;
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  virtual ~Way() = default;

  /// "controlled threads" or "simulated handlers", for reports.
  virtual std::string_view name() const = 0;
  /// The order is the chooser's, and settle() knows when nothing can happen. The first choice of a
  /// run is then no move: 1 if waits may end early and for no reason, as they may in life.
  virtual bool exact() const = 0;
  /// Why the stream isn't explored in a stronger way, each reason for itself; empty if there is
  /// none, or nobody asked for it. Valid as long as the way.
  virtual std::span<const std::string> why_weaker() const { return {}; }
  /// Actors are handlers in one thread instead of threads.
  virtual bool simulated() const { return false; }

  /// Runs the body, which may start threads, in the order that the chooser decides. Threads that
  /// are stuck when the body returns stay so; whatever they use must outlive them, so that they
  /// must not use the way.
  End run(Chooser& chooser, const std::function<void()>& body) { return run(chooser, body, {}); }
  /// The same, and writes down what happened, which takes longer, or lets time be real. Only of an
  /// exact way; a simulated one has no places in the source to tell, and writes nothing.
  virtual End run(Chooser& chooser, const std::function<void()>& body, const Manner& manner) = 0;
  /// Called by the body: returns once no other thread can move unless time goes by. Does nothing if
  /// the way isn't exact.
  virtual void settle() = 0;
  /// Called by the body: lets so much time go by; of an exact way's own time.
  virtual void pause(std::chrono::nanoseconds duration) = 0;

  /// In a run of a simulated way: where its handlers run while somebody settles or pauses, and that
  /// as the stream's executor and clock. Else null.
  virtual simulation::Context* context() { return nullptr; }
  virtual std::shared_ptr<Runtime> runtime() { return nullptr; }
};

/// What controls threads is linked into this program.
bool has_control() noexcept;

/// Handlers in one thread, in an order that is the chooser's. A run in which something escapes is
/// lost: a thread appears, an actor spins, the body's stream never asked for the executor.
std::unique_ptr<Way> make_simulated_way();

/// Threads under control; null if what controls them isn't linked into this program. The first call
/// in a process makes it find a planted bug, which takes a millisecond; each call throws
/// HarnessFailure if it didn't.
std::unique_ptr<Way> make_controlled_way();

/// Threads as the system runs them, and why they aren't under control. The chooser isn't asked.
std::unique_ptr<Way> make_free_way(std::string why = {});

/// The strongest way for the bench's stream and delivery. Simulated handlers for asynchronous reads
/// of a stream that claims `deterministic`, if it behaves so in a rehearsal. Threads under control,
/// unless the stream can't be: it lives in another process, or has connections, and who is at the
/// other end is out of reach. Makes a stream to find out, and throws what that throws, and what
/// make_controlled_way() does.
std::unique_ptr<Way> make_way_for(Bench& bench);

/// The next one, for a stream that escaped from `lost`, and why it did. Throws what
/// make_controlled_way() does.
std::unique_ptr<Way> make_weaker_way(const Way& lost, std::string_view why);

/// For a run that is to show that something is wrong: with time enough for one wait of the bench's
/// patience, and less than a watchdog has.
Way::Manner in_real_time(const Bench& bench);

/// Why a run of that way came to nothing, in words that go into a report.
std::string lost_text(const Way& lost, std::string_view why);

}  // namespace streamtest

#endif
