#include <streamtest/cases/case.hpp>
#include <streamtest/cases/cut_reader.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace streamtest {
namespace {

using eventstream::EventTypeSet;
using eventstream::Offset;

/// The places that a small stream has: every offset of an event, the ones behind them, and up to
/// two beyond the end.
std::vector<Offset> places(const Trial& trial) {
  std::set<Offset> all{0, trial.end(), trial.end() + 1, trial.end() + 2};
  for (const Logged& event : trial.log()) all.insert({event.offset, event.offset + 1});
  return {all.begin(), all.end()};
}

/// Every list of two types up to that length, then some longer ones at random.
std::vector<std::vector<std::size_t>> contents(Bench& bench, std::size_t exhaustive) {
  std::vector<std::vector<std::size_t>> all;
  for (std::size_t length = 0; length <= exhaustive; ++length)
    for (std::size_t bits = 0; bits < std::size_t{1} << length; ++bits) {
      all.emplace_back();
      for (std::size_t i = 0; i < length; ++i) all.back().push_back(bits >> i & 1);
    }
  for (int i = 0; i < 3; ++i) {
    all.emplace_back();
    for (int event = 0; event < 5; ++event) all.back().push_back(bench.below(2));
  }
  return all;
}

/// Which cursors a sweep looks at, by where they stand and when they were opened.
struct Part {
  bool below;   ///< below the cut, else at it or above
  bool before;  ///< opened before the cut as well
};

/// One cursor of a sweep.
struct Plan {
  EventTypeSet filter;
  Offset from = 0;
  std::size_t reads = 0;  ///< events that it reads before the cut
  bool fresh = false;     ///< opened after the cut
};

std::vector<Plan> plans(Bench& bench, Trial& trial, Offset cut, Part part) {
  std::vector<Plan> all;
  const auto wanted = [&](Offset position) { return (position < cut) == part.below; };
  // Contents hold both types in every order, so one of the two is enough as a filter.
  for (const EventTypeSet& filter : {trial.all_types(), trial.filter({0})}) {
    for (const Offset from : places(trial)) {
      if (!wanted(from)) continue;
      all.push_back({filter, from, 0, true});
      if (part.before) all.push_back({filter, from, 0, false});
    }
  }
  if (part.before) {
    const std::vector<Logged> log = trial.log();
    for (std::size_t i = 0; i < log.size(); ++i)
      if (wanted(log[i].offset + 1)) all.push_back({trial.all_types(), 0, i + 1, false});
  }
  const std::size_t limit = cursor_limit(bench, all.size());
  if (limit < all.size()) std::shuffle(all.begin(), all.end(), bench.random());
  all.resize(limit);
  return all;
}

/// The stream's own word on what is left: no event at or above the offset that was asked for is
/// gone.
void must_not_cut_above(const Bench& bench, const Trial& trial, Offset asked, Offset first) {
  const std::optional<Logged> kept = trial.first_match(asked, trial.all_types());
  if (kept && kept->offset < first && !bench.capabilities().retention)
    trial.fail(fmt::format("truncate({}) reported {} as its first offset: expected {} to be left",
                           asked, first, trial.describe(Expectation(*kept))));
}

/// Cuts a stream of that content at its `index`-th place while cursors stand there; false if it has
/// no such place. A next is pending on every other cursor that has nothing to read, the rest start
/// theirs after the cut.
bool cut_among_cursors(Bench& bench, const std::vector<std::size_t>& content, std::size_t index,
                       Part part) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, content, 1 + index % 4);
  const std::vector<Offset> cuts = places(*trial);
  if (index >= cuts.size() || cuts[index] > trial->end()) return false;
  const std::vector<Plan> planned = plans(bench, *trial, cuts[index], part);
  std::vector<CutReader> readers;
  readers.reserve(planned.size());
  for (const Plan& plan : planned) {
    if (plan.fresh) continue;
    CutReader& reader = readers.emplace_back(bench, *trial, plan.from, plan.filter);
    reader.read_on(plan.reads);
    if (!reader.ready() && readers.size() % 2 == 0) reader.start();
  }
  const Offset first = trial->truncate(cuts[index]);
  if (!part.below) must_not_cut_above(bench, *trial, cuts[index], first);
  for (CutReader& reader : readers) reader.cut(first);
  for (const Plan& plan : planned)
    if (plan.fresh) readers.emplace_back(bench, *trial, plan.from, plan.filter, first);
  for (CutReader& reader : readers) {
    if (reader.pending()) continue;
    reader.read_on();
    if (!reader.truncated()) reader.start();
  }
  // Matches for each filter, also behind the two offsets beyond the end.
  append_run(bench, *trial, std::vector<std::size_t>{1, 0, 2, 0}, 4);
  for (CutReader& reader : readers) {
    reader.check();
    reader.read_on();
  }
  bench.count(readers.size());
  return true;
}

void sweep_cuts(Bench& bench, std::size_t exhaustive, Part part) {
  for (const std::vector<std::size_t>& content : contents(bench, exhaustive))
    for (std::size_t index = 0; cut_among_cursors(bench, content, index, part);) ++index;
}

// A cursor that jumps to the first retained event (O-33, B24), forgets that it was truncated (O-37,
// B76), or waits at the gap.
void cursors_below_the_cut(Bench& bench) {
  sweep_cuts(bench, 3, {.below = true, .before = true});
}

