#include <streamtest/cases/apart.hpp>
#include <streamtest/cases/case.hpp>
#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

/// True if the read gave the event, false if it told of the damage.
bool gave(Bench& bench, Trial& trial, const Logged& due, const Result<Event>& seen) {
  if (!seen) {
    if (!is_failure(seen.error()))
      trial.fail(
          fmt::format("with a damaged store a read that was due event {} said {}: expected "
                      "that event, or a failure",
                      due.offset, trial.describe(seen)));
    return false;
  }
  if (bench.factory().vocabulary.anything())
    must_come_back(trial, due, seen);
  else if (!trial.same(due, *seen))
    trial.fail(fmt::format("with a damaged store the read that was due event {} gave {}",
                           due.offset, trial.describe(seen)));
  return true;
}

/// Every read gives the event that is due, up to one that tells of the damage; true if one did.
bool must_read_or_tell(Bench& bench, Trial& trial, const EventTypeSet& filter) {
  Result<Reader> reader = trial.try_open(0, filter);
  if (!reader) {
    if (!is_failure(reader.error()))
      trial.fail(fmt::format("with a damaged store open said {}", error_name(reader.error())));
    return true;
  }
  bool told = false;
  for (std::optional<Logged> due = trial.first_match(0, filter); due;
       due = trial.first_match(due->offset + 1, filter)) {
    told = !gave(bench, trial, *due, reader->next());
    if (told) break;
  }
  reader->destroy();
  return told;
}

/// What is appended now stands behind all that was there, or the append tells of the damage.
void must_go_on_or_tell(Trial& trial) {
  const Offset end = trial.end();
  const Result<std::vector<Offset>> told = trial.try_append({trial.parcel(trial.type(0))});
  if (told && !told->empty() && told->front() < end)
    trial.fail(
        fmt::format("with a damaged store an append was given offset {}, where another event "
                    "stood: expected {} or a failure",
                    told->front(), end));
}

// A record that fails its checksum ends the scan quietly, or is skipped; a record that has none.
void a_flipped_byte_is_told(Bench& bench) {
  constexpr int most_in_vain = 300;  // the byte may be one that nobody reads
  bool told = false;
  int in_vain = 0;
  for (Rounds rounds = bench.rounds(60, 10);
       rounds.more() || (!told && ++in_vain < most_in_vain);) {
    const Apart apart(bench);
    bench.history().clear();
    Trial trial(bench.factory(), apart.scenario(), bench, bench.driver(), bench.patience());
    append_run(bench, trial, at_random(bench, 1 + bench.below(40)), 3);
    trial.damage(Damage::flipped_byte, bench.random()());
    bench.count();
    if (!trial.try_reopen()) {
      told = true;  // that it opens what is sound is DUR-1's
      continue;
    }
    for (const EventTypeSet& filter : every_filter(trial))
      told = must_read_or_tell(bench, trial, filter) || told;
    must_go_on_or_tell(trial);
  }
  if (!told) throw Inconclusive("after damage(flipped_byte) every event was there, each time");
}

constexpr Case damage_table[] = {
    {.rule = "DUR-5", .name = "a_flipped_byte_is_told", .body = a_flipped_byte_is_told},
};

}  // namespace

std::span<const Case> damage_cases() {
  return damage_table;
}

}  // namespace streamtest
