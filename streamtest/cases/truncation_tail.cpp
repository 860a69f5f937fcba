#include <streamtest/cases/cut_reader.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

namespace {

/// What the threads of one race between readers and truncations know of each other.
struct Chase {
  std::atomic<Offset> asked = 0;    ///< the highest truncation that began
  std::atomic<Offset> cut = 0;      ///< what the highest that returned reported
  std::atomic<Offset> reached = 0;  ///< where a reader stands
  std::atomic<int> reading = 0;
};

/// Reads up to the last event; goes on with another cursor at the cut whenever it was truncated.
void read_under_cuts(const Bench& bench, Trial& trial, Chase& chase, const EventTypeSet& filter) {
  const struct Reading {
    Chase& chase;
    ~Reading() { --chase.reading; }
  } until_the_end{chase};
  Offset from = 0;
  for (bool done = false; !done;) {
    const Offset known = chase.cut.load();
    CutReader reader(bench, trial, std::max(from, known), filter, known, &chase.asked);
    while (!reader.truncated() && reader.due()) {
      reader.cut(chase.cut.load());
      reader.read_one();
      chase.reached.store(reader.position());
      Bench::spin(reader.position() * 7919 % 512);
    }
    done = !reader.truncated();
    from = reader.position();
    reader.release();
  }
}

/// Cuts near where a reader stands, always further on, and never the last event.
void cut_near_readers(Bench& bench, Trial& trial, Chase& chase) {
  while (chase.reading.load() > 0) {
    const Offset near = chase.reached.load() + bench.below(8);
    const auto target = trial.first_match(near < 3 ? 0 : near - 3, trial.all_types());
    if (!target || target->offset <= chase.asked.load()) {
      std::this_thread::yield();
      continue;
    }
    chase.asked.store(target->offset);
    const Offset first = trial.truncate(target->offset, "truncator");
    chase.cut.store(std::max(chase.cut.load(), first));
  }
}

/// What comes meanwhile is for nobody: it takes the place of what was cut, if there is such a
/// thing.
void append_beyond(const Bench& bench, Trial& trial, const Chase& chase) {
  if (bench.capabilities().retention) return;  // it would cut by itself what readers are due
  for (int appended = 0; appended < 1000 && chase.reading.load() > 0; ++appended)
    if (!trial.try_append({trial.parcel(trial.type(1))}, "appender"))
      throw HarnessFailure("append failed while the stream was truncated");
}

}  // namespace

// The memory of what was cut is used for what comes next, while a cursor still looks at it (O-40,
// B69).
void what_is_cut_in_hand_stays_what_it_was(Bench& bench) {
  for (std::size_t length = 1; length <= 6; ++length)
    for (std::size_t read = 0; read < length; ++read)
      for (const bool all : {true, false}) {
        const std::unique_ptr<Trial> trial = bench.trial();
        append_run(bench, *trial, repeated({0, 1}, length), 3);
        CutReader reader(bench, *trial, 0, all ? trial->all_types() : trial->filter({0}));
        reader.read_on(read);
        reader.cut(trial->truncate(trial->end()));
        append_run(bench, *trial, repeated({0, 1}, 2 * length), 1);
        reader.read_on(3);
        bench.count();
      }
}

// An event that is cut under its reader: torn, foreign (O-40), skipped, or taken for the end (B70,
// B74).
void reading_while_the_cut_advances(Bench& bench) {
  for (Rounds rounds = bench.rounds(60); rounds.more();) {
    const std::unique_ptr<Trial> trial = bench.trial();
    std::vector<std::size_t> types = at_random(bench, rounds.done() % 8 == 1 ? 600 : 100);
    types.back() = 0;  // the event at which every reader ends
    append_run(bench, *trial, types, 7);
    Chase chase;
    chase.reading = 2;
    bench.together({[&] { read_under_cuts(bench, *trial, chase, trial->all_types()); },
                    [&] { read_under_cuts(bench, *trial, chase, trial->filter({0})); },
                    [&] { cut_near_readers(bench, *trial, chase); },
                    [&] { append_beyond(bench, *trial, chase); }});
    bench.count(types.size());
  }
}

