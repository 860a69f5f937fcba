#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>
#include <streamtest/cases/scanning.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

// ---- CAN-1 --------------------------------------------------------------------------------------

template <typename T>
void must_be_cancelled(Trial& trial, const std::string& call, const Result<T>& seen) {
  if (!seen && seen.error() == Errc::cancelled) return;
  trial.fail(fmt::format(
      "{} with a token that had asked to stop gave the wrong outcome: expected cancelled, seen {}",
      call, seen ? "success" : error_name(seen.error())));
}

/// event_types and open, wherever the cursor would begin.
void ask_cancelled(Bench& bench, Trial& trial) {
  std::stop_source stop;
  stop.request_stop();
  if (trial.has(Means::event_types))
    must_be_cancelled(trial, "event_types()", trial.event_types(stop.get_token()));
  for (const Offset offset : {Offset{0}, trial.end() / 2, trial.end(), trial.end() + 5}) {
    must_be_cancelled(trial, fmt::format("open({})", offset),
                      trial.try_open(offset, trial.all_types(), stop.get_token()));
    bench.count();
  }
}

/// A next whose token had asked to stop: Cancelled, or, only if something is ready and the stream
/// is lenient, the event.
void read_cancelled(Bench& bench, Follower& follower) {
  follower.start(true);
  if (bench.capabilities().lenient_cancellation)
    (void)follower.event_or_cancelled();
  else
    follower.must_be_cancelled();
  bench.count();
}

// At the end and with events ready, again and again; then reading on: nothing may have been
// consumed.
void cancelled_tokens_return_at_once(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<Follower> followers;
  for (const EventTypeSet& filter : every_filter(*trial))
    if (followers.size() < cursor_limit(bench, 7)) followers.emplace_back(*trial, 0, filter);
  for (const std::size_t batch : {0, 1, 3, 6}) {
    append_run(bench, *trial, at_random(bench, batch));
    ask_cancelled(bench, *trial);
    for (Follower& follower : followers) {
      for (int i = 0; i < 3; ++i) read_cancelled(bench, follower);
      if (follower.due()) follower.read_one();
      read_cancelled(bench, follower);
      follower.catch_up();
      read_cancelled(bench, follower);
      follower.start();
    }
    append_until(*trial, [&] {
      bool all = true;
      for (Follower& follower : followers) all = (!follower.pending() || follower.check()) && all;
      return all;
    });
  }
}

// Calls that give up at once must leave no thread and no descriptor behind (B66, O-24).
void cancelled_tokens_leak_nothing(Bench& bench) {
  const auto trial = bench.trial();
  Follower ready(*trial, 0, trial->filter({0}));
  Follower waiting(*trial, 0, trial->filter({1}));
  must_release(bench, "calls with a token that had asked to stop", [&] {
    ask_cancelled(bench, *trial);
    read_cancelled(bench, waiting);
    if (!ready.due()) trial->append_one(0);
    read_cancelled(bench, ready);
  });
}

// ---- CAN-2 --------------------------------------------------------------------------------------

/// Readers in every place where next has to wait.
std::vector<Follower> waiting_everywhere(Bench& bench, Trial& trial) {
  std::vector<Follower> followers;
  for (const EventTypeSet& filter : {trial.filter({1}), trial.filter({1, 2}), trial.all_types()}) {
    for (const Offset from : {Offset{0}, trial.end(), trial.end() + 4, ~Offset{0}}) {
      if (followers.size() == cursor_limit(bench, 12)) break;
      followers.emplace_back(trial, from, filter);
      followers.back().catch_up();
    }
  }
  return followers;
}

// Cancel at every moment of a next, on an empty stream and on others (B54, B55).
void pending_next_is_cancelled(Bench& bench) {
  for (const std::size_t before : {0, 5}) {
    const auto trial = bench.trial();
    append_run(bench, *trial, std::vector<std::size_t>(before, 0));
    std::vector<Follower> followers = waiting_everywhere(bench, *trial);
    for (Follower& follower : followers) follower.start();
    std::shuffle(followers.begin(), followers.end(), bench.random());
    for (Follower& follower : followers) {
      follower.cancel();
      follower.must_be_cancelled();
    }
    for (Rounds rounds = bench.rounds(1000); rounds.more();) {
      Follower& follower = followers[bench.below(followers.size())];
      follower.start();
      Bench::spin(some_spins(bench));
      follower.cancel();
      follower.must_be_cancelled();
      bench.count();
    }
  }
}

