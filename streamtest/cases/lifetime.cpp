#include <streamtest/cases/case.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace streamtest {
namespace {

using eventstream::Envelope;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// True if a cursor of this stream can be destroyed while a read of it is pending: only
/// asynchronous reads can.
bool may_destroy_pending(Bench& bench, Reader& reader) {
  return bench.driver().delivery() == Delivery::asynchronous && reader.native() != nullptr;
}

/// In what state a cursor is destroyed.
enum class State { unused, ready, middle, tail, cancelled, pending };
constexpr std::array states{State::unused, State::ready,     State::middle,
                            State::tail,   State::cancelled, State::pending};

/// Brings an open cursor into the state and destroys it there. Its filter matches every event.
void destroy_in(State state, Bench& bench, Trial& trial) {
  const Offset end = trial.end();
  Reader reader = trial.open(end, trial.all_types());
  if (state != State::unused && state != State::pending)
    append_run(bench, trial, repeated({0, 1, 2}, 6), 2);
  if (state == State::middle) must_read(trial, reader, end, trial.all_types(), 2);
  if (state == State::tail || state == State::cancelled)
    must_read(trial, reader, end, trial.all_types());
  if (state == State::cancelled && trial.has(Means::cancelling)) {
    Pending pending = reader.start_next();
    pending.cancel();
    if (!pending.returned_in_time()) throw Inconclusive("a cancelled next did not return");
  }
  if (state != State::pending || !may_destroy_pending(bench, reader)) return reader.destroy();
  Pending pending = reader.start_next();
  Bench::spin(some_spins(bench));
  reader.destroy();
  pending.must_fail(Errc::cursor_closed);
}

// A registration that outlives its cursor, so that the next append meets a dead one (O-32, B63,
// B64), and a destructor that waits (B61).
void destroying_closes(Bench& bench) {
  needs_cursors(bench, 4);
  const std::unique_ptr<Trial> trial = bench.trial();
  for (Rounds rounds = bench.rounds(40); rounds.more();) {
    for (const State state : states) {
      const Offset start = trial->end();
      Reader other = trial->open(start, trial->all_types());
      Reader waiting = trial->open(start, trial->filter({0}));
      Pending pending = waiting.start_next();
      destroy_in(state, bench, *trial);
      const Logged last = trial->append_one(0);
      pending.must_deliver(*trial->first_match(start, trial->filter({0})));
      must_read(*trial, other, start, trial->all_types());
      must_read(*trial, waiting, trial->first_match(start, trial->filter({0}))->offset + 1,
                trial->filter({0}));
      Reader later = trial->open(last.offset, trial->all_types());
      later.must_deliver(last);
      for (Reader* reader : {&other, &waiting, &later}) reader->destroy();
      bench.count();
    }
  }
}

// The append that wakes a cursor meets its destruction (B64, B65).
void destroying_races_with_an_append(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  std::optional<Reader> reader;
  std::optional<Pending> pending;
  std::optional<Reader> other;
  Logged logged;
  Offset start = 0;
  std::array<std::uint64_t, 2> delays{};
  const auto before = [&] {
    start = trial->end();
    other.emplace(trial->open(start, trial->all_types()));
    reader.emplace(trial->open(start, trial->all_types()));
    pending.reset();
    if (may_destroy_pending(bench, *reader)) pending.emplace(reader->start_next());
    for (std::uint64_t& delay : delays) delay = some_spins(bench);
  };
  const auto append = [&] {
    Bench::spin(delays[0]);
    logged = trial->append_one(0, "appender");
  };
  const auto destroy = [&] {
    Bench::spin(delays[1]);
    reader->destroy();
  };
  const auto after = [&] {
    if (pending) {
      const Result<Event> seen = pending->result();
      if (seen ? !trial->same(logged, *seen) : seen.error() != Errc::cursor_closed)
        trial->fail(fmt::format(
            "next of {} was pending while it was destroyed and an event was "
            "appended: expected cursor_closed or {}, seen {}",
            reader->name(), trial->describe(Expectation(logged)), trial->describe(seen)));
    }
    other->must_deliver(logged);
    other->destroy();
    bench.count();
  };
  race(bench, bench.rounds(600), before, {append, destroy}, after);
}

// A destroyed cursor that keeps its thread or its connection (B66).
void destroying_releases_what_it_holds(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, repeated({0, 1}, 200), 50);
  must_release(bench, "opening a cursor and destroying it", [&] {
    trial->open(0, trial->all_types()).destroy();
    Reader full = trial->open(0, trial->all_types());
    must_read(*trial, full, 0, trial->all_types(), 1);
    full.destroy();
    Reader waiting = trial->open(trial->end(), trial->all_types());
    if (!may_destroy_pending(bench, waiting)) return waiting.destroy();
    Pending pending = waiting.start_next();
    waiting.destroy();
    pending.must_fail(Errc::cursor_closed);
  });
}

