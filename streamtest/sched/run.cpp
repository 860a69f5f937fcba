#include <streamtest/sched/libraries.hpp>
#include <streamtest/sched/pinned.hpp>
#include <streamtest/sched/real.hpp>
#include <streamtest/sched/run.hpp>

#include <cxxabi.h>
#include <execinfo.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

// Where somebody looks for leaks.
extern "C" [[gnu::weak]] void __lsan_disable();

namespace streamtest::sched::detail {
namespace {

enum Signal : std::uint32_t { exiting = 1, finished = 2 };

constexpr std::uint64_t hash_begin = 14695981039346656037U;  // FNV-1a
constexpr std::uint64_t hash_factor = 1099511628211U;

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash = (hash ^ value) * hash_factor;
}

/// Its destructor is the last of a thread that we can see: it asks to be called again until those
/// of the program's own keys have had their rounds. Thread-local objects are gone before the first.
pthread_key_t end_of_thread() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, [](void* round) {
      const auto number = reinterpret_cast<std::uintptr_t>(round);
      if (number < PTHREAD_DESTRUCTOR_ITERATIONS - 1)
        pthread_setspecific(end_of_thread(), reinterpret_cast<void*>(number + 1));
      else if (self != nullptr) {
        self->run->end(*self);
        self = nullptr;
      }
    });
    return made;
  }();
  return key;
}

void give_turn(Participant& one) {
  one.baton.store(its_turn, std::memory_order_release);
  awake(one.baton);
}

void await_turn(Participant& me) {
  while (me.baton.load(std::memory_order_acquire) == 0) sleep_on(me.baton, 0);
  if (me.baton.load(std::memory_order_relaxed) != its_turn) sleep_forever(me);
  me.baton.store(0, std::memory_order_relaxed);
}

/// Where a thread's objects lie that are gone with it: to the byte, for beside it lies the next
/// one.
void find_stack(Participant& me) {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  void* begin = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &begin, &size);
  pthread_attr_destroy(&attributes);
  me.stack_begin = reinterpret_cast<std::uintptr_t>(begin);
  me.stack_end = me.stack_begin + size;
}

void* participate(void* argument) {
  Participant& me = *static_cast<Participant*>(argument);
  me.kernel_id = static_cast<int>(real().syscall(SYS_gettid));
  await_turn(me);
  find_stack(me);
  // What a run that gets stuck leaves behind is lost, not leaked.
  if (__lsan_disable != nullptr) __lsan_disable();
  pthread_setspecific(end_of_thread(), reinterpret_cast<void*>(1));
  self = &me;
  const auto failed = [&](const char* text) {
    const Inside inside(me);
    me.run->fail((me.actor == 0 ? "the body" : "actor " + std::to_string(me.actor)) +
                 " ended with an exception: " + text);
  };
  try {
    return me.start();
  } catch (abi::__forced_unwind&) {
    throw;  // pthread_exit
  } catch (const std::exception& thrown) {
    failed(thrown.what());
  } catch (...) {
    failed("of an unknown type");
  }
  return nullptr;
}

/// What the first exception of a process does once, with locks, must not be a part of the run that
/// throws it: it would never come again.
void throw_one() {
  static const bool thrown = [] {
    try {
      throw std::runtime_error("none");
    } catch (const std::runtime_error&) {
      return true;
    }
  }();
  (void)thrown;
}

/// A lock that the kernel gives up for a thread that exits with it.
void make_last_lock(pthread_mutex_t& lock) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

}  // namespace

/// A thread that has really exited has given back its memory: only so do addresses not depend on
/// when the kernel lets it.
void await_exit(Participant& one) {
  if (real().pthread_mutex_lock(&one.held_to_the_end) != EOWNERDEAD) return;
  pthread_mutex_consistent(&one.held_to_the_end);
  real().pthread_mutex_unlock(&one.held_to_the_end);
}

void sleep_on(const std::atomic<std::uint32_t>& word, std::uint32_t value,
              std::chrono::nanoseconds longest) {
  const timespec time{longest.count() / 1'000'000'000, longest.count() % 1'000'000'000};
  real().syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value,
                 longest == std::chrono::nanoseconds::max() ? nullptr : &time, nullptr, 0);
}

