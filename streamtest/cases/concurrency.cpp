#include <streamtest/cases/case.hpp>
#include <streamtest/cases/concurrent_appending.hpp>
#include <streamtest/cases/cut_reader.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

// Cursors that share a position (O-42) or lose theirs by what becomes of others, in random steps
// that the model foresees.
void cursors_go_their_own_ways(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  const std::vector<EventTypeSet> filters = every_filter(*trial);
  std::vector<Follower> followers;
  const auto open = [&] {
    const Offset from = bench.below(3) == 0 ? 0 : bench.below(trial->end() + 2);
    // Two filters are much more frequent, so that equal ones meet.
    const std::size_t filter =
        bench.below(2) == 0 ? bench.below(2) * 6 : bench.below(filters.size());
    followers.emplace_back(*trial, from, filters[filter]);
  };
  const std::size_t most = cursor_limit(bench, 12);
  const std::uint64_t steps = bench.size(6000, 500);
  for (std::uint64_t step = 0; step < steps; ++step) {
    if (followers.size() < 2) open();
    const std::size_t choice = bench.below(16);
    if (choice == 0 && followers.size() < most) open();
    if (choice == 1) {
      const auto gone =
          followers.begin() + static_cast<std::ptrdiff_t>(bench.below(followers.size()));
      gone->release();
      followers.erase(gone);
      continue;
    }
    if (choice < 4)
      trial->append(at_random(bench, 1 + bench.below(batch_limit(bench.capabilities(), 3))));
    Follower& follower = followers[bench.below(followers.size())];
    if (follower.pending())
      follower.check();
    else if (follower.due())
      follower.read_one();
    else
      follower.start();
    bench.count();
  }
}

/// What becomes of a cursor while others read.
enum class Fate { reads_on, is_slow, closes, is_destroyed };

/// Reads until the event with that token, or until its fate is met.
std::vector<Event> live(Trial& trial, const EventTypeSet& filter, Fate fate, std::size_t turn,
                        const std::string& last_token, std::size_t most) {
  std::vector<Event> events;
  Reader reader = trial.open(0, filter, "reader");
  for (;;) {
    const Result<Event> seen = reader.next();
    if (!seen || !seen->parcel)
      trial.fail(fmt::format("{} expected the events that are being appended, seen {}",
                             reader.name(), trial.describe(seen)));
    events.push_back(*seen);
    if (trial.token(*seen->parcel) == last_token || events.size() > most) break;
    if (fate == Fate::is_slow) Bench::spin(3000);
    if (fate == Fate::reads_on || fate == Fate::is_slow || events.size() < turn) continue;
    if (fate == Fate::closes) (void)reader.close("reader");
    break;
  }
  reader.destroy();
  return events;
}

/// These events are the first that the log holds for the filter at and after the position.
void must_be_a_prefix(const Trial& trial, Offset position, const EventTypeSet& filter,
                      const std::vector<Event>& events) {
  for (const Event& event : events) {
    const std::optional<Logged> due = trial.first_match(position, filter);
    if (!due || !trial.same(*due, event))
      trial.fail(fmt::format("a reader beside others was given {} at its position {}: expected {}",
                             trial.describe(Result<Event>(event)), position,
                             due ? trial.describe(Expectation(*due)) : "nothing"));
    position = event.offset + 1;
  }
}

// The same with each cursor in a thread of its own, and an appender.
void cursors_share_the_stream_at_full_speed(Bench& bench) {
  constexpr Fate fates[] = {Fate::reads_on, Fate::is_slow, Fate::closes, Fate::is_destroyed};
  const std::size_t readers = cursor_limit(bench, 8);
  for (Rounds rounds = bench.rounds(25); rounds.more();) {
    const std::unique_ptr<Trial> trial = bench.trial();
    const Parcel last = trial->parcel(trial->type(0));
    const EventTypeSet filters[] = {trial->all_types(), trial->filter({0})};
    const std::vector<std::size_t> types = at_random(bench, 100);
    std::vector<std::vector<Event>> seen(readers);
    std::vector<std::function<void()>> actors{[&] {
      append_run(bench, *trial, types, 3);
      trial->append_parcels({last}, "appender");
    }};
    for (std::size_t i = 0; i < readers; ++i)
      actors.push_back([&, i] {
        seen[i] = live(*trial, filters[i % 2], fates[i / 2], 5 + i, trial->token(*last), 101);
      });
    bench.together(std::move(actors));
    for (std::size_t i = 0; i < readers; ++i) must_be_a_prefix(*trial, 0, filters[i % 2], seen[i]);
    bench.count(readers);
  }
}

// A buffer or a ring (O-41, B90, B91) that overflows while its cursor doesn't read.
void slow_readers_lose_nothing(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, std::vector<std::size_t>{0, 1, 2, 0}, 2);
  std::vector<CutReader> slow;
  const auto slow_one = [&](const EventTypeSet& filter) -> CutReader* {
    if (slow.size() + 1 >= cursor_limit(bench, 7)) return nullptr;
    return &slow.emplace_back(bench, *trial, 0, filter);
  };
  for (const EventTypeSet& filter : {trial->all_types(), trial->filter({0})}) {
    if (CutReader* begun = slow_one(filter)) begun->read_on(1);
    slow_one(filter);  // never read
    if (CutReader* waiting = slow_one(filter)) {
      waiting->read_on();
      waiting->start();  // for the first event, and for no other
    }
  }
  CutReader fast(bench, *trial, 0, trial->filter({0}));
  const std::vector<std::size_t> types =
      repeated({0, 1, 2, 1, 1, 2, 1, 1}, batch_limit(bench.capabilities(), 8));
  std::uint64_t missed = 0;
  // 600 are more than a usual ring holds; 10,000 if the time allows.
  for (Rounds rounds = bench.rounds(10000 / types.size()); rounds.more() || missed < 600;) {
    trial->append(types);
    fast.read_on();
    missed += types.size();
  }
  for (CutReader& reader : slow) {
    reader.check();
    // One reads everything, the others much more than a usual ring holds.
    reader.read_on(&reader == &slow.front() ? missed + 4 : 700);
  }
  bench.count(missed);
}