// ---- CAN-3 --------------------------------------------------------------------------------------

// P5: an append and a cancel meet in a next, in either order and at every distance. Whatever it
// returns, the events read in the end must be those of the stream, each once (B51, B52, O-20).
void cancel_races_with_append(Bench& bench) {
  const auto trial = bench.trial();
  Follower reader(*trial, 0, trial->filter({0, 1}));
  for (Rounds rounds = bench.rounds(2500, 100); rounds.more();) {
    const bool cancel_first = bench.below(3) == 0;
    reader.start();
    let_others_run(bench);
    Bench::spin(some_spins(bench));
    if (cancel_first) reader.cancel();
    if (cancel_first) Bench::spin(some_spins(bench));
    trial->append_one(bench.below(3));
    if (!cancel_first) Bench::spin(some_spins(bench));
    if (!cancel_first) reader.cancel();
    (void)reader.event_or_cancelled();
    if (bench.below(4) == 0) reader.catch_up();
    bench.count();
  }
  reader.catch_up();
  reader.start();
  append_until(*trial, [&] { return reader.check(); });
}

/// A reader that cancels most of its reads, and an appender that stays just ahead of it.
struct Impatience {
  explicit Impatience(Bench& bench, Trial& of, std::size_t count)
      : trial(of),
        last(of.parcel(of.type(1))),
        types(at_random(bench, count)),
        pauses(count),
        spins(count) {
    for (std::uint64_t& pause : pauses) pause = some_spins(bench);
    for (std::uint64_t& spin : spins) spin = some_spins(bench);
  }

  void append() {
    for (std::size_t i = 0; i < types.size(); ++i) {
      while (i > read + 1 && !over) std::this_thread::yield();
      Bench::spin(pauses[i]);
      trial.append_one(types[i], "appender");
    }
    trial.append_parcels({last}, "appender");
  }

  /// Each third next is left alone, so that a slow stream gets on too.
  void read_all() {
    const std::unique_ptr<std::atomic<bool>, void (*)(std::atomic<bool>*)> leaving(
        &over, [](auto* flag) { *flag = true; });
    Reader reader = trial.open(0, trial.all_types(), "reader");
    for (std::size_t i = 0; events.size() <= types.size(); ++i) {
      Pending next = reader.start_next();
      if (i % 3 != 0) {
        Bench::spin(spins[i % spins.size()]);
        next.cancel();
      }
      // The appender waits only once it is ahead, so an event that isn't there was lost.
      if (!next.returned_in_time())
        trial.fail(fmt::format(
            "next of {} is stuck after {} events: expected event number {}, "
            "which is appended{}",
            reader.name(), events.size(), events.size() + 1, i % 3 != 0 ? ", or cancelled" : ""));
      const Result<Event> seen = next.result();
      if (!seen && seen.error() == Errc::cancelled && i % 3 != 0) continue;
      if (!seen || !seen->parcel)
        trial.fail(fmt::format("next of {} gave the wrong outcome: expected an event{}, seen {}",
                               reader.name(), i % 3 != 0 ? " or cancelled" : "",
                               trial.describe(seen)));
      events.push_back(*seen);
      ++read;
      if (trial.token(*seen->parcel) == trial.token(*last)) break;
    }
  }

  Trial& trial;
  const Parcel last;
  const std::vector<std::size_t> types;
  std::vector<std::uint64_t> pauses;
  std::vector<std::uint64_t> spins;
  std::atomic<std::size_t> read = 0;
  std::atomic<bool> over = false;
  std::vector<Event> events;
};

// The same with an appender that doesn't wait for the outcome.
void cancels_under_traffic(Bench& bench) {
  const auto trial = bench.trial();
  Impatience impatience(bench, *trial, bench.size(1500, 250));
  bench.together({[&] { impatience.append(); }, [&] { impatience.read_all(); }});
  Offset position = 0;
  for (const Event& event : impatience.events) {
    const std::optional<Logged> due = trial->first_match(position, trial->all_types());
    if (!due || !trial->same(*due, event))
      trial->fail(
          fmt::format("between cancelled reads an event was lost or doubled: expected {}, seen {}",
                      due ? trial->describe(Expectation(*due)) : "nothing more",
                      trial->describe(Result<Event>(event))));
    position = event.offset + 1;
    bench.count();
  }
}

// ---- CAN-4 --------------------------------------------------------------------------------------

