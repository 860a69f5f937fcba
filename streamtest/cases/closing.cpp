#include <streamtest/cases/case.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

void must_close(Trial& trial, Reader& reader) {
  const Result<void> closed = reader.close();
  if (!closed)
    trial.fail(fmt::format("the first close of {} failed: expected it to succeed, seen {}",
                           reader.name(), error_name(closed.error())));
}

/// Whatever there is to read, only this is right once close returned.
void must_stay_closed(Reader& reader, int reads = 2) {
  for (int i = 0; i < reads; ++i) reader.must_fail(Errc::cursor_closed);
}

/// The ways in which a cursor comes to stand somewhere, none of which makes it fail.
enum class State { fresh, ready, middle, tail, waited, beyond };
constexpr std::array states{State::fresh, State::ready,  State::middle,
                            State::tail,  State::waited, State::beyond};

/// A cursor over all types in that state; appends what it takes to get there.
Reader bring_to(State state, Trial& trial) {
  const Offset end = trial.end();
  if (state == State::fresh) return trial.open(end, trial.all_types());
  if (state == State::beyond) return trial.open(end + 3, trial.all_types());
  Reader reader = trial.open(end, trial.all_types());
  if (state == State::waited) {
    Pending pending = reader.start_next();
    pending.must_deliver(trial.append_one());
    return reader;
  }
  trial.append({0});
  trial.append({1});
  trial.append({2});
  if (state == State::middle) reader.must_deliver(*trial.first_match(end, trial.all_types()));
  if (state == State::tail) must_read(trial, reader, end, trial.all_types());
  return reader;
}

// A second close that succeeds (O-26, B65), or a first that doesn't, wherever the cursor stands.
void first_close_succeeds_and_no_other(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  for (int round = 0; round < 2; ++round) {
    for (const State state : states) {
      Reader reader = bring_to(state, *trial);
      must_close(*trial, reader);
      for (int again = 0; again < 3; ++again) {
        const Result<void> closed = reader.close();
        if (closed || closed.error() != Errc::cursor_closed)
          trial->fail(
              fmt::format("close of {} after its first close: expected cursor_closed, seen {}",
                          reader.name(), closed ? "success" : error_name(closed.error())));
      }
      bench.count();
      if (round == 1) reader.destroy();
    }
  }
}

// Prefetched events that come out after close (O-25, B60), and events appended later (B67).
void closed_cursor_gives_nothing_more(Bench& bench) {
  const std::size_t length = 12;
  for (std::size_t read = 0; read <= length; ++read) {
    const std::unique_ptr<Trial> trial = bench.trial();
    append_run(bench, *trial, repeated({0, 1, 2}, length), 5);
    Reader reader = trial->open(0, trial->all_types());
    must_read(*trial, reader, 0, trial->all_types(), read);
    Reader witness = trial->open(0, trial->all_types());
    must_read(*trial, witness, 0, trial->all_types());  // time for a prefetch
    must_close(*trial, reader);
    must_stay_closed(reader);
    append_run(bench, *trial, std::vector<std::size_t>{0, 1}, 2);
    must_stay_closed(reader);
    if (eventstream::Cursor* native = reader.native()) {
      const Result<Event> seen = native->try_next();
      if (seen || seen.error() != Errc::cursor_closed)
        trial->fail(fmt::format("try_next of {} after close: expected cursor_closed, seen {}",
                                reader.name(), trial->describe(seen)));
    }
    bench.count();
    if (!trial->has(Means::cancelling)) continue;
    const Result<Event> seen = reader.start_next(true).result();
    if (seen || (seen.error() != Errc::cursor_closed && seen.error() != Errc::cancelled))
      trial->fail(
          fmt::format("next of {} with a cancelled token after close: expected "
                      "cursor_closed or cancelled, seen {}",
                      reader.name(), trial->describe(seen)));
    must_stay_closed(reader, 1);
  }
}

