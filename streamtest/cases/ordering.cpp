#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>
#include <streamtest/cases/traffic.hpp>

#include <fmt/format.h>

#include <map>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

// ---- ORD-1 --------------------------------------------------------------------------------------

/// A cursor of which only the offsets are judged: each must be higher than the one before.
class Rising {
 public:
  Rising(Trial& trial, Offset from, EventTypeSet filter)
      : trial_(&trial),
        filter_(std::move(filter)),
        due_(from),
        reader_(trial.open(from, filter_)) {}

  bool has_due() const { return trial_->first_match(due_, filter_).has_value(); }
  void start() { next_ = reader_.start_next(); }
  /// The next that was begun must give an event with a higher offset; one that must wait is left
  /// alone.
  void check() {
    const std::optional<Logged> wanted = trial_->first_match(due_, filter_);
    if (!next_ || (!wanted && !next_->done())) return;
    const Result<Event> seen = next_->result();
    next_.reset();
    if (!seen)
      trial_->fail(
          fmt::format("next of {} gave no event: {}", reader_.name(), trial_->describe(seen)));
    if (last_ && seen->offset <= *last_)
      trial_->fail(fmt::format("{} was given offset {} and then offset {} ({})", reader_.name(),
                               *last_, seen->offset, trial_->describe(seen)));
    last_ = seen->offset;
    if (wanted) due_ = wanted->offset + 1;
  }
  void read() {
    start();
    check();
  }
  void release() {
    (void)reader_.close();
    reader_.destroy();
  }

 private:
  Trial* trial_;
  EventTypeSet filter_;
  Offset due_;  ///< as far as the log says that it has read
  Reader reader_;
  std::optional<Pending> next_;
  std::optional<Offset> last_;
};

// Drains from every start with every filter; then reads at the end again and again, with and
// without an event in between that isn't for the reader (B02, B03, B12, O-03).
void offsets_rise_to_the_end_and_there(Bench& bench) {
  const auto trial = bench.trial();
  append_run(bench, *trial, at_random(bench, 12), 3);
  std::vector<Rising> ready;
  std::vector<Offset> starts = {0, trial->end()};
  for (const Logged& event : trial->log()) starts.push_back(event.offset);
  for (const EventTypeSet& filter : every_filter(*trial)) {
    for (const Offset from : starts) {
      Rising rising(*trial, from, filter);
      while (rising.has_due()) rising.read();
      rising.release();
      bench.count();
    }
    if (ready.size() < cursor_limit(bench, 7)) ready.emplace_back(*trial, trial->end() / 2, filter);
  }
  for (std::size_t pattern = 0; pattern < 9; ++pattern) {
    for (Rising& rising : ready) {
      while (rising.has_due()) rising.read();
      rising.start();
    }
    for (const std::size_t type : {pattern / 3, pattern % 3}) {
      trial->append_one(type);
      for (Rising& rising : ready) rising.check();
    }
    append_run(bench, *trial, in_turn(3), 1);
    for (Rising& rising : ready) rising.check();
    bench.count(ready.size());
  }
}

/// Appenders with batches of up to that size, at every pace in turn.
Traffic some_traffic(Bench& bench, const Rounds& round, std::size_t appenders, std::size_t batches,
                     std::size_t largest) {
  Traffic traffic{.appenders = {}, .paced = round.done() % 2 == 1};
  for (std::size_t i = 0; i < appenders; ++i) {
    auto& appender = traffic.appenders.emplace_back();
    for (std::size_t j = 0; j < batches; ++j)
      appender.push_back(
          {at_random(bench, 1 + bench.below(batch_limit(bench.capabilities(), largest))),
           traffic.paced ? some_spins(bench) : 0});
  }
  return traffic;
}

std::vector<Window> some_windows(const Trial& trial) {
  return {{0, trial.all_types()},
          {trial.end() / 2, trial.filter({0, 2})},
          {trial.end(), trial.filter({1})}};
}

