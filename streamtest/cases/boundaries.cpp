#include <streamtest/cases/follower.hpp>
#include <streamtest/cases/traffic.hpp>

#include <algorithm>

// ORD-5: what a reader is given doesn't depend on where pages, segments, caches and batches begin.

namespace streamtest {

using eventstream::EventTypeSet;
using eventstream::Offset;

namespace {

constexpr std::uint64_t largest = 1025;

/// The usual boundaries as far as this run looks, and all that the harness names.
std::vector<std::uint64_t> sizes(const Bench& bench, std::uint64_t usual_limit) {
  std::vector<std::uint64_t> all = usual_boundaries(usual_limit);
  for (const std::uint64_t own : own_boundaries(bench, bench.size(16 * largest, 4 * largest)))
    all.push_back(own);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

// Histories of every boundary's length, read to the end and then on into what is appended (B07-B09,
// B21, O-04).
void histories_of_boundary_lengths(Bench& bench) {
  const std::vector<std::uint64_t> lengths = sizes(bench, bench.size(largest, 130));
  const auto trial = bench.trial();
  append_run(bench, *trial, at_random(bench, lengths.back() + 3), 100);
  std::vector<Logged> log = trial->log();
  std::vector<Follower> followers;
  const auto go_live = [&] {
    for (Follower& follower : followers) follower.start();
    trial->append({1});
    for (Follower& follower : followers) {
      follower.check();
      follower.release();
    }
    followers.clear();
    log = trial->log();  // longer by one
  };
  for (const std::uint64_t length : lengths) {
    followers.emplace_back(*trial, log[log.size() - length].offset, trial->all_types());
    followers.back().catch_up();
    bench.count();
    if (followers.size() == cursor_limit(bench, 16)) go_live();
  }
  go_live();
}

// Cursors opened around every boundary, and a sparse type that stands before, at and after each
// (B05, B06).
void openings_at_boundaries(Bench& bench) {
  const std::vector<std::uint64_t> places = sizes(bench, largest);
  std::vector<std::size_t> types(places.back() + 2, 0);
  for (std::size_t i = 0; i < types.size(); i += 1 + bench.below(9)) types[i] = 2;
  for (const std::uint64_t place : places) types[place] = 1;
  const auto trial = bench.trial();
  append_run(bench, *trial, types, 100);
  const std::vector<Logged> log = trial->log();
  Follower rare(*trial, 0, trial->filter({1}));
  bench.count(rare.catch_up());
  for (const std::uint64_t place : places) {
    for (const EventTypeSet& filter : {trial->filter({1}), trial->filter({0, 1, 2})}) {
      Follower follower(*trial, log[place].offset, filter);
      for (int i = 0; i < 2 && follower.due(); ++i) follower.read_one();
      follower.release();
      bench.count();
    }
  }
}

// Batches of every boundary's size, read by one who waits for them, by one who comes later, and by
// one whose type is only at their ends (B21, B23, B47).
void batches_of_boundary_sizes(Bench& bench) {
  const auto trial = bench.trial();
  Follower waiting(*trial, 0, trial->filter({1, 2}));
  for (const std::uint64_t size : sizes(bench, bench.size(largest, 260))) {
    if (size != batch_limit(bench.capabilities(), size)) break;
    std::vector<std::size_t> types(size, 0);
    types[size / 2] = 2;
    types.front() = types.back() = 1;
    const Offset begin = trial->end();
    waiting.start();
    const std::vector<Logged> batch = trial->append(types);
    waiting.check();
    waiting.catch_up();
    Follower later(*trial, begin, trial->filter({1, 2}));
    later.catch_up();
    later.release();
    Follower inside(*trial, batch[size / 2].offset, trial->all_types());
    for (int i = 0; i < 4 && inside.due(); ++i) inside.read_one();
    inside.release();
    trial->append_one(bench.below(3));
    bench.count(3);
  }
  waiting.catch_up();
}

// P4 at the place where history ends: each cursor passes from history to the live tail once, so
// each round takes a fresh one, and appends when it is about there (B08, B09, O-06).
void history_meets_live(Bench& bench) {
  const auto trial = bench.trial();
  std::vector<Offset> starts = {0};
  for (std::size_t i = 0; i < 2; ++i) starts.push_back(trial->append_one(i).offset + 1);
  for (Rounds rounds = bench.rounds(2000); rounds.more();) {
    Follower follower(*trial, starts[starts.size() - 1 - bench.below(3)], trial->all_types());
    follower.catch_up();
    follower.start();
    Bench::spin(some_spins(bench));
    starts.push_back(trial->append_one(bench.below(3)).offset + 1);
    follower.check();
    follower.release();
    bench.count();
  }
}

}  // namespace streamtest
