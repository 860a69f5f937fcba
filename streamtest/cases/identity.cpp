#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

std::string text(const Identity& identity) {
  return fmt::format("\"{}\" with key \"{}\"", identity.name(), identity.key());
}

void must_be_the_scenarios(Trial& trial, std::string_view when) {
  const Identity wanted = trial.scenario().application;
  for (const std::string_view which : {"the first", "the second"}) {
    const Identity seen = trial.application();
    if (seen != wanted)
      trial.fail(fmt::format("{} call of application() {}: expected {}, seen {}", which, when,
                             text(wanted), text(seen)));
  }
}

// The identity must neither depend on what is on the stream nor on what happens to it.
void application_is_the_scenarios(Bench& bench) {
  for (int streams = 0; streams < 2; ++streams) {
    const auto trial = bench.trial();
    must_be_the_scenarios(*trial, "on an empty stream");
    const auto reopen = [&](std::string_view when) {
      if (!bench.hooks().reopen) return;
      trial->reopen();
      must_be_the_scenarios(*trial, when);
      bench.count();
    };
    if (streams == 1) reopen("on an empty stream that was reopened");
    append_run(bench, *trial, in_turn(3));
    must_be_the_scenarios(*trial, "after an append");
    Reader reader = trial->open(0, trial->all_types());
    (void)reader.close();
    must_be_the_scenarios(*trial, "after a cursor was opened and closed");
    bench.count(3);
    reopen("after the stream was reopened");
    if (!can_truncate(bench)) continue;
    const Offset end = trial->end();
    trial->truncate(trial->log().back().offset);
    must_be_the_scenarios(*trial, "after a truncation");
    trial->truncate(end);
    must_be_the_scenarios(*trial, "after everything was truncated");
    bench.count(2);
    reopen("after everything was truncated and the stream was reopened");
  }
}

// The source of each event must be this stream's application, whatever batch it came in and however
// it is filtered.
void events_name_the_application(Bench& bench) {
  const auto trial = bench.trial();
  for (const std::size_t batch : {1, 2, 7}) append_run(bench, *trial, in_turn(7), batch);
  const Identity wanted = trial->scenario().application;
  for (const EventTypeSet& filter : every_filter(*trial)) {
    Reader reader = trial->open(0, filter);
    for (std::optional<Logged> due = trial->first_match(0, filter); due;
         due = trial->first_match(due->offset + 1, filter)) {
      const Result<Event> seen = reader.next();
      if (!seen || !seen->parcel)
        trial->fail(fmt::format("expected {}, seen {}", trial->describe(Expectation(*due)),
                                trial->describe(seen)));
      const Identity& source = seen->parcel->source_application;
      if (source != wanted)
        trial->fail(fmt::format("the event at {} names {} as its source; the stream is that of {}",
                                seen->offset, text(source), text(wanted)));
      bench.count();
    }
    (void)reader.close();
  }
}

/// A stream and one reader that follows it.
struct Side {
  explicit Side(std::unique_ptr<Trial> of)
      : trial(std::move(of)), reader(*trial, 0, trial->all_types()) {
    reader.start();
  }

  /// Looks at the offsets at once: a gap stops its readers, and they would be blamed for it.
  void append(Bench& bench) {
    trial->append(at_random(bench, 1 + bench.below(batch_limit(bench.capabilities(), 3))));
    if (!bench.capabilities().sparse_offsets) must_be_gapless();
  }

  void catch_up() {
    while (reader.check()) reader.start();
  }

  /// Opens at the first event that must be left and reads all the rest.
  void must_be_whole(Offset first) {
    Follower fresh(*trial, first, trial->all_types());
    fresh.catch_up();
    fresh.release();
  }

  void must_be_gapless() {
    Offset next = 0;
    for (const Logged& event : trial->log()) {
      if (event.offset != next)
        trial->fail(fmt::format(
            "{} got offset {} where {} was free: the offsets of one application's stream depend on "
            "what is appended to another's",
            trial->describe(Expectation(event)), event.offset, next));
      next = event.offset + 1;
    }
  }

  void leave() {
    catch_up();
    reader.leave();
  }

  std::unique_ptr<Trial> trial;
  Follower reader;
  Offset kept_from = 0;  ///< the first offset that a truncation left
};

void truncate_in_turn(Bench& bench, Side& left, Side& right) {
  if (!can_truncate(bench)) return;
  const std::vector<Logged> log = left.trial->log();
  left.kept_from = left.trial->truncate(log[log.size() / 2].offset);
  right.must_be_whole(0);
  left.must_be_whole(left.kept_from);
  right.kept_from = right.trial->truncate(right.trial->end());
  left.must_be_whole(left.kept_from);
  left.append(bench);
  right.append(bench);
  left.must_be_whole(left.kept_from);
  right.must_be_whole(right.kept_from);
  bench.count(6);
}

/// Opens both anew, one after the other; what they hold, and where they begin, is as it was.
void reopen_in_turn(Bench& bench, Side& left, Side& right) {
  if (!bench.hooks().reopen) return;
  for (Side* side : {&left, &right}) side->trial->end_cursors();
  for (Side* side : {&left, &right})
    if (!side->trial->try_reopen())
      throw HarnessFailure(
          "reopen() threw while a twin's stream was open on the same backend: it is to close its "
          "own "
          "stream alone");
  for (Side* side : {&left, &right, &left}) {
    side->append(bench);
    left.must_be_whole(left.kept_from);
    right.must_be_whole(right.kept_from);
    bench.count(2);
  }
}

// P16: what is appended to or cut from one application's stream mustn't be seen on another's (B95,
// B118).
void twins_do_not_meet(Bench& bench) {
  if (!bench.capabilities().twin || !bench.hooks().twin) return;
  for (Rounds rounds = bench.rounds(40); rounds.more();) {
    std::unique_ptr<Trial> first = bench.trial();
    std::unique_ptr<Trial> second = bench.twin(*first);
    Side left(std::move(first));
    Side right(std::move(second));
    for (int i = 0; i < 12; ++i) {
      Side& changed = bench.below(2) == 0 ? left : right;
      changed.append(bench);
      changed.catch_up();
      left.reader.check();
      right.reader.check();
      bench.count();
    }
    left.append(bench);
    right.append(bench);
    left.catch_up();
    right.catch_up();
    truncate_in_turn(bench, left, right);
    right.leave();
    left.append(bench);
    left.leave();
    reopen_in_turn(bench, left, right);
    Follower late(*left.trial, left.kept_from, left.trial->all_types());
    late.catch_up();
    late.start();
    right.trial->end_trial();
    left.append(bench);
    late.check();
    left.must_be_whole(left.kept_from);
  }
}

constexpr Case identity_table[] = {
    {.rule = "IDN-1",
     .name = "application_is_the_scenarios",
     .body = application_is_the_scenarios,
     .reads = Case::Reads::once,
     .needs = Means::application},
    {.rule = "IDN-2", .name = "events_name_the_application", .body = events_name_the_application},
    {.rule = "IDN-2", .name = "twins_do_not_meet", .body = twins_do_not_meet},
};

}  // namespace

std::span<const Case> identity_cases() {
  return identity_table;
}

}  // namespace streamtest