// While others append, what was read stays behind (B11, B22).
void offsets_rise_under_traffic(Bench& bench) {
  for (Rounds rounds = bench.rounds(20); rounds.more();) {
    const auto trial = bench.trial();
    append_run(bench, *trial, in_turn(5));
    for (const Sequence& sequence : follow_traffic(
             bench, *trial, some_traffic(bench, rounds, 2, 12, 4), some_windows(*trial))) {
      must_rise(*trial, sequence);
      bench.count(sequence.events.size());
    }
  }
}

// ---- ORD-2 --------------------------------------------------------------------------------------

// Readers that stop anywhere and go on after appends, in every mixture (B07, B08, B47).
void nothing_is_skipped(Bench& bench) {
  const auto trial = bench.trial();
  append_run(bench, *trial, at_random(bench, 6), 2);
  std::vector<Follower> followers;
  for (const EventTypeSet& filter : every_filter(*trial))
    for (const Offset from : {Offset{0}, trial->end() / 2, trial->end()})
      if (followers.size() < cursor_limit(bench, 21)) followers.emplace_back(*trial, from, filter);
  for (Rounds rounds = bench.rounds(600); rounds.more();) {
    Follower& follower = followers[bench.below(followers.size())];
    switch (bench.below(4)) {
      case 0:
        append_run(bench, *trial, at_random(bench, 1 + bench.below(4)), 1 + bench.below(4));
        break;
      case 1:
        follower.catch_up();
        break;
      case 2:
        for (std::uint64_t reads = bench.below(4); reads > 0 && follower.due(); --reads)
          follower.read_one();
        break;
      default:  // read on into the end, and past it
        follower.start();
        do {
          append_run(bench, *trial, at_random(bench, 1 + bench.below(4)), 1 + bench.below(4));
        } while (!follower.check());
    }
    bench.count();
  }
  for (Follower& follower : followers) follower.catch_up();
}

// The same while others append at full speed (B17, B24).
void nothing_is_skipped_under_traffic(Bench& bench) {
  for (Rounds rounds = bench.rounds(20); rounds.more();) {
    const auto trial = bench.trial();
    append_run(bench, *trial, in_turn(20));
    for (const Sequence& sequence : follow_traffic(
             bench, *trial, some_traffic(bench, rounds, 2, 15, 4), some_windows(*trial))) {
      must_be_complete(*trial, sequence);
      bench.count(sequence.events.size());
    }
  }
}

// ---- ORD-3 --------------------------------------------------------------------------------------

/// What the whole stream is to a reader that begins at 0, read until the log's last event.
std::vector<Event> read_all(Trial& trial) {
  Reader reader = trial.open(0, trial.all_types());
  std::vector<Event> events;
  const std::size_t count = trial.log().size();
  while (events.size() < count) {
    Result<Event> seen = reader.next();
    if (!seen || !seen->parcel)
      trial.fail(fmt::format("next gave no event: {}", trial.describe(seen)));
    events.push_back(*std::move(seen));
  }
  (void)reader.close();
  reader.destroy();
  return events;
}

/// Offsets 0, 1, 2, … in what was read; on a sparse stream rising ones.
void must_be_contiguous(const Bench& bench, Trial& trial, const std::vector<Event>& events) {
  const bool sparse = bench.capabilities().sparse_offsets;
  std::optional<Offset> last;
  for (const Event& event : events) {
    if (last && event.offset <= *last)
      trial.fail(fmt::format("the event after offset {} has offset {}: an offset was given twice",
                             *last, event.offset));
    const Offset wanted = last ? *last + 1 : 0;
    if (!sparse && event.offset != wanted)
      trial.fail(fmt::format("{} should have offset {}: offsets begin at 0 and leave none out",
                             trial.describe(Result<Event>(event)), wanted));
    last = event.offset;
  }
}

