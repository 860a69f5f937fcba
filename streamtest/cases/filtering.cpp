#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

// ---- FLT-1 --------------------------------------------------------------------------------------

void must_be_wanted(Trial& trial, const Reader& reader, const EventTypeSet& filter,
                    const Result<Event>& seen) {
  if (!seen || !seen->parcel)
    trial.fail(fmt::format("next of {} gave no event: {}", reader.name(), trial.describe(seen)));
  if (!filter.contains(seen->parcel->type))
    trial.fail(fmt::format("{} was given {}, whose type is not in its filter", reader.name(),
                           trial.describe(seen)));
}

/// Reads at most so many events, as many as the log holds for this filter, and looks at nothing but
/// their types.
void read_types(Bench& bench, Trial& trial, Offset from, const EventTypeSet& filter,
                std::uint64_t most) {
  Reader reader = trial.open(from, filter);
  std::optional<Logged> due = trial.first_match(from, filter);
  for (; due && most > 0; due = trial.first_match(due->offset + 1, filter), --most) {
    must_be_wanted(trial, reader, filter, reader.next());
    bench.count();
  }
  (void)reader.close();
  reader.destroy();
}

// In batches that mix the types, long enough to cross pages and chunks (B37, S-9).
void only_wanted_types_come(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<std::size_t> types(bench.size(1100, 400), 0);
  for (std::size_t i = 0; i < types.size(); ++i)
    if (bench.below(8) == 0) types[i] = 1 + bench.below(2);
  append_run(bench, *trial, types, 50);
  for (const EventTypeSet& filter : {trial->filter({1}), trial->filter({2}), trial->filter({1, 2})})
    read_types(bench, *trial, 0, filter, types.size());
  for (const EventTypeSet& filter :
       {trial->filter({0}), trial->filter({0, 1}), trial->filter({0, 2})})
    read_types(bench, *trial, 0, filter, bench.size(types.size(), 150));
}

// Those that wait while a mixed batch comes must take from it what is theirs.
void only_wanted_types_wake(Bench& bench) {
  const auto trial = bench.trial();
  const std::vector<EventTypeSet> filters = every_filter(*trial);
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < cursor_limit(bench, 6); ++i)
    readers.push_back(trial->open(0, filters[i]));
  for (Rounds rounds = bench.rounds(30); rounds.more();) {
    std::vector<Pending> pending;
    for (Reader& reader : readers) pending.push_back(reader.start_next());
    std::vector<std::size_t> batch = {0, 1, 2};
    std::shuffle(batch.begin(), batch.end(), bench.random());
    append_run(bench, *trial, batch);
    for (std::size_t i = 0; i < readers.size(); ++i) {
      must_be_wanted(*trial, readers[i], filters[i], pending[i].result());
      for (std::size_t more = 1; more < filters[i].size(); ++more)
        must_be_wanted(*trial, readers[i], filters[i], readers[i].next());
      bench.count();
    }
  }
}

// ---- FLT-2 --------------------------------------------------------------------------------------

// However often a type is named in the filter, and in whatever order, its events come once, and so
// do the others'.
void repeated_types_count_once(Bench& bench) {
  const auto trial = bench.trial();
  append_run(bench, *trial, at_random(bench, 12), 4);
  const std::vector<std::vector<std::size_t>> lists = {
      {0, 0},    {1, 0},    {2, 2, 2, 2},    {0, 1, 0, 1},
      {2, 1, 0}, {1, 1, 2}, {2, 0, 2, 0, 2}, {0, 1, 2, 0, 1, 2}};
  for (const std::vector<std::size_t>& list : lists) {
    std::vector<EventType> types;
    for (const std::size_t index : list) types.push_back(trial->type(index));
    Follower follower(*trial, 0, EventTypeSet(types));
    follower.catch_up();
    follower.start();
    append_until(*trial, [&] { return follower.check(); });
    follower.release();
    bench.count();
  }
}

// Every type of a long filter counts, the last as well as the first: limits of parameter lists, bit
// sets that are too short (B29, B36).
void filters_of_many_types(Bench& bench) {
  const std::size_t most = type_limit(bench, 1000);
  const auto trial = bench.trial(most);
  std::vector<std::size_t> order(most);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), bench.random());
  append_run(bench, *trial, order, 100);
  std::vector<std::uint64_t> sizes =
      usual_boundaries(std::min<std::uint64_t>(most, bench.size(most, 34)));
  if (sizes.back() != most) sizes.push_back(most);
  for (const std::uint64_t size : sizes) {
    std::shuffle(order.begin(), order.end(), bench.random());
    const std::vector<std::size_t> chosen(order.begin(),
                                          order.begin() + static_cast<std::ptrdiff_t>(size));
    Follower follower(*trial, 0, trial->filter(chosen));
    follower.catch_up();
    follower.start();
    trial->append_one(chosen[bench.below(size)]);
    follower.check();
    follower.release();
    bench.count();
  }
}

// A filter with as many types as a whole company has: more than a statement may have parameters, a
// message may have bytes, or an index has bits (B29).
void a_filter_of_very_many_types(Bench& bench) {
  const std::size_t most = type_limit(bench, bench.size(32'768, 4'096));
  const auto trial = bench.trial(most);
  std::vector<std::size_t> wanted = {0, most - 1, most / 2};
  for (int i = 0; i < 5; ++i) wanted.push_back(bench.below(most));
  append_run(bench, *trial, wanted, 3);
  Follower follower(*trial, 0, trial->all_types());
  follower.catch_up();
  follower.start();
  trial->append_one(most - 1);
  follower.check();
  follower.release();
  bench.count(most);
}