// A truncation that is looked at before the close is: closed beats truncated.
void closed_beats_truncated(Bench& bench) {
  if (!can_truncate(bench)) return;
  for (const bool cut_first : {false, true}) {
    for (std::size_t read = 0; read < 4; ++read) {
      const std::unique_ptr<Trial> trial = bench.trial();
      append_run(bench, *trial, repeated({0}, 4), 1);
      Reader reader = trial->open(0, trial->all_types());
      must_read(*trial, reader, 0, trial->all_types(), read);
      if (cut_first) trial->truncate(trial->end());
      (void)reader.close();
      if (!cut_first) trial->truncate(trial->end());
      must_stay_closed(reader);
      trial->append_one();
      must_stay_closed(reader);
      bench.count();
    }
  }
}

// A close that doesn't wake the pending read (O-27, B59), wherever it comes in the read's life.
void close_ends_a_pending_next(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  for (Rounds rounds = bench.rounds(1500); rounds.more();) {
    if (rounds.done() % 64 == 0) trial->append({1});  // now and then something to scan
    const EventTypeSet filter = rounds.done() % 3 == 0 ? trial->filter({2}) : trial->all_types();
    Reader reader = trial->open(rounds.done() % 3 == 0 ? 0 : trial->end(), filter);
    Pending pending = reader.start_next();
    Bench::spin(some_spins(bench) * (rounds.done() % 4 == 0 ? 8 : 1));
    must_close(*trial, reader);
    pending.must_fail(Errc::cursor_closed);
    must_stay_closed(reader, 1);
    reader.destroy();
    bench.count();
  }
}

// A close that is lost, or an event out of nowhere, where close meets the append that wakes the
// read (B59, B63).
void close_races_with_an_append(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  std::optional<Reader> reader;
  std::optional<Pending> pending;
  std::optional<Logged> logged;
  std::uint64_t append_delay = 0;
  std::uint64_t close_delay = 0;
  const auto before = [&] {
    reader.emplace(trial->open(trial->end(), trial->all_types()));
    append_delay = some_spins(bench);
    close_delay = some_spins(bench);
    pending.emplace(reader->start_next());
  };
  const auto append = [&] {
    Bench::spin(append_delay);
    logged = trial->append_one(0, "appender");
  };
  const auto close = [&] {
    Bench::spin(close_delay);
    (void)reader->close("closer");
  };
  const auto after = [&] {
    const Result<Event> seen = pending->result();
    const bool right = seen ? trial->same(*logged, *seen) : seen.error() == Errc::cursor_closed;
    if (!right)
      trial->fail(fmt::format(
          "next of {} was pending during close and an append: expected "
          "cursor_closed or {}, seen {}",
          reader->name(), trial->describe(Expectation(*logged)), trial->describe(seen)));
    must_stay_closed(*reader, 1);
    reader->destroy();
    bench.count();
  };
  race(bench, bench.rounds(1000), before, {append, close}, after);
}

/// Closes in time, or fails and helps the close out by an event and a cancel.
void must_close_in_time(Bench& bench, Trial& trial, Reader& reader, Pending* pending,
                        std::string_view situation) {
  must_return(
      bench, fmt::format("close of {} {}", reader.name(), situation),
      [&] { (void)reader.close("closer"); },
      [&] {
        if (pending) pending->give_up();
        for (std::size_t type = 0; type < 3; ++type) trial.append({type}, "watcher");
      });
  if (pending) (void)pending->result();
  reader.destroy();
  bench.count();
}

// A close that waits: for the next event (B62), for a full prefetch queue (B61), for the scan of a
// long run (B55).
void close_does_not_wait(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  Reader empty = trial->open(0, trial->all_types());
  must_close_in_time(bench, *trial, empty, nullptr, "on an empty stream");
  append_run(bench, *trial, repeated({1}, bench.size(3000, 300)), 64);
  const auto from = [&](Offset offset) { return trial->open(offset, trial->all_types()); };
  for (Rounds rounds = bench.rounds(60); rounds.more();) {
    Reader quiet = from(trial->end());
    must_close_in_time(bench, *trial, quiet, nullptr, "at the quiet end of the stream");

    Reader waiting = from(trial->end());
    Pending waits = waiting.start_next();
    Bench::spin(some_spins(bench));
    must_close_in_time(bench, *trial, waiting, &waits, "with a next pending");

    Reader full = from(0);
    full.must_deliver(*trial->first_match(0, trial->all_types()));
    Bench::spin(some_spins(bench));
    must_close_in_time(bench, *trial, full, nullptr, "with many events ready");

    Reader scanning = trial->open(0, trial->filter({0}));
    Pending scans = scanning.start_next();
    Bench::spin(some_spins(bench));
    must_close_in_time(bench, *trial, scanning, &scans, "in a long run that doesn't match");

    Reader beyond = from(trial->end() + 100);
    Pending far = beyond.start_next();
    must_close_in_time(bench, *trial, beyond, &far, "that waits beyond the end");
  }
}

