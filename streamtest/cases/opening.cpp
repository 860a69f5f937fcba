#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

// ---- OPN-1 --------------------------------------------------------------------------------------

/// Every event's offset with its neighbours, the start, and the first places beyond the end.
std::set<Offset> every_offset(const Trial& trial) {
  std::set<Offset> offsets = {0, trial.end(), trial.end() + 1, trial.end() + 2};
  for (const Logged& event : trial.log()) {
    offsets.insert(event.offset);
    offsets.insert(event.offset + 1);
    if (event.offset > 0) offsets.insert(event.offset - 1);
  }
  return offsets;
}

/// P1: opens at each of the offsets with each filter. Where an event is there, it must come first;
/// the others wait together until events are appended one by one.
void sweep_windows(Bench& bench, Trial& trial, const std::set<Offset>& offsets) {
  std::vector<Follower> waiting;
  for (const Offset offset : offsets) {
    for (const EventTypeSet& filter : every_filter(trial)) {
      const bool ready = trial.first_match(offset, filter).has_value();
      if (!ready && waiting.size() == cursor_limit(bench, 64)) continue;
      bench.count();
      Follower follower(trial, offset, filter);
      if (ready) {
        follower.read_one();
        follower.release();
      } else {
        follower.start();
        waiting.push_back(std::move(follower));
      }
    }
  }
  append_until(trial, [&] {
    bool all = true;
    for (Follower& follower : waiting) all = (!follower.pending() || follower.check()) && all;
    return all;
  });
}

// P1 on every stream of up to three events of three types (B01-B04, B10, B14, O-01).
void every_window_of_small_streams(Bench& bench) {
  std::size_t patterns = 1;
  for (std::size_t length = 0; length <= 3; ++length, patterns *= 3) {
    for (std::size_t pattern = 0; pattern < patterns; ++pattern) {
      const auto trial = bench.trial();
      for (std::size_t i = 0, left = pattern; i < length; ++i, left /= 3)
        trial->append_one(left % 3);
      sweep_windows(bench, *trial, every_offset(*trial));
    }
  }
}

// P1 on longer streams, of random types in random batches.
void windows_of_random_streams(Bench& bench) {
  for (Rounds rounds = bench.rounds(30); rounds.more();) {
    const auto trial = bench.trial();
    const std::vector<std::size_t> types = at_random(bench, 6);
    append_run(bench, *trial, types, 1 + bench.below(6));
    sweep_windows(bench, *trial, every_offset(*trial));
  }
}

// A cursor opened inside a batch must begin there, not with the batch (B05, B06, B23, O-05).
void opening_inside_a_batch(Bench& bench) {
  const auto trial = bench.trial();
  for (const std::size_t batch : {2, 3, 5, 9}) append_run(bench, *trial, in_turn(batch), batch);
  sweep_windows(bench, *trial, every_offset(*trial));
  for (const std::uint64_t size : own_boundaries(bench, 1025)) {
    const Offset begin = trial->end();
    append_run(bench, *trial, in_turn(size), size);
    const Offset last = trial->log().back().offset;
    for (const Offset offset : {begin + 1, begin + (last - begin) / 2, last - 1, last}) {
      Follower follower(*trial, offset, trial->filter({0, 1, 2}));
      for (int i = 0; i < 3 && follower.due(); ++i) follower.read_one();
      follower.release();
      bench.count();
    }
  }
}

// ---- OPN-2 --------------------------------------------------------------------------------------

std::vector<Offset> far_offsets() {
  constexpr Offset one = 1;
  return {(one << 31) - 1,
          one << 31,
          one << 32,
          (one << 53) + 1,
          (one << 63) - 1,
          one << 63,
          (one << 63) + 1,
          std::numeric_limits<Offset>::max() - 1,
          std::numeric_limits<Offset>::max()};
}

// Offsets that no stream reaches must be accepted and wait (B15, B16, O-09). The proof is weak, as
// nothing can be appended there: events are appended and seen by others, then the next is cancelled
// and must say so, or closed where it can't be.
void far_offsets_wait(Bench& bench) {
  for (const std::size_t before : {0, 4}) {
    const auto trial = bench.trial();
    append_run(bench, *trial, in_turn(before));
    std::vector<Follower> far;
    for (const Offset offset : far_offsets()) {
      if (far.size() == cursor_limit(bench, 10)) break;
      far.emplace_back(*trial, offset, trial->all_types());
      far.back().start();
      bench.count();
    }
    Follower witness(*trial, trial->end(), trial->all_types());
    for (std::size_t i = 0; i < 6; ++i) {
      trial->append_one(i % 3);
      witness.read_one();
      for (Follower& follower : far)
        if (follower.pending()) follower.check();
    }
    for (Follower& follower : far) {
      if (follower.pending()) follower.leave();
    }
  }
}

