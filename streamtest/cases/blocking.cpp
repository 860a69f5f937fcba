#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using std::chrono::nanoseconds;

/// Lets that much time go by with nothing done. Nothing is decided by it: what is seen afterwards
/// must hold after any time.
void let_time_pass(nanoseconds time) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, time, [] { return false; });
}

/// A part of the budget for waiting idly: `parts` of them would use it up.
nanoseconds idle_time(const Bench& bench, int parts) {
  return std::min<nanoseconds>(bench.settings().budget / parts, std::chrono::seconds(1));
}

// ---- BLK-1 --------------------------------------------------------------------------------------

/// Everything that must not end a wait: other cursors that come, read, are cancelled and go,
/// questions to the stream.
void stir(Trial& trial) {
  Follower other(trial, 0, trial.all_types());
  other.catch_up();
  other.start();
  other.leave();
  if (trial.has(Means::application)) (void)trial.application();
  if (trial.has(Means::event_types)) (void)trial.event_types();
}

// At the end of an empty stream and of others, behind the end, and where nothing matches, next must
// wait: idle time, other readers and appends that aren't for it must not end it (B31, B48, S-5).
// Without a clock of its own, idle time is short.
void next_waits_at_the_end(Bench& bench) {
  for (const std::size_t before : {0, 1, 7}) {
    const auto trial = bench.trial();
    append_run(bench, *trial, in_turn(before));
    std::vector<Follower> waiting;
    for (const EventTypeSet& filter : every_filter(*trial)) {
      for (const Offset from : {Offset{0}, trial->end(), trial->end() + 2}) {
        if (waiting.size() == cursor_limit(bench, 21)) break;
        waiting.emplace_back(*trial, from, filter);
        waiting.back().catch_up();
        waiting.back().start();
      }
    }
    stir(*trial);
    if (before != 1) let_time_pass(idle_time(bench, 600));
    for (Follower& follower : waiting) follower.check();
    bench.count(waiting.size());
    append_until(*trial, [&] {
      bool all = true;
      for (Follower& follower : waiting) all = (!follower.pending() || follower.check()) && all;
      if (!all) stir(*trial);
      return all;
    });
  }
}

// ---- BLK-2 --------------------------------------------------------------------------------------

// P3: some events, then nothing more. Readers that wait and readers that come later must get the
// last one (B42, B43, O-19).
void last_event_needs_no_other(Bench& bench) {
  for (const std::size_t count : {1, 2, 3, 5, 12}) {
    for (const std::size_t batch : {std::size_t{1}, count}) {
      const auto trial = bench.trial();
      std::vector<Follower> waiting;
      for (const EventTypeSet& filter : every_filter(*trial)) {
        if (waiting.size() == cursor_limit(bench, 7)) break;
        waiting.emplace_back(*trial, 0, filter);
        waiting.back().start();
      }
      append_run(bench, *trial, in_turn(count), batch);
      for (Follower& follower : waiting) {
        if (follower.check()) follower.catch_up();
        bench.count();
      }
      Follower first(*trial, 0, trial->all_types());
      first.catch_up();
      first.release();
      Follower last(*trial, trial->log().back().offset, trial->all_types());
      last.catch_up();
    }
  }
}

// The same in the long run: after every burst all must be read, before anything else is appended.
void every_burst_is_read_to_its_end(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<Follower> readers;
  for (const EventTypeSet& filter : every_filter(*trial))
    if (readers.size() < cursor_limit(bench, 7)) readers.emplace_back(*trial, 0, filter);
  for (Rounds rounds = bench.rounds(150); rounds.more();) {
    for (Follower& reader : readers)
      if (!reader.pending() && bench.below(2) == 0) reader.start();
    append_run(bench, *trial, at_random(bench, 1 + bench.below(4)), 1 + bench.below(4));
    for (Follower& reader : readers)
      if (!reader.pending() || reader.check()) reader.catch_up();
    bench.count(readers.size());
  }
}

// ---- BLK-3 --------------------------------------------------------------------------------------

// P4: the append comes at every moment of a next: before it looks, between its look and its wait,
// while it sleeps (B39-B41, B45, O-17).
void append_races_with_next(Bench& bench) {
  const auto trial = bench.trial();
  Follower reader(*trial, 0, trial->filter({0}));
  for (Rounds rounds = bench.rounds(3000); rounds.more();) {
    reader.start();
    Bench::spin(some_spins(bench));
    trial->append_one(0);
    reader.check();
    bench.count();
  }
}

using Clock = std::chrono::steady_clock;

/// Calls a cursor's next again and again, in one thread, so that an append can be aimed at the few
/// instructions between its look and its wait. Ends when it is cancelled, and with the first next
/// that gives no event.
class Loop final : public AnyCursor {
 public:
  explicit Loop(std::unique_ptr<AnyCursor> cursor) : cursor_(std::move(cursor)) {}

