#include <streamtest/cases/case.hpp>
#include <streamtest/cases/crash.hpp>
#include <streamtest/cases/kill.hpp>
#include <streamtest/explore/sequences.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

namespace streamtest {
namespace {

bool truncates(Bench& bench) {
  return bench.capabilities().truncation != Truncation::none && bench.below(2) == 0;
}

void must_hold(Bench& bench, const std::optional<std::string>& wrong) {
  if (wrong) bench.fail(*wrong);
}

/// The situation that the rule is about must have come up in some round.
void must_have_arisen(bool arisen, const char* what) {
  if (!arisen) throw Inconclusive(std::string("in no process that was killed ") + what);
}

bool any_acknowledged(const Crash& crash) {
  const auto& batches = crash.aftermath().batches;
  return std::any_of(batches.begin(), batches.end(),
                     [](const auto& entry) { return entry.second.acknowledged; });
}

// Acknowledged before it is written, or by a write that waits in a buffer of the process.
void acknowledged_events_survive_a_kill(Bench& bench) {
  bool arisen = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    Crash crash(bench, truncates(bench));
    crash.run(some_moment(bench, {WorkerLine::Kind::stored}));
    crash.survey();
    must_hold(bench, crash.aftermath().lost());
    arisen = arisen || any_acknowledged(crash);
  }
  must_have_arisen(arisen, "an append had been acknowledged");
}

// The end that readers look at runs ahead of what is written.
void what_a_reader_saw_survives_a_kill(Bench& bench) {
  bool arisen = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    Crash crash(bench, truncates(bench));
    crash.run(some_moment(bench, {WorkerLine::Kind::seen}));
    crash.survey();
    must_hold(bench, crash.aftermath().taken_back());
    arisen = arisen || !crash.aftermath().seen.empty();
  }
  must_have_arisen(arisen, "a reader had been given an event");
}

// The second crash meets what the recovery from the first one left behind.
void a_stream_survives_two_kills(Bench& bench) {
  bool arisen = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    Crash crash(bench, truncates(bench));
    crash.run(some_moment(bench, {WorkerLine::Kind::ready, WorkerLine::Kind::begun,
                                  WorkerLine::Kind::stored, WorkerLine::Kind::seen}));
    crash.run(some_moment(bench, {WorkerLine::Kind::ready, WorkerLine::Kind::begun,
                                  WorkerLine::Kind::stored, WorkerLine::Kind::seen}));
    crash.survey();
    must_hold(bench, crash.aftermath().torn());
    must_hold(bench, crash.aftermath().lost());
    arisen = arisen || any_acknowledged(crash);
  }
  must_have_arisen(arisen, "an append had been acknowledged");
}

// What a recovery leaves behind shows only in what is appended, cut or reopened after it.
void generated_programs(Bench& bench) {
  const auto kill = [&bench](std::uint64_t choice) {
    // A program that is run again kills the same process at the same moment.
    std::mt19937_64 chosen(choice);
    std::swap(bench.random(), chosen);
    const auto crash = std::make_shared<Crash>(bench, false, 100);
    const Moment moment = some_moment(bench, {WorkerLine::Kind::begun, WorkerLine::Kind::stored});
    std::swap(bench.random(), chosen);
    crash->run(moment);
    crash->survey();
    must_hold(bench, crash->aftermath().torn());
    must_hold(bench, crash->aftermath().lost());
    return Survived{.trial = &crash->trial(), .events = crash->events(), .keeper = crash};
  };
  run_sequences_after(kill, bench);
}

// The tail is torn for certain: new records behind the torn one, or old bytes behind a new one.
void a_stream_survives_a_torn_tail(Bench& bench) {
  if (!bench.hooks().damage || !bench.hooks().reopen)
    throw NotSupported("needs the hooks damage and reopen");
  bool arisen = false;
  bool torn = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    Crash crash(bench, false, 100);  // so that the last that was written is all that can be torn
    crash.run({.after = WorkerLine::Kind::stored, .count = 1 + bench.below(6)});
    crash.tear();
    crash.run({.after = WorkerLine::Kind::stored, .count = 1 + bench.below(6)});
    crash.survey();
    must_hold(bench, crash.aftermath().torn());
    must_hold(bench, crash.aftermath().lost());
    arisen = arisen || any_acknowledged(crash);
    torn = torn || crash.was_torn();
  }
  must_have_arisen(arisen, "an append had been acknowledged");
  if (!torn)
    throw Inconclusive("after damage(torn_tail) what was written last was always there still");
}

// TRN-6's part that needs a crash: the point of truncation is kept, and no offset is given anew.
void a_truncation_survives_a_kill(Bench& bench) {
  if (bench.capabilities().durability == Durability::none) throw NotSupported("needs durability");
  bool arisen = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    Crash crash(bench, true);
    crash.run({.after = bench.below(2) == 0 ? WorkerLine::Kind::cutting : WorkerLine::Kind::cut,
               .count = 1 + bench.below(4),
               .spins = bench.below(100'000)});
    crash.survey();
    must_hold(bench, crash.cut_forgotten());
    arisen = arisen || crash.has_cut();
  }
  must_have_arisen(arisen, "a truncation had been acknowledged");
}

constexpr Case crashing_table[] = {
    {.rule = "TRN-6",
     .name = "a_truncation_survives_a_kill",
     .body = a_truncation_survives_a_kill,
     .reads = Case::Reads::once},
    {.rule = "DUR-2",
     .name = "acknowledged_events_survive_a_kill",
     .body = acknowledged_events_survive_a_kill,
     .reads = Case::Reads::once},
    {.rule = "DUR-3",
     .name = "what_a_reader_saw_survives_a_kill",
     .body = what_a_reader_saw_survives_a_kill,
     .reads = Case::Reads::once},
    {.rule = "DUR-4",
     .name = "a_stream_survives_two_kills",
     .body = a_stream_survives_two_kills,
     .reads = Case::Reads::once},
    {.rule = "DUR-4",
     .name = "generated_programs",
     .body = generated_programs,
     .reads = Case::Reads::once},
    {.rule = "DUR-4",
     .name = "a_stream_survives_a_torn_tail",
     .body = a_stream_survives_a_torn_tail,
     .reads = Case::Reads::once},
};

}  // namespace

std::span<const Case> crashing_cases() {
  return crashing_table;
}

}  // namespace streamtest
