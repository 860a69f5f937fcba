#ifndef STREAMTEST_SCHED_RUN_HPP
#define STREAMTEST_SCHED_RUN_HPP

#include <streamtest/sched/actor.hpp>
#include <streamtest/sched/waiter_counts.hpp>
#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/schedule/thread_control.hpp>

#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

namespace streamtest::sched::detail {

/// One run: the threads, whose turn it is, and the model. Whoever has the turn may touch all of it,
/// nobody else; who takes a turn has seen what the one before did, since the turn is handed over
/// through a futex. It is handed over from thread to thread directly; the caller of drive() only
/// sees the end of threads through, and looks whether anything moves at all.
///
/// A run that got stuck lives on: its threads sleep in it.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const ThreadLimits& limits, Chooser& chooser);
  ~Run();

  ThreadOutcome drive(const std::function<void()>& body);

  // For the interposed functions, in a thread that has the turn.

  /// The actor is about to take this step. Returns when it is its turn to take it; what the step
  /// needed was so then, or its time had passed.
  void arrive(Participant& me, const Step& step, const void* caller);
  Object& object(const void* address, Object::Kind kind);
  Object& descriptor(int descriptor);
  void forget(const void* address);
  void clock_was_read(Participant& me);
  /// Whether a wait may end early, if the limits allow that at all: a choice.
  void ask_early(Step& step, bool on_condition);
  /// Wakes that many waiters, which the chooser picks. How many there were.
  std::size_t wake(Object& object, std::size_t count, std::uint32_t bits = ~0U);
  /// The newest that had this handle, also if it was joined or detached.
  Participant* find(pthread_t thread);
  int create(pthread_t* thread, const pthread_attr_t* attributes, std::function<void*()> start);
  void end(Participant& me);
  void fail(std::string text);
  void count_uncontrolled() { ++outcome_.uncontrolled; }
  void set_met_a_point() { outcome_.met_a_point = true; }
  std::deque<Participant>& participants() { return participants_; }
  bool is_lost() const { return lost_; }
  std::size_t pick(std::size_t count) { return count < 2 ? 0 : chooser_->pick(count); }

  Time now() const { return now_; }
  std::uint64_t moves() const { return moves_.load(std::memory_order_relaxed); }
  bool traced() const { return limits_.trace; }
  bool over() const { return phase_.load(std::memory_order_acquire) == Phase::over; }
  /// So many of its threads sleep from now on; 0 when they are gone.
  void note_asleep(std::size_t threads);

 private:
  enum class Phase { running, deciding, over };

  // decide.cpp
  Participant* decide();
  void collect();
  bool possible(Participant& one);
  bool lock_is_free(Participant& one, Object& lock);
  bool time_goes_on();
  Time next_deadline(Time at_the_latest) const;
  void idle();
  Participant* make_move();
  void finish(ThreadVerdict verdict);
  // outside.cpp
  void take_outside();
  bool somebody_hears_outside() const;
  bool has_others() const;
  bool await_in_real_time(std::chrono::nanoseconds duration);
  bool await_to_the_end();
  bool await_outside(std::chrono::nanoseconds longest);
  // run.cpp
  void pass_turn(Participant& me);
  void remember(const Participant& one);
  void forget_stack(const Participant& one);
  void start_thread(Participant& one);
  void watch();
  bool is_starved();
  bool lost();

  const ThreadLimits limits_;
  Chooser* chooser_;
  ThreadOutcome outcome_;
  std::string failure_;
  bool lost_ = false;  ///< a thread of it runs on unseen
  std::deque<Bystander> asleep_;

  std::atomic<Phase> phase_ = Phase::running;
  std::atomic<std::uint32_t> signal_ = 0;  ///< to the caller of drive()
  std::atomic<std::uint64_t> moves_ = 0;
  std::atomic<Participant*> running_ = nullptr;
  Time processor_time_ = 0;        ///< that the thread had when it was last looked at
  Participant* ending_ = nullptr;  ///< a thread that is about to exit
  Participant* after_ = nullptr;   ///< whose turn it is when it has

  std::deque<Participant> participants_;
  std::deque<Object> objects_;
  std::unordered_map<const void*, Object*> by_address_;
  std::size_t live_ = 0;
  Participant* last_ = nullptr;
  unsigned in_a_row_ = 0;            ///< moves that `last_` made while others could have
  std::uint64_t body_ended_at_ = 0;  ///< or the last move until now
  std::uint64_t progress_ = 1;       ///< moves that may have changed something
  Time now_ = 0;
  Time idle_step_ = 1000;

  // Kept from decision to decision for their memory.
  std::vector<Participant*> candidates_;
  std::vector<Participant*> settling_;
  std::vector<Participant*> polite_;
  std::vector<Participant*> early_;
  std::vector<Move> choices_;
};

/// The actor that this thread is, while it runs the program's code; null in every other thread, and
/// while it runs ours, so that what we call isn't interposed.
inline constinit thread_local Participant* self [[gnu::tls_model("initial-exec")]] = nullptr;

/// This thread runs our code. The program's errno survives it.
class Inside {
 public:
  explicit Inside(Participant& me);
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    self = me_;
    errno = error_;
  }

  /// What a function returns that fails with errno.
  int fails(int error) {
    error_ = error;
    return -1;
  }

 private:
  Participant* me_;
  int error_;
};

/// Sleeps until the word isn't `value`, or so long; spurious returns happen.
void sleep_on(const std::atomic<std::uint32_t>& word, std::uint32_t value,
              std::chrono::nanoseconds longest = std::chrono::nanoseconds::max());
void awake(const std::atomic<std::uint32_t>& word);

/// What stands in a participant's baton.
constexpr std::uint32_t its_turn = 1;
constexpr std::uint32_t leave = 2;
constexpr std::uint32_t leaving = 3;  ///< and the participant touches nothing of the run's any more

/// Returns when the thread has really exited, which has locked Participant::held_to_the_end.
void await_exit(Participant& one);

// left_behind.cpp
/// A thread of a run that is over: it does nothing any more.
[[noreturn]] void sleep_forever(Participant& me);
/// A run that is over though it has threads; who waited before it.
void leave_behind(std::shared_ptr<Run> run, const WaiterCounts& before);

/// Told by threads that aren't ours while there is a run: `count` waiters at that address are to be
/// woken.
void tell_from_outside(const void* address, std::size_t count);
extern std::atomic<bool> run_is_active;
void clear_outside();

// stuck.cpp
std::string describe_stuck(const std::deque<Participant>& participants);
std::string describe_lost(const Participant& one, std::chrono::milliseconds after);

}  // namespace streamtest::sched::detail

#endif