// Closing one cursor takes the others' registrations with it (O-30, B63), whichever are closed.
void close_leaves_other_cursors_alone(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  const std::size_t count = cursor_limit(bench, 4);
  const std::array filters{trial->all_types(), trial->filter({0}), trial->filter({0}),
                           trial->filter({0, 1})};
  for (const bool waiting : {true, false}) {
    for (std::size_t closed = 0; closed < std::size_t{1} << count; ++closed) {
      const Offset start = trial->end();
      std::vector<Reader> readers;
      std::vector<Pending> pending;
      for (std::size_t i = 0; i < count; ++i) {
        readers.push_back(trial->open(start, filters[i]));
        if (waiting) pending.push_back(readers[i].start_next());
      }
      if (!waiting) append_run(bench, *trial, std::vector<std::size_t>{0, 2}, 2);
      Bench::spin(bench.below(20000));  // most of the reads are waiting by then
      for (std::size_t i = 0; i < count; ++i)
        if (closed >> i & 1) must_close(*trial, readers[i]);
      const Logged last = trial->append_one(0);
      for (std::size_t i = 0; i < count; ++i) {
        const bool is_closed = closed >> i & 1;
        if (waiting && is_closed) (void)pending[i].result();
        if (waiting && !is_closed) pending[i].must_deliver(last);
        if (!waiting && !is_closed) must_read(*trial, readers[i], start, filters[i]);
        if (!is_closed) (void)readers[i].close();
        readers[i].destroy();
      }
      bench.count();
    }
  }
}

// A reader thread, a queue or a connection that survives its cursor (O-29, B66).
void close_releases_what_it_holds(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, repeated({0, 1}, 200), 50);
  const Logged first = *trial->first_match(0, trial->all_types());
  must_release(bench, "opening a cursor and closing it", [&] {
    // Closed last: what reads ahead for it has most likely filled its queue by then.
    Reader full = trial->open(0, trial->all_types());
    full.must_deliver(first);
    Reader unused = trial->open(0, trial->all_types());
    must_close(*trial, unused);
    Reader waiting = trial->open(trial->end(), trial->all_types());
    Pending pending = waiting.start_next();
    must_close(*trial, waiting);
    (void)pending.result();
    Reader cancelled = trial->open(trial->end(), trial->all_types());
    Pending ended = cancelled.start_next();
    ended.give_up();
    must_close(*trial, cancelled);
    (void)ended.result();
    must_close(*trial, full);
    for (Reader* reader : {&full, &unused, &waiting, &cancelled}) reader->destroy();
  });
}

/// A cursor that was told truncated, having read so many events or, with none given, opened below
/// the cut. Nothing if this stream's cursors hold what is cut, or tell it when they are opened.
std::optional<Reader> truncated_cursor(Bench& bench, Trial& trial,
                                       std::optional<std::size_t> read) {
  append_run(bench, trial, repeated({0}, 40), 8);
  std::optional<Reader> early;
  if (read) early.emplace(trial.open(0, trial.all_types()));
  if (read) must_read(trial, *early, 0, trial.all_types(), *read);
  trial.truncate(trial.end());
  Result<Reader> late = trial.try_open(0, trial.all_types());
  if (!read && !late) return std::nullopt;
  Reader reader = read ? *early : *late;
  for (std::size_t held = read.value_or(0); held < trial.log().size(); ++held) {
    const Result<Event> seen = reader.next();
    if (!seen && seen.error() == Errc::truncated) return reader;
  }
  return std::nullopt;
}