  Result<Event> next(std::stop_token token) override {
    for (std::uint64_t count = 0;;) {
      Result<Event> seen = cursor_->next(token);
      if (!seen) return seen;
      const Clock::time_point now = Clock::now();
      {
        std::lock_guard lock(mutex_);
        recent_[count % recent_.size()] = *seen;
        returned_ = now;
      }
      count_.store(++count);
      if (token.stop_requested()) return seen;
      for (const Clock::time_point until = now + nanoseconds(pause_); Clock::now() < until;)
        Bench::spin(5);
    }
  }
  Result<void> close() override { return cursor_->close(); }

  /// How long it waits after each event, actively, before it calls next again.
  void pause(nanoseconds time) { pause_ = time.count(); }

  /// Its n-th event, of the last few.
  Event event(std::uint64_t number) const {
    std::lock_guard lock(mutex_);
    return recent_[(number - 1) % recent_.size()];
  }
  /// When it gave the last one.
  Clock::time_point returned() const {
    std::lock_guard lock(mutex_);
    return returned_;
  }

  /// Waits until there were so many events, actively as long as that may be worth it; false if it
  /// takes longer than that.
  bool reaches(std::uint64_t count, nanoseconds patience) const {
    const Clock::time_point deadline = Clock::now() + patience;
    for (std::uint64_t looks = 0; count_ < count; ++looks) {
      if (looks < 50000) continue;
      if (Clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  std::unique_ptr<AnyCursor> cursor_;
  std::atomic<std::uint64_t> count_ = 0;
  std::atomic<nanoseconds::rep> pause_ = 0;
  mutable std::mutex mutex_;
  std::array<Event, 16> recent_;
  Clock::time_point returned_;
};

/// When the appends fall, counted from the reader's last return: it is made to pause about so long
/// that it looks for the next event while that is being appended. As the last append, but not if
/// the processor was away.
class Aim {
 public:
  void appended(Clock::time_point returned, Clock::time_point begin, Clock::time_point end) {
    if (returned == Clock::time_point()) return;
    least_ = std::min(least_, end - returned);
    begin_ = std::min<nanoseconds>(begin - returned, 4 * least_);
    end_ = std::min<nanoseconds>(end - returned, 4 * least_);
  }

  /// About when the append begins, or any time until well after it.
  nanoseconds pause(Bench& bench) const {
    if (bench.below(2) == 0) return begin_ * (768 + bench.below(512)) / 1024;
    return end_ * bench.below(2048) / 1024;
  }

 private:
  nanoseconds least_ = std::chrono::milliseconds(1);
  nanoseconds begin_{0};
  nanoseconds end_{0};
};

/// The loop must come to the n-th event.
void must_read(Trial& trial, const Loop& loop, Pending& pending, std::uint64_t number,
               nanoseconds pause) {
  const bool reached = loop.reaches(number, trial.patience());
  if (pending.done())
    trial.fail(
        fmt::format("next ended its wait without an event: {}", trial.describe(pending.result())));
  if (!reached)
    trial.fail(fmt::format(
        "next is stuck: expected event number {}, which was appended about when next began to wait "
        "({} ns "
        "after its last return), but it has not returned within the patience: a wake-up was lost",
        number, pause.count()));
}

void must_have_given(Trial& trial, const Loop& loop, std::uint64_t number, const Parcel& wanted) {
  const Event seen = loop.event(number);
  if (!seen.parcel || trial.token(*seen.parcel) != trial.token(*wanted))
    trial.fail(fmt::format(
        "next gave the wrong event: expected the one that was just appended ({}), seen {}",
        trial.token(*wanted), trial.describe(Result<Event>(seen))));
}

// The same without a hand-over to another thread in between: reader and appender drive each other.
void append_races_with_a_reading_thread(Bench& bench) {
  if (bench.driver().delivery() != Delivery::blocking || bench.driver().exact()) return;
  const auto trial = bench.trial();
  std::shared_ptr<Loop> loop;
  Reader reader =
      trial->open_wrapped(0, trial->filter({0}), [&](std::unique_ptr<AnyCursor> cursor) {
        return loop = std::make_shared<Loop>(std::move(cursor));
      });
  Pending pending = reader.start_next();
  Aim aim;
  nanoseconds before{0};
  std::uint64_t number = 0;
  for (Rounds rounds = bench.rounds(8000); rounds.more();) {
    const std::vector<Parcel> batch = {trial->parcel(trial->type(0))};
    const nanoseconds pause = aim.pause(bench);
    const Clock::time_point returned = loop->returned();
    loop->pause(pause);  // after the event that is appended now
    const Clock::time_point begin = Clock::now();
    if (!trial->subject().append(batch))
      throw HarnessFailure("append failed in the middle of a race");
    aim.appended(returned, begin, Clock::now());
    must_read(*trial, *loop, pending, ++number, before);
    must_have_given(*trial, *loop, number, batch.front());
    // Nothing is recorded between append and read; the watchdog must hear that they go on.
    if (number % 64 == 0)
      bench.history().complete(bench.history().invoke("append", "case", "", "64 times"),
                               {"ok", {}, {}, {}});
    before = pause;
    bench.count();
  }
}

// ---- BLK-4 --------------------------------------------------------------------------------------

// Many readers, some with equal filters; each append must wake those that it matches, all of them,
// and no others (B50, O-18).
void one_append_wakes_all_that_it_matches(Bench& bench) {
  const auto trial = bench.trial();
  const std::vector<EventTypeSet> filters = every_filter(*trial);
  std::vector<Follower> waiting;
  for (std::size_t i = 0; i < cursor_limit(bench, bench.size(70, 28)); ++i)
    waiting.emplace_back(*trial, 0, filters[i % filters.size()]);
  for (Rounds rounds = bench.rounds(40); rounds.more();) {
    for (Follower& follower : waiting)
      if (!follower.pending()) follower.start();
    Bench::spin(some_spins(bench));
    trial->append_one(bench.below(3));
    for (Follower& follower : waiting) follower.check();
    bench.count(waiting.size());
  }
}

// Readers of one type only, woken at once again and again: none may take the wake-up of another.
void equal_readers_wake_together(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<Follower> waiting;
  for (std::size_t i = 0; i < cursor_limit(bench, 4); ++i)
    waiting.emplace_back(*trial, 0, trial->filter({1}));
  for (Rounds rounds = bench.rounds(300); rounds.more();) {
    for (Follower& follower : waiting) follower.start();
    Bench::spin(some_spins(bench));
    trial->append_one(1);
    for (Follower& follower : waiting) follower.check();
    bench.count(waiting.size());
  }
}

// ---- BLK-5 --------------------------------------------------------------------------------------

/// Of a core, for one waiting cursor.
constexpr double most_use = 0.2;

/// Processor time of this process so far. It doesn't grow with what other processes do, however
/// busy the machine is.
nanoseconds processor_time() {
  std::timespec time{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
    throw NotSupported("the processor time can't be measured");
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// The part of a core that this process uses in the best of three windows; it stops at one that is
/// fine.
double least_use(Bench& bench, nanoseconds window) {
  double least = 1e9;
  for (int i = 0; i < 3 && least >= most_use; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const nanoseconds before = processor_time();
    let_time_pass(window);
    const nanoseconds used = processor_time() - before;
    const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start;
    least = std::min(least, std::chrono::duration<double>(used) / real);
    bench.count();
  }
  return least;
}

// A cursor that waits must sleep, not spin (B31, S-1). Measures this process, so a stream whose
// work is done by a server shows only its client's part. A short window is enough to see that all
// is well; only whole seconds say that it isn't, for a stream may do something now and then.
void waiting_costs_little(Bench& bench) {
  if (bench.factory().in_another_process)
    throw NotSupported("the stream lives in another process, whose time isn't this one's");
  const auto trial = bench.trial();
  append_run(bench, *trial, in_turn(3));
  Follower witness(*trial, 0, trial->all_types());
  witness.catch_up();
  Follower waiting(*trial, 0, trial->filter({1}));
  waiting.catch_up();
  waiting.start();
  // An append that isn't for it: by the time the witness has read it, the wait has most likely
  // begun.
  trial->append_one(0);
  witness.catch_up();
  double least = least_use(bench, idle_time(bench, 60));
  if (least >= most_use) least = least_use(bench, std::chrono::seconds(1));
  waiting.check();
  trial->append_one(1);
  waiting.check();
  if (least >= most_use)
    trial->fail(fmt::format(
        "while one cursor waited, the process used {:.0f} % of a core in the best of three "
        "seconds; it should use less than {:.0f} %",
        100 * least, 100 * most_use));
}

constexpr Case blocking_table[] = {
    {.rule = "BLK-1", .name = "next_waits_at_the_end", .body = next_waits_at_the_end},
    {.rule = "BLK-2", .name = "last_event_needs_no_other", .body = last_event_needs_no_other},
    {.rule = "BLK-2",
     .name = "every_burst_is_read_to_its_end",
     .body = every_burst_is_read_to_its_end},
    {.rule = "BLK-3", .name = "append_races_with_next", .body = append_races_with_next},
    {.rule = "BLK-3",
     .name = "append_races_with_a_reading_thread",
     .body = append_races_with_a_reading_thread},
    {.rule = "BLK-4",
     .name = "one_append_wakes_all_that_it_matches",
     .body = one_append_wakes_all_that_it_matches},
    {.rule = "BLK-4", .name = "equal_readers_wake_together", .body = equal_readers_wake_together},
    {.rule = "BLK-5", .name = "waiting_costs_little", .body = waiting_costs_little},
};

}  // namespace

std::span<const Case> blocking_cases() {
  return blocking_table;
}

}  // namespace streamtest