// ---- FLT-3 --------------------------------------------------------------------------------------

// One long run; opened so far before its end that every boundary's length has to be passed (B27,
// B28, O-12).
void runs_of_any_length_are_passed(Bench& bench) {
  std::vector<std::uint64_t> lengths = usual_boundaries(bench.size(10001, 1025));
  for (const std::uint64_t own : own_boundaries(bench, 20000)) lengths.push_back(own);
  const std::uint64_t longest = *std::max_element(lengths.begin(), lengths.end());
  const auto trial = bench.trial();
  std::vector<std::size_t> run(longest, 0);
  for (std::size_t i = 0; i < run.size(); i += 1 + bench.below(5)) run[i] = 2;
  append_run(bench, *trial, run, 500);
  const std::vector<Logged> log = trial->log();
  trial->append_one(1);
  for (const std::uint64_t length : lengths) {
    Follower follower(*trial, log[log.size() - length].offset, trial->filter({1}));
    follower.read_one();
    follower.release();
    bench.count();
  }
}

/// Makes the reader wait across the run, with a witness that has read it, then gives it an event; a
/// fresh cursor opened right behind what it read must be as far.
void pass_a_run(Bench& bench, Trial& trial, Follower& follower, std::size_t length,
                std::size_t batch) {
  Follower reopened(trial, follower.position(), follower.filter());
  Follower witness(trial, trial.end(), trial.filter({0, 2}));
  follower.start();
  reopened.start();
  std::vector<std::size_t> run(length);
  for (std::size_t& type : run) type = 2 * bench.below(2);
  append_run(bench, trial, run, batch);
  witness.catch_up();
  follower.check();
  reopened.check();
  trial.append_one(1);
  for (Follower* waiting : {&follower, &reopened})
    if (waiting->pending()) waiting->check();
  reopened.release();
  witness.release();
  bench.count();
}

// The position must be the last offset looked at + 1, however many events were passed or given
// (B03, B30, O-02).
void position_moves_with_the_offsets(Bench& bench) {
  const auto trial = bench.trial();
  Follower live(*trial, 0, trial->filter({1}));
  for (const std::size_t length : {0, 1, 2, 3, 5, 16, 33, 130}) {
    pass_a_run(bench, *trial, live, length, 1 + length / 3);
    // In history, after each number of deliveries.
    Follower again(*trial, 0, trial->filter({1}));
    again.catch_up();
    again.start();
    trial->append({1});
    again.check();
    live.catch_up();
    again.release();
  }
}

// ---- FLT-4 --------------------------------------------------------------------------------------

// Appends that match some readers and not others: each must wait until it is its turn (B31, B32,
// O-13).
void unwanted_appends_leave_it_waiting(Bench& bench) {
  const auto trial = bench.trial();
  Follower witness(*trial, 0, trial->all_types());
  std::vector<Follower> waiting;
  for (std::size_t i = 0; i < cursor_limit(bench, 6); ++i) {
    waiting.emplace_back(*trial, 0, every_filter(*trial)[i]);
    waiting.back().start();
  }
  for (Rounds rounds = bench.rounds(200); rounds.more();) {
    const std::size_t type = bench.below(3);
    append_run(bench, *trial, std::vector<std::size_t>(1 + bench.below(3), type), 3);
    witness.catch_up();
    for (Follower& follower : waiting) {
      if (!follower.check()) continue;
      follower.catch_up();
      follower.start();
    }
    bench.count(waiting.size());
  }
}

// The same with the unwanted append at any moment of the next: before it waits, while it does,
// while it wakes.
void unwanted_appends_race_with_next(Bench& bench) {
  const auto trial = bench.trial();
  Follower witness(*trial, 0, trial->filter({0, 2}));
  Follower waiting(*trial, 0, trial->filter({1}));
  for (Rounds rounds = bench.rounds(500); rounds.more();) {
    waiting.start();
    for (std::uint64_t unwanted = 1 + bench.below(3); unwanted > 0; --unwanted) {
      Bench::spin(some_spins(bench));
      trial->append_one(2 * bench.below(2));
    }
    witness.catch_up();
    waiting.check();
    trial->append_one(1);
    waiting.check();
    bench.count();
  }
}

constexpr Case filtering_table[] = {
    {.rule = "FLT-1", .name = "only_wanted_types_come", .body = only_wanted_types_come},
    {.rule = "FLT-1", .name = "only_wanted_types_wake", .body = only_wanted_types_wake},
    {.rule = "FLT-2", .name = "repeated_types_count_once", .body = repeated_types_count_once},
    {.rule = "FLT-2", .name = "filters_of_many_types", .body = filters_of_many_types},
    {.rule = "FLT-2", .name = "a_filter_of_very_many_types", .body = a_filter_of_very_many_types},
    {.rule = "FLT-3",
     .name = "runs_of_any_length_are_passed",
     .body = runs_of_any_length_are_passed},
    {.rule = "FLT-3",
     .name = "position_moves_with_the_offsets",
     .body = position_moves_with_the_offsets},
    {.rule = "FLT-4",
     .name = "unwanted_appends_leave_it_waiting",
     .body = unwanted_appends_leave_it_waiting},
    {.rule = "FLT-4",
     .name = "unwanted_appends_race_with_next",
     .body = unwanted_appends_race_with_next},
};

}  // namespace

std::span<const Case> filtering_cases() {
  return filtering_table;
}

}  // namespace streamtest