/// The members of each batch in the order in which they were handed to append.
void must_keep_batch_order(Trial& trial, const std::vector<Event>& events,
                           const std::vector<std::vector<Logged>>& batches) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < events.size(); ++i) place.emplace(trial.token(*events[i].parcel), i);
  for (const std::vector<Logged>& batch : batches) {
    std::optional<std::size_t> last;
    for (const Logged& member : batch) {
      const auto found = place.find(trial.token(*member.parcel));
      if (found == place.end())
        trial.fail(fmt::format("{} of an acknowledged batch was not read",
                               trial.describe(Expectation(member))));
      if (last && found->second < *last)
        trial.fail(fmt::format("{} came before a member that stands before it in its batch",
                               trial.describe(Result<Event>(events[found->second]))));
      last = found->second;
    }
  }
}

// Offsets as readers see them: contiguous from 0 in batch order (B20, B95, S-6).
void offsets_are_contiguous(Bench& bench) {
  for (const std::size_t largest : {1, 2, 3, 8, 40}) {
    const auto trial = bench.trial();
    std::vector<std::vector<Logged>> batches;
    for (std::size_t i = 0; i < 6; ++i)
      batches.push_back(trial->append(
          at_random(bench, batch_limit(bench.capabilities(), i % 2 == 0 ? largest : 1 + i))));
    const std::vector<Event> events = read_all(*trial);
    must_be_contiguous(bench, *trial, events);
    must_keep_batch_order(*trial, events, batches);
    bench.count(events.size());
  }
}

// And with appenders that race (B26).
void offsets_are_contiguous_under_traffic(Bench& bench) {
  for (Rounds rounds = bench.rounds(20); rounds.more();) {
    const auto trial = bench.trial();
    const Traffic traffic = some_traffic(bench, rounds, 3, 8, 5);
    std::vector<std::vector<std::vector<Logged>>> batches(traffic.appenders.size());
    std::vector<std::function<void()>> appenders;
    for (std::size_t i = 0; i < traffic.appenders.size(); ++i)
      appenders.push_back([&, i] {
        for (const Traffic::Batch& batch : traffic.appenders[i])
          batches[i].push_back(trial->append(batch.types, fmt::format("appender {}", i + 1)));
      });
    bench.together(std::move(appenders));
    const std::vector<Event> events = read_all(*trial);
    must_be_contiguous(bench, *trial, events);
    for (const auto& own : batches) must_keep_batch_order(*trial, events, own);
    bench.count(events.size());
  }
}

// ---- ORD-4 --------------------------------------------------------------------------------------

/// What was first read at each offset; everything read later must be equal to the last byte.
class Memory {
 public:
  explicit Memory(Trial& trial) : trial_(&trial) {}

  void keep(const Event& event, const std::string& reader) {
    const auto [first, fresh] = seen_.try_emplace(event.offset, First{event.parcel, reader});
    if (fresh || *first->second.parcel == *event.parcel) return;
    trial_->fail(fmt::format(
        "offset {} holds two events: {} was given {}, and {} was given {}; their envelopes differ",
        event.offset, first->second.reader,
        trial_->describe(Result<Event>(Event{event.offset, first->second.parcel})), reader,
        trial_->describe(Result<Event>(event))));
  }

  /// Reads what the filter selects of the log from there on.
  void read(Offset from, const EventTypeSet& filter) {
    Reader reader = trial_->open(from, filter);
    for (auto due = trial_->first_match(from, filter); due;
         due = trial_->first_match(due->offset + 1, filter)) {
      const Result<Event> seen = reader.next();
      if (!seen || !seen->parcel)
        trial_->fail(fmt::format("next gave no event: {}", trial_->describe(seen)));
      keep(*seen, reader.name());
    }
    (void)reader.close();
    reader.destroy();
  }

 private:
  struct First {
    Parcel parcel;
    std::string reader;
  };
  Trial* trial_;
  std::map<Offset, First> seen_;
};