/// An event as it was delivered, and a deep copy of what it showed then.
struct Kept {
  Event event;
  Offset offset = 0;
  Envelope envelope;
};

/// Reads the event and keeps it.
void keep(Reader& reader, const Logged& expected, std::vector<Kept>& kept) {
  Pending pending = reader.start_next();
  pending.must_deliver(expected);
  const Event event = *pending.result();
  kept.push_back({event, event.offset, *event.parcel});
}

void must_be_intact(Bench& bench, const std::vector<Kept>& kept, std::string_view when) {
  for (const Kept& each : kept)
    if (each.event.offset != each.offset || !each.event.parcel ||
        *each.event.parcel != each.envelope)
      bench.fail(
          fmt::format("the event that was delivered at {} changed after {}: expected it as "
                      "it was delivered, seen offset {}, {}",
                      each.offset, when, each.event.offset,
                      each.event.parcel ? "other content" : "an empty parcel"));
}

/// Events of different lengths, where the vocabulary allows it, so that a reused buffer shows.
std::vector<Parcel> uneven_parcels(Bench& bench, Trial& trial, std::size_t count) {
  std::vector<Parcel> parcels;
  for (std::size_t i = 0; i < count; ++i) {
    const Parcel parcel = trial.parcel(trial.type(i % 3));
    Envelope envelope = *parcel;
    if (bench.factory().vocabulary.anything())
      envelope.data += std::string((i * 37) % 300, static_cast<char>('a' + i % 26));
    parcels.emplace_back(std::move(envelope));
  }
  return parcels;
}

/// What is ended, in every order.
enum class End { reader, other, stream, events };

void end(End which, Trial& trial, Reader& reader, Reader& other, std::vector<Kept>& kept) {
  switch (which) {
    case End::reader:
      return reader.destroy();
    case End::other:
      return other.destroy();
    case End::stream:
      return trial.destroy_stream();
    case End::events:
      return kept.clear();
  }
}

/// An order that this stream's contract allows: without the capability it must outlive its cursors.
bool is_allowed(const Bench& bench, const std::array<End, 4>& order) {
  if (bench.capabilities().cursors_outlive_stream) return true;
  const auto at = [&](End which) { return std::find(order.begin(), order.end(), which); };
  return at(End::stream) > at(End::reader) && at(End::stream) > at(End::other);
}

// Views of a buffer that a later call fills again (O-31, B69).
void events_outlive_everything(Bench& bench) {
  std::array<End, 4> order{End::reader, End::other, End::stream, End::events};
  do {
    if (!is_allowed(bench, order)) continue;
    const std::unique_ptr<Trial> trial = bench.trial();
    const std::size_t count = 12;
    for (const Parcel& parcel : uneven_parcels(bench, *trial, count))
      trial->append_parcels({parcel});
    Reader reader = trial->open(0, trial->all_types());
    Reader other = trial->open(0, trial->all_types());
    std::vector<Kept> kept;
    for (const Logged& each : trial->log()) {
      keep(reader, each, kept);
      must_be_intact(bench, kept, "a later next");
      keep(other, each, kept);
    }
    Pending pending = reader.start_next();
    const Logged last = trial->append_one(2);
    pending.must_deliver(last);
    must_be_intact(bench, kept, "a next that waited");
    keep(other, last, kept);
    if (can_truncate(bench)) trial->truncate(trial->end());
    must_be_intact(bench, kept, "a truncation");
    (void)other.close();
    must_be_intact(bench, kept, "close");
    for (const End which : order) {
      if (which == End::stream && !bench.capabilities().cursors_outlive_stream)
        trial->end_trial();
      else
        end(which, *trial, reader, other, kept);
      must_be_intact(bench, kept, "the destruction of a cursor or the stream");
    }
    bench.count();
  } while (std::next_permutation(order.begin(), order.end()));
}