void awake(const std::atomic<std::uint32_t>& word) {
  real().syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

Inside::Inside(Participant& me) : me_(&me), error_(errno) {
  self = nullptr;
  if (me.run->over()) sleep_forever(me);
}

Run::Run(const ThreadLimits& limits, Chooser& chooser) : limits_(limits), chooser_(&chooser) {
  outcome_.hash = hash_begin;
}

Run::~Run() = default;

ThreadOutcome Run::drive(const std::function<void()>& body) {
  throw_one();
  find_libraries();
  const Pinned pinned;
  const WaiterCounts before;
  if (limits_.trace) {
    std::array<void*, 1> first{};  // loads what backtraces need, which takes locks
    ::backtrace(first.data(), 1);
  }
  clear_outside();
  run_is_active = true;
  pthread_t thread{};
  if (const int error = create(&thread, nullptr,
                               [body]() -> void* {
                                 body();
                                 return nullptr;
                               });
      error != 0)
    throw std::system_error(error, std::generic_category(), "a thread for the run");
  Participant* const first = decide();
  running_ = first;
  if (first == nullptr) throw std::logic_error("a run without a move");
  give_turn(*first);
  watch();
  run_is_active = false;
  outcome_.actors = static_cast<Actor>(participants_.size());
  outcome_.moves = moves();
  outcome_.virtual_time = std::chrono::nanoseconds(now_);
  Participant& body_of_the_run = participants_.front();
  if (body_of_the_run.ended && !body_of_the_run.released) {
    real().pthread_join(thread, nullptr);
    body_of_the_run.released = true;
  }
  if (live_ > 0) leave_behind(shared_from_this(), before);
  return outcome_;
}

int Run::create(pthread_t* thread, const pthread_attr_t* attributes, std::function<void*()> start) {
  Participant& made = participants_.emplace_back(*this, static_cast<Actor>(participants_.size()));
  made.start = std::move(start);
  make_last_lock(made.held_to_the_end);
  made.self = &object(&made, Object::Kind::actor);
  made.step = {.operation = "begin", .object = made.self};
  ++live_;
  const int error = real().pthread_create(thread, attributes, participate, &made);
  if (error != 0) {
    --live_;
    participants_.pop_back();
    return error;
  }
  made.handle = *thread;
  return 0;
}

void Run::arrive(Participant& me, const Step& step, const void* caller) {
  me.step = step;
  me.gave_way_at = Participant::not_possible;
  if (!step.passive) me.looks = 0;
  if (step.passive) me.looks += step.loads ? 1 : weight_of_a_yield;
  if (me.looks >= looks_until_it_gives_way) me.gave_way_at = progress_;
  if (step.deadline != never || step.need != Need::nothing) me.clock_reads = 0;
  if (limits_.trace) {
    std::array<void*, 32> frames{};
    const auto count =
        static_cast<std::size_t>(::backtrace(frames.data(), static_cast<int>(frames.size())));
    const auto end = frames.begin() + static_cast<std::ptrdiff_t>(count);
    const auto begin = std::find(frames.begin(), end, caller);
    me.frames.clear();
    for (auto each = begin; each != end; ++each)
      me.frames.push_back(reinterpret_cast<std::uintptr_t>(*each));
  }
  pass_turn(me);
}

void Run::pass_turn(Participant& me) {
  Phase expected = Phase::running;
  if (!phase_.compare_exchange_strong(expected, Phase::deciding)) sleep_forever(me);
  Participant* const next = decide();
  running_.store(next);
  if (next == nullptr) {
    phase_.store(Phase::over);
    signal_.store(finished);
    awake(signal_);
    sleep_forever(me);
  }
  phase_.store(Phase::running);
  if (next == &me) return;
  give_turn(*next);
  await_turn(me);
}

void Run::end(Participant& me) {
  const Inside inside(me);
  Phase expected = Phase::running;
  if (!phase_.compare_exchange_strong(expected, Phase::deciding)) sleep_forever(me);
  me.ended = true;
  --live_;
  mix(outcome_.hash, me.actor + 1);
  forget_stack(me);
  real().pthread_mutex_lock(&me.held_to_the_end);
  ending_ = &me;
  after_ = decide();
  running_.store(after_);
  phase_.store(after_ == nullptr ? Phase::over : Phase::running);
  signal_.store(exiting);
  awake(signal_);
}

void Run::watch() {
  using Clock = std::chrono::steady_clock;
  std::uint64_t seen = moves();
  Clock::time_point moved = Clock::now();
  for (;;) {
    sleep_on(signal_, 0, limits_.patience);
    const std::uint32_t signal = signal_.exchange(0);
    if (signal == finished) return;
    if (signal == exiting) {
      await_exit(*ending_);
      // Detached: it is joinable all the same, for only so its stack can be had back if it is
      // stuck.
      if (ending_->released) real().pthread_join(ending_->handle, nullptr);
      ending_ = nullptr;
      if (after_ == nullptr) return;
      give_turn(*after_);
      moved = Clock::now();
    } else if (moves() != seen) {
      seen = moves();
      moved = Clock::now();
    } else if (Clock::now() - moved >= limits_.patience && !is_starved() && lost()) {
      return;
    }
  }
}

/// On a busy machine a thread may wait for a processor as long as that: it isn't lost, it has had
/// no time.
bool Run::is_starved() {
  Participant* const one = running_.load();
  if (one == nullptr) return true;  // the run is just ending
  clockid_t clock{};
  timespec used{};
  if (pthread_getcpuclockid(one->handle, &clock) != 0) return false;
  real().clock_gettime(clock, &used);
  const Time now = Time{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
  const bool asleep = describe_lost(*one, limits_.patience).find("asleep") != std::string::npos;
  const Time since = now - std::exchange(processor_time_, now);
  return !asleep && since < std::chrono::nanoseconds(limits_.patience).count() / 4;
}

bool Run::lost() {
  Phase expected = Phase::running;
  if (!phase_.compare_exchange_strong(expected, Phase::over)) return false;
  lost_ = true;
  outcome_.verdict = failure_.empty() ? ThreadVerdict::lost_control : ThreadVerdict::failed;
  outcome_.message =
      failure_.empty() ? describe_lost(*running_.load(), limits_.patience) : failure_;
  return true;
}

void Run::fail(std::string text) {
  if (failure_.empty()) failure_ = std::move(text);
}

Object& Run::object(const void* address, Object::Kind kind) {
  Object*& place = by_address_[address];
  // An atomic may be waited on as a word, by the same number.
  const bool same_thing = kind == Object::Kind::atomic || kind == Object::Kind::word;
  if (place != nullptr && same_thing && place->kind == Object::Kind::atomic) place->kind = kind;
  if (place == nullptr || (place->kind != kind && kind != Object::Kind::atomic)) {
    const auto number = static_cast<std::uint32_t>(objects_.size() + 1);
    place = &objects_.emplace_back();
    place->address = address;
    place->number = number;
    place->kind = kind;
  }
  return *place;
}

/// Descriptors are numbers; no object of the program lies at such an address.
Object& Run::descriptor(int descriptor) {
  return object(reinterpret_cast<const void*>(static_cast<std::intptr_t>(descriptor) + 1),
                Object::Kind::descriptor);
}

void Run::forget(const void* address) {
  by_address_.erase(address);
}

void Run::forget_stack(const Participant& one) {
  std::erase_if(by_address_, [&](const auto& each) {
    const auto address = reinterpret_cast<std::uintptr_t>(each.first);
    return address >= one.stack_begin && address < one.stack_end;
  });
}

void Run::clock_was_read(Participant& me) {
  constexpr unsigned reads_at_one_pace = 16;
  constexpr unsigned most_doublings = 26;  // a minute
  now_ += Time{1000} << std::min(me.clock_reads++ / reads_at_one_pace, most_doublings);
}

void Run::ask_early(Step& step, bool on_condition) {
  const bool times_out = step.deadline != never && step.deadline > now_ &&
                         step.deadline - now_ < limits_.early_timeouts_below.count();
  if (!times_out && !(on_condition && limits_.spurious_wakeups)) return;
  step.may_end_early = pick(2) == 1;
  step.early_is_late = times_out;
  step.early_since = moves();
}

std::size_t Run::wake(Object& object, std::size_t count, std::uint32_t bits) {
  std::vector<Participant*> waiting;
  for (Participant* each : object.waiters)
    if ((each->step.bits & bits) != 0) waiting.push_back(each);
  std::size_t woken = 0;
  while (woken < count && !waiting.empty()) {
    const bool all = count - woken >= waiting.size();
    const std::size_t choice = all ? 0 : std::min(pick(waiting.size()), waiting.size() - 1);
    Participant* const one = waiting[choice];
    one->step.woken = true;
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(choice));
    std::erase(object.waiters, one);
    ++woken;
  }
  return woken;
}

Participant* Run::find(pthread_t thread) {
  for (auto each = participants_.rbegin(); each != participants_.rend(); ++each)
    if (pthread_equal(each->handle, thread) != 0) return &*each;
  return nullptr;
}

void Run::remember(const Participant& one) {
  const std::uint32_t object = one.step.touches();
  mix(outcome_.hash, one.actor + 1);
  for (const char letter : one.step.operation)
    mix(outcome_.hash, static_cast<unsigned char>(letter));
  mix(outcome_.hash, object);
  if (limits_.trace)
    outcome_.trace.push_back({moves(), one.actor, one.step.operation, object, one.frames});
}

}  // namespace streamtest::sched::detail
