#include <streamtest/cases/case.hpp>
#include <streamtest/cases/concurrent_appending.hpp>
#include <streamtest/cases/conditional_appending.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// A batch must have two events for what is asked of it.
std::size_t batch_of(const Bench& bench, std::size_t wanted) {
  const std::size_t length = batch_limit(bench.capabilities(), wanted);
  if (length < 2) throw NotSupported("needs batches of two events");
  return length;
}

// The rest of a batch comes only with a further append (B21, B42), whoever waits for what part of
// it.
void members_follow_without_a_further_append(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  for (std::size_t length = 2; length <= batch_of(bench, 9); ++length) {
    std::vector<Follower> followers;
    for (const EventTypeSet& filter : every_filter(*trial)) {
      if (followers.size() >= cursor_limit(bench, 7)) break;
      followers.emplace_back(*trial, trial->end(), filter);
      followers.back().start();
    }
    const Offset start = trial->end();
    trial->append(at_random(bench, length));
    for (Follower& follower : followers) {
      if (follower.due()) follower.check();
      follower.catch_up();
      follower.release();
    }
    for (Offset from = start; const auto member = trial->first_match(from, trial->all_types());) {
      Reader reader = trial->open(member->offset, trial->all_types());
      must_read(*trial, reader, member->offset, trial->all_types());
      reader.destroy();
      from = member->offset + 1;
    }
    bench.count(followers.size() + length);
  }
}

/// Where an event stands in its batch.
struct Place {
  std::size_t batch = 0;
  std::size_t index = 0;
  std::size_t length = 0;
};

/// Batches that are appended while somebody looks, and where each of their events stands.
struct Torn {
  std::vector<std::vector<Parcel>> batches;
  std::map<std::string, Place> places;  ///< by token; not changed while they are appended
};

Torn prepare(Bench& bench, Trial& trial, std::size_t count) {
  Torn torn;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t wanted[] = {2, 3, 8, 64};
    const std::size_t length = batch_of(bench, wanted[bench.below(4)]);
    std::vector<Parcel> batch;
    for (std::size_t index = 0; index < length; ++index) {
      batch.push_back(trial.parcel(trial.type(bench.below(3))));
      torn.places.emplace(trial.token(*batch.back()), Place{i, index, length});
    }
    torn.batches.push_back(std::move(batch));
  }
  return torn;
}

/// One event of a batch was delivered somewhere, so a cursor opened there has the whole batch at
/// once.
void must_be_whole_for_others(Trial& trial, Offset first, std::size_t length) {
  Reader other = trial.open(first, trial.all_types(), "reader");
  for (std::size_t i = 0; i < length; ++i) {
    const Result<Event> seen = other.native()->try_next();
    if (!seen)
      trial.fail(
          fmt::format("try_next of {}, opened at {} where a batch of {} begins, the first "
                      "event of which was delivered: expected its event {}, seen {}",
                      other.name(), first, length, i + 1, trial.describe(seen)));
  }
  other.destroy();
}

/// Reads without waiting until the last event of all batches; the end never comes inside a batch.
void look_for_torn_batches(Trial& trial, eventstream::Cursor& cursor, const std::string& name,
                           const Torn& torn, const std::atomic<bool>& done) {
  Place last;  // where the event stands that was read last
  for (std::size_t read = 0; read < torn.places.size();) {
    const bool inside = last.index + 1 < last.length;
    const bool appended = done.load();
    const Result<Event> seen = cursor.try_next();
    if (!seen && seen.error() == Errc::not_yet && !inside && !appended) continue;
    if (!seen && inside)
      trial.fail(
          fmt::format("try_next of {} after event {} of a batch of {}: expected the next "
                      "one, seen {}",
                      name, last.index + 1, last.length, trial.describe(seen)));
    if (!seen)
      trial.fail(
          fmt::format("try_next of {}: expected the next batch, all of which were "
                      "acknowledged, seen {}",
                      name, trial.describe(seen)));
    const auto found =
        seen->parcel ? torn.places.find(trial.token(*seen->parcel)) : torn.places.end();
    if (found == torn.places.end())
      trial.fail(fmt::format("{} delivered a stranger: {}", name, trial.describe(seen)));
    last = found->second;
    if (last.index == 0 && last.batch % 4 == 0)
      must_be_whole_for_others(trial, seen->offset, last.length);
    ++read;
  }
}

/// Sets the flag when it goes, whichever way.
struct Setting {
  std::atomic<bool>& flag;
  ~Setting() { flag.store(true); }
};

// Batches that become visible event by event (O-43, B84), seen by a reader that never waits.
void no_reader_finds_the_end_inside_a_batch(Bench& bench) {
  needs_cursors(bench, 4);
  if (bench.capabilities().staleness.count() > 0)
    throw NotSupported("needs a stream whose events are there at once");
  for (Rounds rounds = bench.rounds(60); rounds.more();) {
    const std::unique_ptr<Trial> trial = bench.trial();
    Reader first = trial->open(0, trial->all_types());
    Reader second = trial->open(0, trial->all_types());
    if (!first.native()) throw NotSupported("needs cursors that are eventstream::Cursor");
    const Torn torn = prepare(bench, *trial, 30);
    std::atomic<bool> done = false;
    const auto append = [&] {
      const Setting at_the_end{done};
      for (const std::vector<Parcel>& batch : torn.batches)
        trial->append_parcels(batch, "appender");
    };
    const auto look = [&](Reader& reader) {
      return [&] { look_for_torn_batches(*trial, *reader.native(), reader.name(), torn, done); };
    };
    bench.together({append, look(first), look(second)});
    bench.count(torn.batches.size());
  }
}