// A failure that is forgotten at the next read, or that keeps the cursor from being closed (D3).
void failed_cursor_stays_failed_and_closes(Bench& bench) {
  if (!can_truncate(bench))
    throw NotSupported("needs a way to make a cursor fail; truncation is not declared");
  bool failed = false;
  for (const auto read : {std::optional<std::size_t>(), std::optional<std::size_t>(0),
                          std::optional<std::size_t>(3)}) {
    const std::unique_ptr<Trial> trial = bench.trial();
    std::optional<Reader> reader = truncated_cursor(bench, *trial, read);
    if (!reader) continue;
    failed = true;
    reader->must_fail(Errc::truncated);
    append_run(bench, *trial, std::vector<std::size_t>{0, 1}, 2);
    reader->must_fail(Errc::truncated);
    (void)reader->close();  // that it succeeds is a SHOULD inside the rule; that it holds is not
    must_stay_closed(*reader);
    trial->append_one(0);
    must_stay_closed(*reader, 1);
    bench.count();
  }
  if (!failed) throw NotSupported("needs a cursor that fails; none of this stream's did");
}

// Two owners that both win, or none (B65).
void one_of_racing_closes_succeeds(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  std::optional<Reader> reader;
  std::optional<Pending> pending;
  std::atomic<int> succeeded = 0;
  std::atomic<int> others = 0;
  std::array<std::uint64_t, 3> delays{};
  const auto before = [&] {
    succeeded = others = 0;
    reader.emplace(trial->open(trial->end(), trial->all_types()));
    pending.reset();
    if (bench.below(2) == 0) pending.emplace(reader->start_next());
    for (std::uint64_t& delay : delays) delay = bench.below(4) == 0 ? bench.below(100) : 0;
  };
  const auto closer = [&](std::size_t number) {
    return [&, number] {
      Bench::spin(delays[number]);
      const Result<void> closed = reader->close(fmt::format("closer {}", number + 1));
      if (closed) ++succeeded;
      if (!closed && closed.error() != Errc::cursor_closed) ++others;
    };
  };
  const auto after = [&] {
    if (succeeded != 1 || others != 0)
      trial->fail(
          fmt::format("three closes of {} raced: expected one success and two "
                      "cursor_closed, seen {} successes and {} other errors",
                      reader->name(), succeeded.load(), others.load()));
    if (pending) (void)pending->result();
    reader->destroy();
    bench.count();
  };
  race(bench, bench.rounds(2000), before, {closer(0), closer(1), closer(2)}, after);
}

constexpr Case closing_table[] = {
    {.rule = "CLS-1",
     .name = "the_first_close_succeeds_and_no_other",
     .body = first_close_succeeds_and_no_other},
    {.rule = "CLS-2",
     .name = "a_closed_cursor_gives_nothing_more",
     .body = closed_cursor_gives_nothing_more},
    {.rule = "CLS-2", .name = "closed_beats_truncated", .body = closed_beats_truncated},
    {.rule = "CLS-3", .name = "close_ends_a_pending_next", .body = close_ends_a_pending_next},
    {.rule = "CLS-3", .name = "close_races_with_an_append", .body = close_races_with_an_append},
    {.rule = "CLS-4", .name = "close_does_not_wait", .body = close_does_not_wait},
    {.rule = "CLS-5",
     .name = "close_leaves_other_cursors_alone",
     .body = close_leaves_other_cursors_alone},
    {.rule = "CLS-5", .name = "close_releases_what_it_holds", .body = close_releases_what_it_holds},
    {.rule = "CLS-6",
     .name = "a_failed_cursor_stays_failed_and_closes",
     .body = failed_cursor_stays_failed_and_closes},
    {.rule = "CLS-7",
     .name = "one_of_racing_closes_succeeds",
     .body = one_of_racing_closes_succeeds},
};

}  // namespace

std::span<const Case> closing_cases() {
  return closing_table;
}

}  // namespace streamtest