// A little beyond the end, next must let the events before its offset pass, however they come
// (B13-B15, O-08).
void just_beyond_the_end_waits_its_turn(Bench& bench) {
  for (const std::size_t batch : {1, 2, 5}) {
    for (const std::size_t before : {0, 3}) {
      const auto trial = bench.trial();
      append_run(bench, *trial, in_turn(before));
      std::vector<Follower> beyond;
      for (const Offset distance : {1, 2, 3, 4, 7}) {
        for (const EventTypeSet& filter : every_filter(*trial)) {
          if (beyond.size() == cursor_limit(bench, 35)) break;
          beyond.emplace_back(*trial, trial->end() + distance, filter);
          beyond.back().start();
          bench.count();
        }
      }
      for (bool all = false; !all;) {
        append_run(bench, *trial, at_random(bench, batch), batch);
        all = true;
        for (Follower& follower : beyond) all = (!follower.pending() || follower.check()) && all;
      }
    }
  }
}

// ---- OPN-3 --------------------------------------------------------------------------------------

// An empty filter must be refused, wherever the cursor would begin, and leave the stream as it was
// (B38, O-15).
void empty_filter_is_refused(Bench& bench) {
  const auto trial = bench.trial();
  Follower waiting(*trial, 0, trial->all_types());
  for (std::size_t step = 0; step < 4; ++step) {
    waiting.start();
    for (const Offset offset : {Offset{0}, trial->end() / 2, trial->end(), trial->end() + 5}) {
      const Result<Reader> reader = trial->try_open(offset, {});
      if (reader)
        trial->fail(
            fmt::format("open({}) with an empty filter gave a cursor; it must be refused", offset));
      bench.count();
    }
    waiting.check();
    append_run(bench, *trial, in_turn(3));
    waiting.check();
    waiting.catch_up();
    Follower fresh(*trial, 0, trial->all_types());
    fresh.catch_up();
    fresh.release();
  }
}

// ---- OPN-4 --------------------------------------------------------------------------------------

/// Names that event_types() lacks, among them such as a careless comparison takes for one that it
/// holds.
std::vector<EventType> strangers(Trial& trial) {
  const Result<EventTypeSet> known =
      trial.has(Means::event_types) ? trial.event_types() : trial.all_types();
  if (!known)
    throw HarnessFailure(fmt::format("event_types() failed: {}", error_name(known.error())));
  const std::string& name = trial.type(0).name();
  std::vector<EventType> list;
  for (const std::string& wanted :
       {name + "x", "x" + name, name + " ", std::string("%"), std::string("*"),
        "NoSuchEvent-" + trial.scenario().unique_name})
    if (EventType type(wanted); !known->contains(type)) list.push_back(std::move(type));
  return list;
}

/// The refusal must come from open, or, if the stream says so, from the first next.
void must_be_refused(const Bench& bench, Trial& trial, Offset offset, const EventTypeSet& filter,
                     const EventType& stranger) {
  Result<Reader> reader = trial.try_open(offset, filter);
  if (!reader && reader.error() == Errc::unsupported_event_type) return;
  if (!reader)
    trial.fail(fmt::format(
        "open({}) with \"{}\", which event_types() lacks, failed in the wrong way: expected "
        "unsupported_event_type, seen {}",
        offset, stranger.name(), error_name(reader.error())));
  if (!bench.capabilities().lazy_type_check)
    trial.fail(
        fmt::format("open({}) with \"{}\", which event_types() lacks, gave a cursor: expected "
                    "unsupported_event_type",
                    offset, stranger.name()));
  reader->must_fail(Errc::unsupported_event_type);
  (void)reader->close();
  reader->destroy();
}

// A type that event_types() lacks must be refused, alone and among others, and do no harm (O-14).
void unsupported_type_is_refused(Bench& bench) {
  const auto trial = bench.trial();
  Follower waiting(*trial, 0, trial->all_types());
  for (std::size_t step = 0; step < 2; ++step) {
    waiting.start();
    for (const EventType& stranger : strangers(*trial)) {
      for (EventTypeSet filter :
           {EventTypeSet{}, trial->filter({0}), trial->filter({2}), trial->filter({0, 1, 2})}) {
        filter.insert(stranger);
        if (filter.size() > bench.capabilities().max_filter_types.value_or(filter.size())) continue;
        for (const Offset offset : {Offset{0}, trial->end(), trial->end() + 3}) {
          must_be_refused(bench, *trial, offset, filter, stranger);
          bench.count();
        }
      }
    }
    waiting.check();
    append_run(bench, *trial, in_turn(4));
    waiting.check();
    waiting.catch_up();
  }
  for (const EventTypeSet& filter : every_filter(*trial)) {
    Follower later(*trial, 0, filter);
    later.catch_up();
    later.release();
  }
}

// ---- OPN-5 --------------------------------------------------------------------------------------