/// The offset that the first event of a fresh stream gets.
Offset first_offset(Bench& bench) {
  return bench.trial()->append_one().offset;
}

/// Nothing was written since the stream ended there: the next event gets the offset that it would
/// have got anyway.
void must_have_left_no_hole(const Bench& bench, const Trial& trial, Offset expected,
                            const Logged& next, std::string_view after) {
  const bool sparse = bench.capabilities().sparse_offsets;
  if (next.offset < expected || (next.offset > expected && !sparse))
    trial.fail(
        fmt::format("the event appended after {} got offset {}: expected {}, as if nothing "
                    "had happened",
                    after, next.offset, expected));
}

/// Somebody who waits, somebody who comes later, and the offsets: all as if nothing had been
/// appended.
void must_be_as_if_nothing_happened(Bench& bench, std::size_t before, std::string_view what,
                                    Offset first, const std::function<void(Trial&)>& nothing) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, at_random(bench, before), 2);
  const Offset expected = before == 0 ? first : trial->end();
  Follower early(*trial, 0, trial->all_types());
  early.catch_up();
  early.start();
  Follower some(*trial, trial->end(), trial->filter({0}));
  some.start();
  nothing(*trial);
  early.check();  // still waits
  some.check();
  const Logged next = trial->append_one(0);
  must_have_left_no_hole(bench, *trial, expected, next, what);
  early.check();
  some.check();
  Follower late(*trial, 0, trial->all_types());
  late.catch_up();
  late.start();
  trial->append_one(1);
  late.check();
  bench.count();
}

// A failed append that leaves events (O-46, B85, B88) or a hole that stalls readers (B20).
void failed_append_leaves_nothing(Bench& bench) {
  const Offset first = first_offset(bench);
  for (std::size_t before = 0; before <= 3; ++before) {
    for (std::size_t length = 1; length <= batch_limit(bench.capabilities(), 4); ++length) {
      const auto fail = [&](Trial& trial) {
        for (std::size_t time = 0; time <= before % 2; ++time) {
          std::vector<Parcel> batch;
          for (std::size_t i = 0; i < length; ++i) batch.push_back(trial.parcel(trial.type(i % 3)));
          trial.subject().fail_next_append();
          if (trial.try_append(batch))
            throw HarnessFailure(
                "append succeeded after fail_next_append(); the hook has no effect");
        }
      };
      must_be_as_if_nothing_happened(bench, before, "a failed append", first, fail);
    }
  }
}

// An empty batch that takes an offset or wakes a reader (O-44, B89).
void empty_batch_changes_nothing(Bench& bench) {
  const Offset first = first_offset(bench);
  for (std::size_t before = 0; before <= 4; ++before) {
    for (std::size_t times = 1; times <= 3; ++times) {
      const auto append_nothing = [&](Trial& trial) {
        for (std::size_t time = 0; time < times; ++time) (void)trial.try_append({});
      };
      must_be_as_if_nothing_happened(bench, before, "an empty batch", first, append_nothing);
    }
  }
}

// An acknowledged event that is not there yet, or at another offset than was told (B86), while
// others append too.
void appended_events_are_at_their_offsets(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  constexpr std::size_t appenders = 3;
  std::array<std::vector<std::size_t>, appenders> types;
  const auto before = [&] {
    for (auto& each : types)
      each = at_random(bench, batch_limit(bench.capabilities(), 1 + bench.below(4)));
  };
  const auto append_and_look = [&](std::size_t number) {
    return [&, number] {
      const std::string actor = fmt::format("appender {}", number + 1);
      for (const Logged& event : trial->append(types[number], actor)) {
        Reader reader = trial->open(event.offset, EventTypeSet{event.parcel->type}, actor);
        reader.must_deliver(event);
        reader.destroy();
      }
    };
  };
  race(bench, bench.rounds(300), before,
       {append_and_look(0), append_and_look(1), append_and_look(2)},
       [&] { bench.count(appenders); });
}

constexpr Case appending_table[] = {
    {.rule = "APP-1",
     .name = "members_follow_without_a_further_append",
     .body = members_follow_without_a_further_append},
    {.rule = "APP-1",
     .name = "no_reader_finds_the_end_inside_a_batch",
     .body = no_reader_finds_the_end_inside_a_batch,
     .reads = Case::Reads::once},
    {.rule = "APP-2", .name = "failed_append_leaves_nothing", .body = failed_append_leaves_nothing},
    {.rule = "APP-2",
     .name = "a_failure_among_appends_leaves_no_gap",
     .body = a_failure_among_appends_leaves_no_gap},
    {.rule = "APP-3",
     .name = "appended_events_are_at_their_offsets",
     .body = appended_events_are_at_their_offsets},
    {.rule = "APP-4", .name = "empty_batch_changes_nothing", .body = empty_batch_changes_nothing},
    {.rule = "APP-5", .name = "wrong_expectations_conflict", .body = wrong_expectations_conflict},
    {.rule = "APP-5",
     .name = "one_of_racing_appends_succeeds",
     .body = one_of_racing_appends_succeeds},
};

}  // namespace

std::span<const Case> appending_cases() {
  return appending_table;
}

}  // namespace streamtest
