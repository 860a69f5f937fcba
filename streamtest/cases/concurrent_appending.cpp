#include <streamtest/cases/concurrent_appending.hpp>
#include <streamtest/cases/follower.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace streamtest {

using eventstream::EventTypeSet;
using eventstream::Offset;

namespace {

/// A batch that one of several appenders wrote, and when: by a clock that counts begins and ends.
struct WrittenBatch {
  std::vector<Logged> events;
  std::uint64_t began = 0;
  std::uint64_t ended = 0;
};

/// What an appender writes in one round.
struct Turn {
  RacedAppend append;
  std::uint64_t began = 0;
  std::uint64_t ended = 0;
};

std::vector<Turn> some_turns(Bench& bench, Trial& trial, std::size_t appender,
                             std::size_t longest) {
  std::vector<Turn> turns;
  for (int i = 0; i < 2; ++i)
    turns.push_back({RacedAppend(trial, fmt::format("appender {}", appender + 1),
                                 some_parcels(bench, trial, longest))});
  return turns;
}

/// Lets so many appenders write batches against each other; adds what they wrote.
void append_concurrently(Bench& bench, Trial& trial, std::size_t appenders, Rounds rounds,
                         std::atomic<std::uint64_t>& clock, std::vector<WrittenBatch>& written) {
  std::vector<std::vector<Turn>> turns(appenders);
  const auto before = [&] {
    // Long batches give others the time to get between.
    const std::size_t longest = bench.below(8) == 0 ? 40 : 5;
    for (std::size_t i = 0; i < appenders; ++i) turns[i] = some_turns(bench, trial, i, longest);
  };
  const auto after = [&] {
    for (std::vector<Turn>& each : turns)
      for (Turn& turn : each) {
        const RacedAppend::Answer& answer = turn.append.conclude();
        written.push_back(
            {trial.acknowledged(turn.append.batch(), answer), turn.began, turn.ended});
        bench.count();
      }
  };
  std::vector<std::function<void()>> contenders;
  for (std::vector<Turn>& mine : turns)
    contenders.push_back([&] {
      for (Turn& turn : mine) {
        turn.began = clock++;
        turn.append.run();
        turn.ended = clock++;
      }
    });
  race(bench, rounds, before, contenders, after);
}

void must_have_different_offsets(const Trial& trial, const std::vector<Logged>& log) {
  for (std::size_t i = 1; i < log.size(); ++i)
    if (log[i].offset == log[i - 1].offset)
      trial.fail(fmt::format("two acknowledged events have one offset: {} and {}",
                             trial.describe(Expectation(log[i - 1])),
                             trial.describe(Expectation(log[i]))));
}

/// The log holds the batch without a gap or a stranger, and in its order.
void must_be_whole(const Trial& trial, const std::vector<Logged>& log,
                   const std::vector<Logged>& batch) {
  auto place =
      std::lower_bound(log.begin(), log.end(), batch.front().offset,
                       [](const Logged& event, Offset offset) { return event.offset < offset; });
  for (const Logged& event : batch) {
    if (place == log.end() || place->offset != event.offset)
      trial.fail(fmt::format(
          "a batch of {} that begins at {} is torn: expected its {} next, but {} is there",
          batch.size(), batch.front().offset, trial.describe(Expectation(event)),
          place == log.end() ? "nothing" : trial.describe(Expectation(*place))));
    ++place;
  }
}

/// A batch that was acknowledged before another began has lower offsets.
void must_keep_real_time(const Trial& trial, std::vector<WrittenBatch> batches) {
  std::vector<WrittenBatch> by_end = batches;
  std::sort(batches.begin(), batches.end(),
            [](const auto& left, const auto& right) { return left.began < right.began; });
  std::sort(by_end.begin(), by_end.end(),
            [](const auto& left, const auto& right) { return left.ended < right.ended; });
  auto ended = by_end.begin();
  const Logged* highest = nullptr;
  for (const WrittenBatch& batch : batches) {
    for (; ended != by_end.end() && ended->ended < batch.began; ++ended)
      if (!highest || ended->events.back().offset > highest->offset)
        highest = &ended->events.back();
    if (highest && highest->offset > batch.events.front().offset)
      trial.fail(
          fmt::format("{} was acknowledged before the append of {} began, but has a higher offset",
                      trial.describe(Expectation(*highest)),
                      trial.describe(Expectation(batch.events.front()))));
  }
}

}  // namespace

// Acknowledged events that are lost, doubled or torn from their batch (O-45, B86).
void concurrent_appends_all_arrive(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  Reader early = trial->open(0, trial->filter({0}));
  std::atomic<std::uint64_t> clock = 0;
  std::vector<WrittenBatch> written;
  append_concurrently(bench, *trial, 2, bench.rounds(500), clock, written);
  append_concurrently(bench, *trial, 4, bench.rounds(50), clock, written);
  const std::vector<Logged> log = trial->log();
  must_have_different_offsets(*trial, log);
  for (const WrittenBatch& batch : written) must_be_whole(*trial, log, batch.events);
  must_keep_real_time(*trial, written);
  must_read(*trial, early, 0, trial->filter({0}));
  Reader late = trial->open(0, trial->all_types());
  must_read(*trial, late, 0, trial->all_types());
  // Nothing comes twice: both are at the end.
  late.start_next().must_wait_until([&] { return trial->append_one(1); });
  early.start_next().must_wait_until([&] { return trial->append_one(0); });
}

// P10: the place of an append that fails among others is neither passed by nor waited for (B18 to
// B20).
void a_failure_among_appends_leaves_no_gap(Bench& bench) {
  std::unique_ptr<Trial> trial;
  std::vector<Follower> readers;
  std::vector<RacedAppend> appends;
  constexpr std::size_t appenders = 3;
  const auto before = [&] {
    if (!trial || bench.below(16) == 0) {
      readers.clear();
      trial = bench.trial();
      for (const EventTypeSet& filter : {trial->all_types(), trial->filter({1})})
        readers.emplace_back(*trial, 0, filter).start();
    }
    appends.clear();
    for (std::size_t i = 0; i < appenders; ++i)
      appends.emplace_back(*trial, fmt::format("appender {}", i + 1),
                           some_parcels(bench, *trial, i == 0 ? 40 : 3));
    trial->subject().fail_next_append();
  };
  const auto after = [&] {
    std::size_t failed = 0;
    for (RacedAppend& each : appends) {
      const RacedAppend::Answer& answer = each.conclude();
      failed += !answer;
      if (answer) trial->acknowledged(each.batch(), answer);
    }
    if (failed == 0)
      throw HarnessFailure(
          "every append succeeded after fail_next_append(); the hook has no effect");
    trial->append_one(1);  // proves by cause that nobody waits for what isn't there
    for (Follower& reader : readers)
      while (reader.check()) reader.start();
    bench.count(appenders);
  };
  std::vector<std::function<void()>> contenders;
  for (std::size_t i = 0; i < appenders; ++i) contenders.push_back([&, i] { appends[i].run(); });
  if (!bench.hooks().fail_next_append) throw NotSupported("needs the hook fail_next_append");
  race(bench, bench.rounds(200), before, contenders, after);
}

}  // namespace streamtest