// One of several waiting cursors is cancelled: the others go on waiting, and it can read on itself
// (B53, B58, O-22).
void cancel_affects_one_call_only(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<Follower> followers;
  for (std::size_t i = 0; i < cursor_limit(bench, 8); ++i)
    followers.emplace_back(*trial, 0, i % 2 == 0 ? trial->filter({0}) : trial->all_types());
  for (Rounds rounds = bench.rounds(120); rounds.more();) {
    for (Follower& follower : followers) follower.start();
    Follower& one = followers[bench.below(followers.size())];
    one.cancel();
    one.must_be_cancelled();
    for (Follower& follower : followers)
      if (follower.pending()) follower.check();
    if (bench.below(2) == 0) one.start();
    trial->append_one(0);
    for (Follower& follower : followers)
      if (follower.pending()) follower.check();
    one.catch_up();
    bench.count();
  }
}

// A cancel that comes late, when its next has returned, must not be kept for the next one (B53).
void late_cancel_is_forgotten(Bench& bench) {
  const auto trial = bench.trial();
  Reader reader = trial->open(0, trial->all_types());
  for (Rounds rounds = bench.rounds(400); rounds.more();) {
    Pending old = reader.start_next();
    old.must_deliver(trial->append_one(bench.below(3)));
    // Idle, then while the following one begins or waits; and a second time.
    const std::uint64_t moment = bench.below(3);
    if (moment == 0) old.cancel();
    Pending next = reader.start_next();
    if (moment == 1) Bench::spin(some_spins(bench));
    if (moment != 0) old.cancel();
    old.cancel();
    next.must_wait_until([&] { return trial->append_one(bench.below(3)); });
    bench.count();
  }
}

// After any number of cancelled reads of a cursor the last event still comes without another (B58).
void cancelled_cursor_is_still_fed(Bench& bench) {
  const auto trial = bench.trial();
  Follower reader(*trial, 0, trial->filter({1}));
  for (Rounds rounds = bench.rounds(150); rounds.more();) {
    for (std::uint64_t cancels = 1 + bench.below(4); cancels > 0; --cancels) {
      reader.start();
      Bench::spin(some_spins(bench));
      reader.cancel();
      reader.must_be_cancelled();
      if (bench.below(2) == 0) trial->append_one(0);
    }
    if (bench.below(2) == 0) reader.start();
    trial->append_one(1);
    if (!reader.pending() || reader.check()) reader.catch_up();
    bench.count();
  }
}

constexpr Case cancelling_table[] = {
    {.rule = "CAN-1",
     .name = "cancelled_tokens_return_at_once",
     .body = cancelled_tokens_return_at_once,
     .reads = Case::Reads::once,
     .needs = Means::cancelling},
    {.rule = "CAN-1",
     .name = "cancelled_tokens_leak_nothing",
     .body = cancelled_tokens_leak_nothing,
     .reads = Case::Reads::once,
     .needs = Means::cancelling},
    {.rule = "CAN-2",
     .name = "pending_next_is_cancelled",
     .body = pending_next_is_cancelled,
     .needs = Means::cancelling},
    {.rule = "CAN-3",
     .name = "cancel_races_with_append",
     .body = cancel_races_with_append,
     .needs = Means::cancelling},
    {.rule = "CAN-3",
     .name = "cancels_under_traffic",
     .body = cancels_under_traffic,
     .needs = Means::cancelling},
    {.rule = "CAN-4",
     .name = "cancel_affects_one_call_only",
     .body = cancel_affects_one_call_only,
     .needs = Means::cancelling},
    {.rule = "CAN-4",
     .name = "late_cancel_is_forgotten",
     .body = late_cancel_is_forgotten,
     .needs = Means::cancelling},
    {.rule = "CAN-4",
     .name = "cancelled_cursor_is_still_fed",
     .body = cancelled_cursor_is_still_fed,
     .needs = Means::cancelling},
    {.rule = "CAN-5",
     .name = "cancel_ends_a_long_scan",
     .body = cancel_ends_a_long_scan,
     .needs = Means::cancelling},
    {.rule = "CAN-5",
     .name = "unwanted_appends_extend_no_deadline",
     .body = unwanted_appends_extend_no_deadline,
     .reads = Case::Reads::once,
     .needs = Means::cancelling},
    {.rule = "CAN-5",
     .name = "deadline_ends_a_long_scan",
     .body = deadline_ends_a_long_scan,
     .reads = Case::Reads::once,
     .needs = Means::cancelling},
};

}  // namespace

std::span<const Case> cancelling_cases() {
  return cancelling_table;
}

}  // namespace streamtest