// Events or cursors at and above the cut that suffer from it, also in a batch that straddles it
// (B71, B79, B82).
void cursors_at_and_above_the_cut(Bench& bench) {
  sweep_cuts(bench, 2, {.below = false, .before = true});
}

// Opening at the first retained offset is refused (O-34, B72), or below it works (B81).
void opening_at_and_below_the_cut(Bench& bench) {
  sweep_cuts(bench, 3, {.below = true, .before = false});
  sweep_cuts(bench, 2, {.below = false, .before = false});
}

/// The sizes at which prefixes are cut: those that the harness names, and some that are usual.
std::vector<std::uint64_t> prefix_sizes(Bench& bench) {
  std::vector<std::uint64_t> sizes = own_boundaries(bench, 1100);
  sizes.insert(sizes.end(), {10, 100, 128, 256});
  if (bench.size(1000, 1) == 1000) sizes.insert(sizes.end(), {500, 1000});
  return sizes;
}

/// Cuts a long stream again and again around two boundaries, with cursors that stood in the first
/// page, and `fresh` ones or not, and reads a little from each.
void cut_long_prefix(Bench& bench, std::uint64_t size, bool fresh) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, repeated({1, 1, 1, 0}, 2 * size + 3), 50);
  const std::vector<Logged> log = trial->log();
  std::vector<CutReader> early;
  const std::vector<std::size_t> cuts{size - 1, size, size + 1, 2 * size, 2 * size + 1};
  for (std::size_t i = 0; i < cuts.size() && i + 4 < cursor_limit(bench, 10); ++i) {
    early.emplace_back(bench, *trial, 0, i % 2 == 0 ? trial->all_types() : trial->filter({0}));
    early.back().read_on(i);
  }
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const Offset first = trial->truncate(log[cuts[i]].offset);
    for (CutReader& reader : early) reader.cut(first);
    if (i < early.size() && !fresh) {
      early[i].read_on(4);
      bench.count();
    }
    for (const Offset from : {Offset{0}, first - 1, first}) {
      for (const EventTypeSet& filter : {trial->all_types(), trial->filter({0})}) {
        if (!fresh) break;
        CutReader reader(bench, *trial, from, filter, first);
        reader.read_on(4);
        reader.release();
        bench.count();
      }
    }
  }
}

// A removed prefix that is longer than a page looks like the end: next waits (O-35, B28, B73).
void cursors_in_a_long_cut_prefix(Bench& bench) {
  for (const std::uint64_t size : prefix_sizes(bench)) cut_long_prefix(bench, size, false);
}

void opening_in_a_long_cut_prefix(Bench& bench) {
  for (const std::uint64_t size : prefix_sizes(bench)) cut_long_prefix(bench, size, true);
}

// A stream that is allowed to tell late has to tell in the end (D11).
void openings_below_are_told_in_the_end(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, repeated({0}, 6), 2);
  const Offset first = trial->truncate(trial->end());
  if (first == 0) return;
  const auto deadline = std::chrono::steady_clock::now() + bench.patience();
  for (std::uint64_t pause = 1000;; pause = std::min<std::uint64_t>(2 * pause, 4000000)) {
    CutReader reader(bench, *trial, 0, trial->all_types(), first);
    if (!reader.truncated()) reader.read_one();
    bench.count();
    if (reader.truncated()) return;
    if (std::chrono::steady_clock::now() >= deadline)
      trial->fail(
          fmt::format("cursors opened at 0 after the stream was truncated to {} still "
                      "deliver event 0: expected truncated",
                      first));
    reader.release();
    Bench::spin(pause);
  }
}

constexpr Case truncation_table[] = {
    {.rule = "TRN-1", .name = "cursors_below_the_cut", .body = cursors_below_the_cut},
    {.rule = "TRN-1", .name = "cursors_in_a_long_cut_prefix", .body = cursors_in_a_long_cut_prefix},
    {.rule = "TRN-2", .name = "opening_at_and_below_the_cut", .body = opening_at_and_below_the_cut},
    {.rule = "TRN-2", .name = "opening_in_a_long_cut_prefix", .body = opening_in_a_long_cut_prefix},
    {.rule = "TRN-2",
     .name = "openings_below_are_told_in_the_end",
     .body = openings_below_are_told_in_the_end},
    {.rule = "TRN-3", .name = "cursors_at_and_above_the_cut", .body = cursors_at_and_above_the_cut},
    {.rule = "TRN-4",
     .name = "what_is_cut_in_hand_stays_what_it_was",
     .body = what_is_cut_in_hand_stays_what_it_was},
    {.rule = "TRN-4",
     .name = "reading_while_the_cut_advances",
     .body = reading_while_the_cut_advances},
    {.rule = "TRN-5",
     .name = "truncation_leaves_the_tail_alone",
     .body = truncation_leaves_the_tail_alone},
    {.rule = "TRN-5",
     .name = "truncation_meets_the_waking_append",
     .body = truncation_meets_the_waking_append},
    {.rule = "TRN-5",
     .name = "truncation_passes_over_what_does_not_match",
     .body = truncation_passes_over_what_does_not_match},
    {.rule = "TRN-6", .name = "offsets_are_never_reused", .body = offsets_are_never_reused},
    {.rule = "TRN-7", .name = "every_two_cuts", .body = every_two_cuts},
};

}  // namespace

std::span<const Case> truncation_cases() {
  return truncation_table;
}

}  // namespace streamtest
