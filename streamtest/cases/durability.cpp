#include <streamtest/cases/case.hpp>
#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

using eventstream::EventTypeSet;
using eventstream::Offset;

/// Everything at and after `first` is there as it was appended, for each filter.
void must_be_whole(Bench& bench, Trial& trial, Offset first) {
  for (const EventTypeSet& filter : every_filter(trial)) {
    Reader reader = trial.open(first, filter);
    for (std::optional<Logged> due = trial.first_match(first, filter); due;
         due = trial.first_match(due->offset + 1, filter)) {
      if (bench.factory().vocabulary.anything())
        must_come_back(trial, *due, reader.start_next());
      else
        reader.must_deliver(*due);
    }
    reader.destroy();
    bench.count();
  }
}

/// What is appended now gets the next offset, and a reader that waits for it gets it.
void must_go_on(Bench& bench, Trial& trial) {
  const Offset end = trial.end();
  Reader waiting = trial.open(end, trial.all_types());
  Pending pending = waiting.start_next();
  const Logged added =
      trial.append(repeated({0, 1, 2}, batch_limit(bench.capabilities(), 3))).front();
  if (added.offset < end || (added.offset > end && !bench.capabilities().sparse_offsets))
    trial.fail(
        fmt::format("the first event that was appended after the stream was reopened got offset "
                    "{}: expected the old next offset, {}",
                    added.offset, end));
  pending.must_deliver(added);
  waiting.destroy();
}

// Streams that store their events but not what they know about them: where they end, under which
// offsets they stand, whose they are.
void every_event_outlives_a_reopening(Bench& bench) {
  for (const std::size_t length : {0, 1, 2, 3, 7, 32, 65, 129, 257, 513, 1025}) {
    if (length > bench.size(2000, 70)) break;
    const std::unique_ptr<Trial> trial = bench.trial();
    for (const std::size_t batch : {1, 3, 64}) {
      append_run(bench, *trial, at_random(bench, length), batch);
      trial->reopen();
      must_be_whole(bench, *trial, 0);
      must_go_on(bench, *trial);
    }
    trial->reopen();
    trial->reopen();  // with nothing in between
    must_be_whole(bench, *trial, 0);
  }
}

// Offsets that are places in a list, which move when the list is cut and read again.
void offsets_outlive_a_truncation_and_a_reopening(Bench& bench) {
  if (!can_truncate(bench)) throw NotSupported("needs truncation");
  for (std::size_t length = 1; length <= 6; ++length)
    for (std::size_t cut = 1; cut <= length; ++cut) {
      const std::unique_ptr<Trial> trial = bench.trial();
      append_run(bench, *trial, in_turn(length), 2);
      const std::vector<Logged> log = trial->log();
      const Offset first = trial->truncate(cut < length ? log[cut].offset : trial->end());
      trial->reopen();
      must_be_whole(bench, *trial, first);
      must_go_on(bench, *trial);
      must_be_whole(bench, *trial, first);
    }
}

constexpr Case durability_table[] = {
    {.rule = "DUR-1",
     .name = "every_event_outlives_a_reopening",
     .body = every_event_outlives_a_reopening},
    {.rule = "DUR-1",
     .name = "offsets_outlive_a_truncation_and_a_reopening",
     .body = offsets_outlive_a_truncation_and_a_reopening},
};

}  // namespace

std::span<const Case> durability_cases() {
  return durability_table;
}

}  // namespace streamtest