// Cursors with other filters and starts, later ones, and ones after a truncation: all must see the
// same (B99, B101).
void an_offset_keeps_its_event(Bench& bench) {
  const auto trial = bench.trial();
  Memory memory(*trial);
  for (std::size_t step = 0; step < 3; ++step) {
    append_run(bench, *trial, at_random(bench, 9), 1 + bench.below(4));
    for (const EventTypeSet& filter : every_filter(*trial))
      memory.read(bench.below(trial->end()), filter);
    memory.read(0, trial->all_types());
    bench.count(8);
  }
  if (!can_truncate(bench)) return;
  const std::vector<Logged> log = trial->log();
  const Offset first = trial->truncate(log[log.size() / 2].offset);
  memory.read(first, trial->all_types());
  append_run(bench, *trial, in_turn(6));
  memory.read(first, trial->all_types());
  bench.count(2);
}

// Readers that followed the appenders, and others long after (B26).
void an_offset_keeps_its_event_under_traffic(Bench& bench) {
  for (Rounds rounds = bench.rounds(20); rounds.more();) {
    const auto trial = bench.trial();
    Memory memory(*trial);
    for (const Sequence& sequence : follow_traffic(
             bench, *trial, some_traffic(bench, rounds, 3, 8, 3), some_windows(*trial))) {
      for (const Event& event : sequence.events) memory.keep(event, sequence.reader);
      must_have_ended(*trial, sequence);
      bench.count(sequence.events.size());
    }
    memory.read(0, trial->all_types());
  }
}

// ---- ORD-6 --------------------------------------------------------------------------------------

// P10: long batches take longer to become visible than short ones. A reader that was given a higher
// offset must have been given every lower one that is for it (B17-B19, O-07).
void nothing_appears_behind_a_reader(Bench& bench) {
  for (Rounds rounds = bench.rounds(20); rounds.more();) {
    const auto trial = bench.trial();
    Traffic traffic = some_traffic(bench, rounds, 2, bench.size(60, 15), 1);
    const std::size_t huge = batch_limit(bench.capabilities(), bench.size(400, 80));
    traffic.appenders.push_back({{at_random(bench, huge)}, {at_random(bench, huge)}});
    const std::vector<Window> windows = {
        {0, trial->all_types()}, {0, trial->filter({1})}, {0, trial->filter({0, 2})}};
    for (const Sequence& sequence : follow_traffic(bench, *trial, traffic, windows)) {
      must_be_complete(*trial, sequence);
      bench.count(sequence.events.size());
    }
  }
}

constexpr Case ordering_table[] = {
    {.rule = "ORD-1",
     .name = "offsets_rise_to_the_end_and_there",
     .body = offsets_rise_to_the_end_and_there},
    {.rule = "ORD-1", .name = "offsets_rise_under_traffic", .body = offsets_rise_under_traffic},
    {.rule = "ORD-2", .name = "nothing_is_skipped", .body = nothing_is_skipped},
    {.rule = "ORD-2",
     .name = "nothing_is_skipped_under_traffic",
     .body = nothing_is_skipped_under_traffic},
    {.rule = "ORD-3", .name = "offsets_are_contiguous", .body = offsets_are_contiguous},
    {.rule = "ORD-3",
     .name = "offsets_are_contiguous_under_traffic",
     .body = offsets_are_contiguous_under_traffic},
    {.rule = "ORD-4", .name = "an_offset_keeps_its_event", .body = an_offset_keeps_its_event},
    {.rule = "ORD-4",
     .name = "an_offset_keeps_its_event_under_traffic",
     .body = an_offset_keeps_its_event_under_traffic},
    {.rule = "ORD-5",
     .name = "histories_of_boundary_lengths",
     .body = histories_of_boundary_lengths},
    {.rule = "ORD-5", .name = "openings_at_boundaries", .body = openings_at_boundaries},
    {.rule = "ORD-5", .name = "batches_of_boundary_sizes", .body = batches_of_boundary_sizes},
    {.rule = "ORD-5", .name = "history_meets_live", .body = history_meets_live},
    {.rule = "ORD-6",
     .name = "nothing_appears_behind_a_reader",
     .body = nothing_appears_behind_a_reader},
};

}  // namespace

std::span<const Case> ordering_cases() {
  return ordering_table;
}

}  // namespace streamtest