// Appends or other readers that stand still because of cursors that nobody reads (B92).
void idle_cursors_hold_nobody_up(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, std::vector<std::size_t>{0, 1, 2}, 3);
  std::vector<Reader> idle;
  std::vector<Pending> abandoned;
  const std::size_t count = cursor_limit(bench, 13) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const EventTypeSet filter = i % 2 == 0 ? trial->all_types() : trial->filter({2});
    idle.push_back(trial->open(i % 4 < 2 ? trial->end() : 0, filter));
    // Some never read, some read once, some wait for an event that nobody takes then, some wait for
    // good.
    if (i % 3 == 1) must_read(*trial, idle.back(), i % 4 < 2 ? trial->end() : 0, filter, 1);
    if (i % 3 == 2) abandoned.push_back(idle.back().start_next());
  }
  const auto free = [&] {
    for (Reader& reader : idle) (void)reader.close("watcher");
  };
  Follower active(*trial, trial->end(), trial->all_types());
  const std::vector<std::size_t> types = repeated({0, 1}, batch_limit(bench.capabilities(), 50));
  std::uint64_t appended = 0;
  for (Rounds rounds = bench.rounds(100); rounds.more() || appended < 500;) {
    must_return(
        bench, "append beside idle and abandoned cursors",
        [&] { trial->append(types, "appender"); }, free);
    active.catch_up();
    appended += types.size();
  }
  bench.count(appended);
}

/// What one opener of a round asks for, and what it was given.
struct Opener {
  EventTypeSet filter;
  std::size_t count = 0;  ///< events that are there for it once the append of the round is done
  std::vector<Event> seen;
};

void open_and_read(Trial& trial, Offset from, Opener& opener) {
  Reader reader = trial.open(from, opener.filter, "opener");
  opener.seen.clear();
  while (opener.seen.size() < opener.count) {
    const Result<Event> seen = reader.next();
    if (!seen)
      trial.fail(fmt::format("{} expected the event that is being appended, seen {}", reader.name(),
                             trial.describe(seen)));
    opener.seen.push_back(*seen);
  }
  reader.destroy();
}

// Cursors opened while an append is under way: what they miss in history they never see (B10, B93).
void open_meets_append(Bench& bench) {
  std::unique_ptr<Trial> trial;
  Offset from = 0;
  std::array<std::uint64_t, 3> delays{};
  std::array<Opener, 2> openers;
  const auto before = [&] {
    if (!trial || bench.below(8) == 0) trial = bench.trial();
    from = trial->end() - bench.below(std::min<Offset>(trial->end(), 3) + 1);
    openers = {Opener{trial->all_types(), 2, {}}, Opener{trial->filter({0}), 1, {}}};
    for (Opener& opener : openers)
      for (Offset at = from; const auto event = trial->first_match(at, opener.filter);
           ++opener.count)
        at = event->offset + 1;
    for (std::uint64_t& delay : delays) delay = some_spins(bench);
  };
  const auto append = [&] {
    Bench::spin(delays[2]);
    append_run(bench, *trial, std::vector<std::size_t>{1, 0}, 2);
  };
  const auto open = [&](std::size_t number) {
    return [&, number] {
      Bench::spin(delays[number]);
      open_and_read(*trial, from, openers[number]);
    };
  };
  const auto after = [&] {
    for (const Opener& opener : openers) must_be_a_prefix(*trial, from, opener.filter, opener.seen);
    bench.count(openers.size());
  };
  race(bench, bench.rounds(600), before, {append, open(0), open(1)}, after);
}

// Cursors that starve in the crowd (B46).
void a_thousand_cursors_are_served(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, std::vector<std::size_t>{0, 1}, 2);
  std::vector<Follower> crowd;
  const std::size_t count = cursor_limit(bench, bench.size(1000, 200));
  for (std::size_t i = 0; i < count; ++i)
    crowd.emplace_back(*trial, trial->end(), i % 3 == 0 ? trial->filter({0}) : trial->all_types());
  for (int round = 0; round < 2; ++round) {
    for (Follower& each : crowd) each.start();
    trial->append_one(0);
    for (Follower& each : crowd) each.check();
  }
  bench.count(2 * count);
}

constexpr Case concurrency_table[] = {
    {.rule = "CON-1", .name = "cursors_go_their_own_ways", .body = cursors_go_their_own_ways},
    {.rule = "CON-1",
     .name = "cursors_share_the_stream_at_full_speed",
     .body = cursors_share_the_stream_at_full_speed},
    {.rule = "CON-2",
     .name = "concurrent_appends_all_arrive",
     .body = concurrent_appends_all_arrive},
    {.rule = "CON-3", .name = "slow_readers_lose_nothing", .body = slow_readers_lose_nothing},
    {.rule = "CON-4", .name = "idle_cursors_hold_nobody_up", .body = idle_cursors_hold_nobody_up},
    {.rule = "CON-5", .name = "open_meets_append", .body = open_meets_append},
    {.rule = "CON-5",
     .name = "a_thousand_cursors_are_served",
     .body = a_thousand_cursors_are_served},
};

}  // namespace

std::span<const Case> concurrency_cases() {
  return concurrency_table;
}

}  // namespace streamtest