// The filter is the caller's to change and to destroy once open has returned.
void filter_object_is_not_kept(Bench& bench) {
  const auto trial = bench.trial();
  append_run(bench, *trial, in_turn(9));
  const std::vector<EventTypeSet> filters = every_filter(*trial);
  for (std::size_t i = 0; i < filters.size(); ++i) {
    auto own = std::make_unique<EventTypeSet>(filters[i]);
    Reader reader = trial->open(0, *own);
    *own = filters[(i + 1) % filters.size()];
    std::optional<Logged> due = trial->first_match(0, filters[i]);
    for (; due; due = trial->first_match(due->offset + 1, filters[i])) reader.must_deliver(*due);
    Pending next = reader.start_next();
    *own = filters[(i + 2) % filters.size()];
    const Offset end = trial->end();
    append_until(*trial, [&] { return trial->first_match(end, filters[i]).has_value(); });
    next.must_deliver(*trial->first_match(end, filters[i]));
    own.reset();
    next = reader.start_next();
    const Offset later = trial->end();
    append_until(*trial, [&] { return trial->first_match(later, filters[i]).has_value(); });
    next.must_deliver(*trial->first_match(later, filters[i]));
    (void)reader.close();
    bench.count(3);
  }
}

// The token given to open is for open: cancelling it later must not end the cursor, idle or waiting
// (B25, O-23).
void token_of_open_is_not_kept(Bench& bench) {
  const auto trial = bench.trial();
  for (const std::size_t before : {0, 1, 5}) {
    const Offset from = trial->end();
    append_run(bench, *trial, in_turn(before));
    auto stop = std::make_unique<std::stop_source>();
    Result<Reader> opened = trial->try_open(from, trial->all_types(), stop->get_token());
    if (!opened)
      trial->fail(
          fmt::format("open({}) with a token was refused: {}", from, error_name(opened.error())));
    std::optional<Logged> due = trial->first_match(from, trial->all_types());
    if (due) opened->must_deliver(*due);
    stop->request_stop();
    while (due && (due = trial->first_match(due->offset + 1, trial->all_types())))
      opened->must_deliver(*due);
    opened->start_next().must_wait_until([&] { return trial->append_one(1); });
    (void)opened->close();

    // And while a next is waiting.
    std::stop_source late;
    Result<Reader> second = trial->try_open(trial->end(), trial->all_types(), late.get_token());
    if (!second)
      trial->fail(fmt::format("open with a token was refused: {}", error_name(second.error())));
    second->start_next().must_wait_until([&] {
      late.request_stop();
      return trial->append_one(0);
    });
    stop.reset();
    second->start_next().must_wait_until([&] { return trial->append_one(2); });
    (void)second->close();
    bench.count(2);
  }
}

// Where one cursor stands must not depend on where others stand, were closed, or were opened before
// (B25, O-42).
void positions_are_independent(Bench& bench) {
  const auto trial = bench.trial();
  append_run(bench, *trial, in_turn(30), 7);
  const std::vector<EventTypeSet> filters = every_filter(*trial);
  std::vector<Follower> slow;
  for (std::size_t i = 0; i < cursor_limit(bench, 14); ++i)
    slow.emplace_back(*trial, i % 5, filters[i % 2 == 0 ? 6 : i / 2]);
  for (Rounds rounds = bench.rounds(400); rounds.more();) {
    Follower quick(*trial, bench.below(trial->end()), filters[bench.below(filters.size())]);
    for (std::uint64_t reads = bench.below(4); reads > 0 && quick.due(); --reads) quick.read_one();
    if (bench.below(2) == 0)
      quick.release();
    else
      quick.reader().destroy();
    Follower& other = slow[bench.below(slow.size())];
    if (other.due()) other.read_one();
    bench.count();
  }
  for (Follower& follower : slow) follower.catch_up();
}

constexpr Case opening_table[] = {
    {.rule = "OPN-1",
     .name = "every_window_of_small_streams",
     .body = every_window_of_small_streams},
    {.rule = "OPN-1", .name = "windows_of_random_streams", .body = windows_of_random_streams},
    {.rule = "OPN-1", .name = "opening_inside_a_batch", .body = opening_inside_a_batch},
    {.rule = "OPN-2", .name = "far_offsets_wait", .body = far_offsets_wait},
    {.rule = "OPN-2",
     .name = "just_beyond_the_end_waits_its_turn",
     .body = just_beyond_the_end_waits_its_turn},
    {.rule = "OPN-3", .name = "empty_filter_is_refused", .body = empty_filter_is_refused},
    {.rule = "OPN-4",
     .name = "unsupported_type_is_refused",
     .body = unsupported_type_is_refused,
     .needs = Means::type_check},
    {.rule = "OPN-5", .name = "filter_object_is_not_kept", .body = filter_object_is_not_kept},
    {.rule = "OPN-5",
     .name = "token_of_open_is_not_kept",
     .body = token_of_open_is_not_kept,
     .needs = Means::cancelling},
    {.rule = "OPN-5", .name = "positions_are_independent", .body = positions_are_independent},
};

}  // namespace

std::span<const Case> opening_cases() {
  return opening_table;
}

}  // namespace streamtest
