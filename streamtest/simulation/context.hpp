#ifndef STREAMTEST_SIMULATION_CONTEXT_HPP
#define STREAMTEST_SIMULATION_CONTEXT_HPP

#include <streamtest/schedule/chooser.hpp>
#include <streamtest/simulation/clock.hpp>
#include <streamtest/simulation/executor.hpp>
#include <streamtest/simulation/wait.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace streamtest::simulation {

struct Options {
  /// The most steps that one run() makes: a program that spins ends there.
  std::uint64_t most_steps = 100'000;
  /// An actor that has made so many steps while others could counts as the last one of all instead
  /// of the first, so that a program that politely waits for another ends in the order without
  /// deviations too.
  std::uint64_t quantum = 100;
  /// Time may also pass while handlers are ready: that the first timers fire is one more move then,
  /// made by the actor "clock". Finds races of time-outs with what they limit; but a program for
  /// which an hour is ample is right without.
  bool early_timers = false;
};

/// How a run() ended.
enum class End {
  quiescent,         ///< nothing is ready, and no timer can make something ready
  stopped,           ///< by stop()
  step_limit,        ///< Options::most_steps
  threads_appeared,  ///< the process has more threads than before, or another thread posted
};

/// What became of a Context until run() returned. Figures are those of its whole life.
struct Outcome {
  End end = End::quiescent;
  std::uint64_t steps = 0;
  /// Of all steps and posts by their actors, in their order, of the clock and of what note() was
  /// given; never of an address.
  std::uint64_t hash = 0;
  Clock::time_point now;
  std::size_t pending_timers = 0;
  /// Executors that ask to be counted: coroutines that were spawned and have not ended, mostly.
  std::size_t work = 0;
  std::size_t threads_before = 0;  ///< of the process, at the last time there were no more
  std::size_t threads_now = 0;     ///< more, or else another thread that is gone has posted
};

/// In words; for threads that appeared also what to do about it.
std::string to_text(const Outcome& outcome);

/// An Asio execution context in one thread, in which every order is the Chooser's and time is
/// virtual. The same program and the same choices give the same run, which Outcome::hash tells.
///
/// What runs elsewhere escapes it: `boost::asio::steady_timer`, sockets and files of Asio (each
/// starts a thread of its own for the context, which run() tells), other threads, real clocks.
/// Blocking in a handler blocks the run.
///
/// A handler sees a state that no other handler changes at the same time: what goes wrong between
/// two instructions of threads is found by threads, controlled or free, and not here.
///
/// Lifetime: it must outlive its executors and timers, and what holds handlers for them: a stream
/// under test. Suspended coroutines, on the other hand, may refer to that stream. So: drain(), then
/// the stream's end, then the context's.
///
/// Thread-safety: none; constructed, used and destroyed in one thread. A handler that another
/// thread posts is kept unrun, and told by run().
class Context : public boost::asio::execution_context {
 public:
  using executor_type = Executor;

  explicit Context(Options options = {});
  /// Drains; see drain().
  ~Context();

  /// For the actor of that number, or of that name, which gets the next free number at its first
  /// use.
  Executor executor(Actor actor);
  Executor executor(std::string_view name);
  /// For the actor "main"; for functions that take a context.
  Executor get_executor() { return executor("main"); }
  /// "actor 3" for one without a name.
  std::string name_of(Actor actor) const;
  /// How many have a number.
  std::size_t actors() const noexcept { return names_.size(); }

  /// Makes step after step, each chosen out of the handlers that are ready, until none is and no
  /// timer is left that fires up to `until`, that included; the clock stands at `until` then, if
  /// given and reached. Can be called again, to go on. Passes on what a handler throws, and can be
  /// called again then too. Throws `std::logic_error` if called by a handler, and
  /// `std::out_of_range` if the chooser answers with none of the moves.
  ///
  /// `Move::object` is 0, `Move::since` a number of its own for each handler.
  Outcome run(Chooser& chooser, Clock::time_point until = never);
  /// Ends the run after the handler that calls it.
  void stop() noexcept { stopped_ = true; }

  /// Completes, with no error, at quiescence: when run() would else return. Those who wait do so
  /// one after the other, and what each sets going comes to rest before the next. For a coroutine
  /// that can't call run(). Signature: void(error_code).
  template <class Token>
  auto async_settled(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this](auto handler) { settled_.push_back(make_wait(std::move(handler), get_executor())); },
        token);
  }

  /// Destroys what is ready or waits, unrun, and what is posted meanwhile, until nothing is left:
  /// to destroy a suspended coroutine posts its unwinding. Not for a handler to call.
  void drain();

  /// One of so many alternatives, 0 being the usual one, decided by the chooser: for programs that
  /// want to be disturbed, by a spurious wake-up for example. Throws `std::logic_error` outside of
  /// a run.
  std::size_t pick(std::size_t count);

  /// True in a handler of that actor.
  bool runs(Actor actor) const noexcept;

  Clock::time_point now() const noexcept { return now_; }
  /// Made so far, in all runs, the one that goes on included.
  std::uint64_t steps() const noexcept { return steps_; }
  /// Becomes part of the hash: a result, for example.
  void note(std::uint64_t value) noexcept { hash_ = (hash_ ^ value) * hash_prime + (hash_ >> 47); }

 private:
  friend class Executor;
  friend class Timer;

  static constexpr std::uint64_t hash_prime = 0x9E3779B97F4A7C15U;

  struct Ready {
    Actor actor = 0;
    std::uint64_t since = 0;
    std::unique_ptr<Task> task;
  };
  /// The moment, and a number that tells waits apart: of those at one moment the oldest is first.
  using WaitKey = std::pair<Clock::time_point, std::uint64_t>;

  void post(Actor actor, std::unique_ptr<Task> task);

  /// To wait for a moment that has passed is to be ready at once.
  WaitKey wait(Clock::time_point moment, std::unique_ptr<Wait> who);
  bool is_waiting(const WaitKey& key) const { return waits_.contains(key); }
  /// False if nobody waits under that key any more.
  bool cancel(const WaitKey& key);

  std::size_t first_move_at() const;
  void collect_moves(std::size_t first);
  void step();
  bool timer_is_due() const;
  bool let_time_pass();
  void fire_timers();
  bool settle_next();
  std::vector<std::unique_ptr<Task>> take_foreign();
  bool threads_appeared();
  Outcome outcome(End end) const;

  Options options_;
  Chooser* chooser_ = nullptr;      ///< in a run
  std::vector<std::string> names_;  ///< by actor
  std::vector<Ready> ready_;        ///< by actor, then by age
  std::vector<Move> moves_;
  std::map<WaitKey, std::unique_ptr<Wait>> waits_;
  std::vector<std::unique_ptr<Wait>> settled_;
  std::uint64_t waits_made_ = 0;
  std::uint64_t posts_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
  Clock::time_point now_;
  Clock::time_point until_ = never;  ///< of the run that goes on
  Actor clock_ = 0;                  ///< who fires early timers
  Actor last_ = 0;
  std::uint64_t streak_ = 0;  ///< steps of the last actor while others could
  bool inside_ = false;       ///< a handler, of the last actor
  bool stopped_ = false;

  std::size_t threads_before_ = 0;
  std::size_t threads_now_ = 0;
  std::atomic<std::size_t> work_ = 0;
  std::atomic<std::thread::id> owner_;
  std::atomic<bool> foreign_posts_ = false;
  std::mutex foreign_mutex_;
  std::vector<std::unique_ptr<Task>> foreign_;
};

}  // namespace streamtest::simulation

#endif