/// The stream is gone. The reader goes on with what was there, or is closed for good; true if it is
/// closed.
bool ends_or_goes_on(Trial& trial, Reader& reader, Offset position) {
  while (const auto expected = trial.first_match(position, trial.all_types())) {
    const Result<Event> seen = reader.next();
    if (!seen && seen.error() == Errc::cursor_closed) {
      reader.must_fail(Errc::cursor_closed);
      return true;
    }
    if (!seen || !trial.same(*expected, *seen))
      trial.fail(
          fmt::format("next of {} after its stream was destroyed: expected cursor_closed or "
                      "{}, seen {}",
                      reader.name(), trial.describe(Expectation(*expected)), trial.describe(seen)));
    position = expected->offset + 1;
  }
  return false;
}

/// A read that waits for an event that can never come: it ends with its stream, or with its
/// cursor's close.
void must_end(Reader& reader, Pending& pending, bool closed) {
  if (!closed) (void)reader.close();
  pending.must_fail(Errc::cursor_closed);
}

/// After its stream is gone a cursor can be closed, and stays closed.
void must_close_orphan(Trial& trial, Reader& reader) {
  const Result<void> closed = reader.close();
  if (!closed && closed.error() != Errc::cursor_closed)
    trial.fail(
        fmt::format("close of {} after its stream was destroyed: expected success or "
                    "cursor_closed, seen {}",
                    reader.name(), error_name(closed.error())));
  reader.must_fail(Errc::cursor_closed);
}

// Waiters that nobody wakes when their stream goes, and cursors that refer to it (B61, B64).
void cursors_outlive_their_stream(Bench& bench) {
  needs_cursors(bench, 5);
  for (Rounds rounds = bench.rounds(200); rounds.more();) {
    const std::unique_ptr<Trial> trial = bench.trial();
    const std::size_t length = 1 + rounds.done() % 5;
    append_run(bench, *trial, repeated({0, 1}, length), 2);
    Reader ready = trial->open(0, trial->all_types());
    Reader middle = trial->open(0, trial->all_types());
    const Offset position = must_read(*trial, middle, 0, trial->all_types(), length / 2);
    Reader tail = trial->open(0, trial->all_types());
    must_read(*trial, tail, 0, trial->all_types());
    Reader waiting = trial->open(0, trial->all_types());
    must_read(*trial, waiting, 0, trial->all_types());
    Reader skipping = trial->open(0, trial->filter({2}));
    Pending waits = waiting.start_next();
    Pending skips = skipping.start_next();
    Bench::spin(some_spins(bench) * (1 + rounds.done() % 8));
    trial->destroy_stream();
    const bool closed = ends_or_goes_on(*trial, ready, 0);
    (void)ends_or_goes_on(*trial, middle, position);
    must_end(waiting, waits, closed);
    must_end(skipping, skips, closed);
    if (closed) tail.must_fail(Errc::cursor_closed);
    for (Reader* reader : {&ready, &middle, &tail, &waiting, &skipping})
      must_close_orphan(*trial, *reader);
    bench.count();
  }
}

constexpr Case lifetime_table[] = {
    {.rule = "LIF-1", .name = "destroying_a_cursor_closes_it", .body = destroying_closes},
    {.rule = "LIF-1",
     .name = "destroying_races_with_an_append",
     .body = destroying_races_with_an_append},
    {.rule = "LIF-1",
     .name = "destroying_releases_what_it_holds",
     .body = destroying_releases_what_it_holds},
    {.rule = "LIF-2", .name = "events_outlive_everything", .body = events_outlive_everything},
    {.rule = "LIF-3", .name = "cursors_outlive_their_stream", .body = cursors_outlive_their_stream},
};

}  // namespace

std::span<const Case> lifetime_cases() {
  return lifetime_table;
}

}  // namespace streamtest