/// Truncates around readers that have seen the tail, some of which wait for the next event, and
/// wakes them. With `coarse_position` a reader may be told of the truncation, and all is said then.
void truncate_around(Bench& bench, Trial& trial, std::vector<Reader>& readers) {
  const bool coarse = bench.capabilities().coarse_position;
  for (int round = 0; round < 6; ++round) {
    std::vector<Pending> pending;
    const bool waiting = round % 2 == 0;
    for (Reader& reader : readers)
      if (waiting) pending.push_back(reader.start_next());
    trial.truncate(trial.end());
    if (round > 3) trial.truncate(trial.end());
    for (Reader& reader : readers)
      if (!waiting) pending.push_back(reader.start_next());
    for (Pending& each : pending)
      if (!coarse) each.must_be_waiting();
    const Logged next = trial.append_one(0);
    for (Pending& each : pending) {
      const Result<Event> seen = each.result();
      if (coarse && !seen && seen.error() == Errc::truncated) return;
      each.must_deliver(next);
    }
    bench.count(readers.size());
  }
}

// Waiters that are told of a truncation that took nothing from them (O-39), or that sleep on (B45,
// B83).
void truncation_leaves_the_tail_alone(Bench& bench) {
  needs_cursors(bench, 4);
  for (std::size_t length = 0; length <= 4; ++length) {
    const std::unique_ptr<Trial> trial = bench.trial();
    append_run(bench, *trial, repeated({0}, length), 2);
    std::vector<Reader> readers;
    for (const Offset from : {Offset{0}, trial->end()})
      for (const EventTypeSet& filter : {trial->all_types(), trial->filter({0})}) {
        readers.push_back(trial->open(from, filter));
        must_read(*trial, readers.back(), from, filter);
      }
    truncate_around(bench, *trial, readers);
  }
}

// The wake-up that is lost, or turned into truncated, where truncation and append meet (B45).
void truncation_meets_the_waking_append(Bench& bench) {
  if (bench.capabilities().coarse_position) return;
  const std::unique_ptr<Trial> trial = bench.trial();
  Reader reader = trial->open(0, trial->all_types());
  std::optional<Pending> pending;
  Offset end = 0;
  Logged next;
  std::uint64_t delays[2] = {};
  const auto before = [&] {
    end = trial->end();
    for (std::uint64_t& delay : delays) delay = some_spins(bench);
    pending.emplace(reader.start_next());
  };
  const auto truncate = [&] {
    Bench::spin(delays[0]);
    trial->truncate(end, "truncator");
  };
  const auto append = [&] {
    Bench::spin(delays[1]);
    next = trial->append_one(0, "appender");
  };
  const auto after = [&] {
    pending->must_deliver(next);
    bench.count();
  };
  race(bench, bench.rounds(800), before, {truncate, append}, after);
}

// Waiters that sleep through the next matching event after what they passed over was cut. Whether
// they are told truncated instead is theirs to choose, unless the driver knows that they were
// waiting.
void truncation_passes_over_what_does_not_match(Bench& bench) {
  const bool exact = bench.driver().exact() && !bench.capabilities().coarse_position;
  for (std::size_t passed = 1; passed <= 5; ++passed) {
    const std::unique_ptr<Trial> trial = bench.trial();
    append_run(bench, *trial, repeated({0, 1}, 2), 2);
    CutReader reader(bench, *trial, 0, trial->filter({0}));
    reader.read_on();
    reader.start();
    bench.driver().settle();
    append_run(bench, *trial, repeated({1, 2}, passed), passed);
    bench.driver().settle();
    const Offset first = trial->truncate(trial->end());
    if (!exact) reader.cut(first);
    trial->append_one(0);
    reader.check();
    bench.count();
  }
}

// Offsets that start again, or run on in another way, when nothing is left (B77, B78, B80; O-36
// without the reopen).
void offsets_are_never_reused(Bench& bench) {
  for (const std::size_t length : {1, 2, 3, 7, 31, 32, 33, 127, 128, 129, 255, 256, 257}) {
    if (length > bench.size(1000, 40)) break;
    const std::unique_ptr<Trial> trial = bench.trial();
    append_run(bench, *trial, repeated({0, 1}, length), 16);
    for (std::size_t round = 0; round < 4; ++round) {
      const Offset end = trial->end();
      const Offset first = trial->truncate(round < 3 ? end : end - 1);
      const bool reopens = static_cast<bool>(bench.hooks().reopen);
      if (reopens && round % 2 == 1) trial->reopen();
      Reader waiting = trial->open(end, trial->all_types());
      Pending pending = waiting.start_next();
      const std::vector<Logged> added =
          trial->append(repeated({0}, batch_limit(bench.capabilities(), 1 + round)));
      const Offset given = added.front().offset;
      if (given < end || (given > end && !bench.capabilities().sparse_offsets))
        trial->fail(
            fmt::format("the first event after everything below {} was truncated got offset "
                        "{}: expected the old next offset, {}",
                        first, given, end));
      pending.must_deliver(added.front());
      Reader fresh = trial->open(end, trial->all_types());
      must_read(*trial, fresh, end, trial->all_types());
      waiting.destroy();
      fresh.destroy();
      if (reopens && round >= 2) trial->reopen();
      for (const Offset from : {Offset{0}, first - 1}) {
        if (first == 0) break;
        CutReader below(bench, *trial, from, trial->all_types(), first);
        below.read_one();
        below.release();
      }
      bench.count();
    }
  }
}

