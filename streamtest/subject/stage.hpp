#ifndef STREAMTEST_SUBJECT_STAGE_HPP
#define STREAMTEST_SUBJECT_STAGE_HPP

#include <eventstream/source.hpp>
#include <streamtest/history/history.hpp>
#include <streamtest/subject/consumer_harness.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamtest {

/// What a consumer does with what it was given.
enum class Step { event_types, next_offset, open, read, close, handle, advise, wait };

/// In words, for "the failure of …".
std::string_view to_string(Step step);

/// How a scripted call fails.
struct Fault {
  enum class Manner {
    error,
    exception,
    event,      ///< a read gives `event`, which no consumer may hand on
    elsewhere,  ///< somebody else has handled the event: the handler says conflict and goes on
  };
  Manner manner = Manner::error;
  eventstream::Errc error = eventstream::Errc::backend_failure;
  eventstream::Event event = {};
  std::string why = {};  ///< it must not be handed on: "without a message id"
};

/// The n-th call of a step, counted from 0. A read counts when it gives something.
using Turn = std::pair<Step, std::uint64_t>;

/// What a consumer is put before. A plain value.
struct Script {
  eventstream::Identity application;
  eventstream::EventTypeSet produced;
  eventstream::EventTypeSet wanted;
  std::vector<eventstream::Event> events =
      {};                         ///< all of them wanted, in the order of their offsets
  eventstream::Offset start = 0;  ///< the handler's next offset
  std::map<Turn, Fault> faults = {};
  /// This call, delay or read stays until its token asks to stop, and then ends as
  /// `ends_held` says, or well.
  std::optional<Turn> held = {};
  std::optional<Fault> ends_held = {};
  /// Runs inside the handler, from the consumer's thread.
  std::function<void()> inside_handler = {};
};

/// One thing that the consumer did, and what came of it.
struct Act {
  Step step = Step::wait;
  bool failed = false;
  std::size_t cursor = 0;                        ///< opened, read, closed
  eventstream::Offset offset = 0;                ///< asked for, opened at, expected
  eventstream::EventTypeSet types = {};          ///< opened with
  std::optional<eventstream::Event> event = {};  ///< read, handled
  std::string why = {};                          ///< the event that was read must not be handled
  std::uint64_t failures = 0;        ///< the strategy was asked for the delay after so many
  std::chrono::nanoseconds delay{};  ///< told, waited for
  std::size_t open_cursors = 0;      ///< before this one
  bool all_permits_free = false;  ///< when it handled or waited; without a semaphore, as is right
  bool overlaps = false;          ///< another call of the handler was under way
};

/// The stream, handler, clock and strategy that a consumer under test works with: they follow a
/// script and keep account of what it does. Thread-safe; shared, because a consumer that is stuck
/// may come back late.
class Stage : public std::enable_shared_from_this<Stage> {
 public:
  enum class State {
    running,
    held,      ///< it is in the call that stays
    complete,  ///< everything was handled, and it waits for more
    overrun,   ///< it does more than any consumer could need for this script
    dozing,    ///< it waits, as it may, in slices so short that nobody will see the end of it
    returned,
  };

  Stage(Script script, std::shared_ptr<eventstream::Semaphore> semaphore, std::size_t permits,
        std::shared_ptr<History> history, std::string actor);
  ~Stage();

  eventstream::Stream& stream();
  eventstream::Handler& handler();
  std::shared_ptr<eventstream::Clock> clock();
  /// Keeps account of what the strategy is asked and tells.
  eventstream::Backoff strategy(eventstream::Backoff inner);

  /// Waits until it is no longer running, or has done nothing for that long.
  State await(std::chrono::nanoseconds patience);
  /// Wait at most that long: for its return, and for so many acts (or its return).
  bool await_return(std::chrono::nanoseconds patience);
  void await_acts(std::size_t count, std::chrono::nanoseconds patience);

  void returned(const eventstream::Result<void>& result, std::string exception);
  /// What stays returns, and nothing stays from now on.
  void release();
  /// No call returns any more, so that a consumer that can't be stopped costs no processor.
  void abandon();

  const Script& script() const { return script_; }
  std::vector<Act> acts() const;
  /// The events that are handled.
  std::size_t handled() const;
  std::size_t open_cursors() const;
  /// What it returned; only once it has.
  const eventstream::Result<void>& result() const { return *result_; }
  const std::string& exception() const { return exception_; }

 private:
  class ScriptedStream;
  class ScriptedSource;
  class ScriptedHandler;
  class ScriptedClock;

  using Lock = std::unique_lock<std::mutex>;
  std::size_t begin(Lock& lock, Act act);
  std::size_t enter(Act act);
  bool stops_here();
  std::optional<Fault> fault(Lock& lock, Step step, const std::stop_token& token);
  eventstream::Result<void> conclude(std::size_t act, const std::optional<Fault>& fault);
  void note(const Act& act, Outcome outcome) const;
  eventstream::Result<void> apply(Lock& lock, std::size_t act, const std::stop_token& token);
  std::unique_ptr<eventstream::Source> make_source(std::size_t number, eventstream::Offset offset);
  bool all_permits_free(bool without_semaphore) const;
  void become(State state);

  const Script script_;
  const std::shared_ptr<eventstream::Semaphore> semaphore_;
  const std::size_t permits_;
  const std::shared_ptr<History> history_;
  const std::string actor_;
  const std::size_t limit_;  // of `done_`: far more than any consumer needs for this script
  std::unique_ptr<ScriptedStream> stream_;
  std::unique_ptr<ScriptedHandler> handler_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  State state_ = State::running;
  bool returned_ = false;
  bool released_ = false;
  bool abandoned_ = false;
  std::vector<Act> acts_;
  std::size_t done_ = 0;    // acts; a delay that is waited for in slices is one
  std::size_t slices_ = 0;  // of the delay that is waited for
  std::size_t all_slices_ = 0;
  double waited_ = 0;              // for that delay, in seconds
  std::optional<double> advised_;  // by the strategy, since the last thing done
  std::map<Step, std::uint64_t> calls_;
  eventstream::Offset next_ = 0;
  std::size_t due_ = 0;  // the first event that isn't handled
  std::size_t inside_ = 0;
  std::size_t opened_ = 0;
  std::size_t open_ = 0;
  bool at_end_ = false;
  std::optional<eventstream::Result<void>> result_;
  std::string exception_;
};

}  // namespace streamtest

#endif