namespace {

/// The stream reported `told` for a truncation to `asked`, having reported `before` earlier.
void must_report_the_real_first(const Bench& bench, const Trial& trial, Offset asked, Offset before,
                                Offset told) {
  const Capabilities& claims = bench.capabilities();
  const auto fail = [&](std::string_view expected) {
    trial.fail(
        fmt::format("truncate({}) on a stream that ends at {} and was truncated to {} "
                    "before reported {} as its first offset: expected {}",
                    asked, trial.end(), before, told, expected));
  };
  /// Whether two offsets have the same events at and above them.
  const auto same = [&](Offset left, Offset right) {
    const auto first = trial.first_match(left, trial.all_types());
    const auto second = trial.first_match(right, trial.all_types());
    return first ? second && first->offset == second->offset : !second;
  };
  // Where offsets are sparse, the next event's may lie anywhere beyond the last one's (D16).
  if (told > trial.end() && !claims.sparse_offsets) fail("no offset beyond the end");
  if (told < before) fail("no lower offset than before");
  if (claims.retention) return;
  if (asked <= before && told != before) fail("no change");
  if (asked > before && claims.truncation == Truncation::coarse && told > asked)
    fail("no higher offset than was asked for");
  if (asked > before && claims.truncation != Truncation::coarse && !same(told, asked))
    fail("the offset that was asked for, or the end");
}

/// What was appended at `end` is above the first offset that a truncation before it reported.
void must_hide_nothing(const Trial& trial, Offset end, Offset first) {
  const Logged appended = trial.first_match(end, trial.all_types()).value();
  if (appended.offset < first)
    trial.fail(
        fmt::format("truncations reported {} as the first offset, and then {} was appended: "
                    "expected a higher offset for it",
                    first, trial.describe(Expectation(appended))));
}

}  // namespace

// A cut that goes back, or beyond the end, where it hides events that come later (O-38, B78, B79).
void every_two_cuts(Bench& bench) {
  for (std::size_t length = 0; length <= 4; length += 2) {
    const std::size_t places = length + 3 + 4;
    for (std::size_t pair = 0; pair < places * places; ++pair) {
      const std::unique_ptr<Trial> trial = bench.trial();
      append_run(bench, *trial, repeated({0, 1}, length), 1 + pair % 3);
      const Offset end = trial->end();
      const auto cut_at = [&](std::size_t place) -> Offset {
        if (place < length) return trial->log()[place].offset;
        const Offset beyond[] = {
            end, end + 1, end + 2, end + 1000, Offset{1} << 32, Offset{1} << 63, ~Offset{0}};
        return beyond[place - length];
      };
      CutReader tail(bench, *trial, end, trial->all_types());
      if (pair % 2 == 0) tail.start();
      Offset first = ask_to_truncate(*trial, 0).value_or(0);
      for (const std::size_t place : {pair / places, pair % places, pair % places}) {
        const Offset asked = cut_at(place);
        const std::optional<Offset> told = ask_to_truncate(*trial, asked);
        if (!told && asked <= end)
          throw HarnessFailure(
              fmt::format("truncate({}) was refused on a stream that ends at {}", asked, end));
        if (told) must_report_the_real_first(bench, *trial, asked, first, *told);
        first = told.value_or(first);
      }
      append_run(bench, *trial, repeated({0, 1}, 2), 2);
      must_hide_nothing(*trial, end, first);
      CutReader at(bench, *trial, first, trial->all_types(), first);
      at.read_on();
      if (!tail.pending()) tail.start();
      tail.check();
      if (first > 0) CutReader(bench, *trial, first - 1, trial->all_types(), first).read_one();
      bench.count();
    }
  }
}

}  // namespace streamtest
