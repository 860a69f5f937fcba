#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/crash.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using Kind = WorkerLine::Kind;

namespace {

std::string name_of(std::uint64_t batch, std::uint64_t member) {
  return fmt::format("{}.{}", batch, member);
}

/// What name_of() made a name of.
std::pair<std::uint64_t, std::uint64_t> parts_of(const std::string& name) {
  std::pair<std::uint64_t, std::uint64_t> parts;
  const char* const end = name.data() + name.size();
  const auto dot = std::from_chars(name.data(), end, parts.first);
  std::from_chars(std::min(dot.ptr + 1, end), end, parts.second);
  return parts;
}

/// Truncations are written down in the history as if they were a batch with this number.
constexpr std::uint64_t truncation = ~std::uint64_t{0};

constexpr std::uint64_t most_lines = 2000;

}  // namespace

Crash::Crash(Bench& bench, bool truncates, std::uint64_t longest) : bench_(&bench), apart_(bench) {
  bench.history().clear();
  task_.scenario = apart_.scenario();
  task_.seed = bench.random()();
  task_.truncates = truncates;
  task_.longest = std::min(longest, bench.capabilities().max_event_size.value_or(longest));
}

void Crash::run(const Moment& moment) {
  task_.scenario.existing = runs_++ > 0;
  task_.first_batch = batches_.empty() ? 0 : batches_.rbegin()->first + 1;
  task_.from = std::max(cut_, cutting_);
  Worker worker(bench_->worker_command(), task_);
  std::uint64_t left = moment.count;
  // A moment may never come: a stream that refuses every truncation says of none that it is done.
  for (std::uint64_t lines = 0; left > 0 && lines < most_lines; ++lines) {
    const std::optional<WorkerLine> line = worker.next(bench_->patience());
    if (!line || line->kind == Kind::unopened || line->kind == Kind::failed)
      ended_early(line, worker);
    take(*line);
    if (line->kind == Kind::unread) break;
    if (line->kind == moment.after) --left;
  }
  Bench::spin(moment.spins);
  worker.kill();
  while (const std::optional<WorkerLine> line = worker.next(bench_->patience())) take(*line);
  bench_->history().complete(
      bench_->history().invoke("kill", "case", "", fmt::format("worker {}", runs_)),
      {worker.wait(), {}, {}, {}});
  pending_.clear();
  bench_->count();
}

void Crash::ended_early(const std::optional<WorkerLine>& line, Worker& worker) {
  if (!line)
    bench_->fail(
        fmt::format("a process that appended and read ended by itself: {}", worker.wait()));
  if (line->kind == Kind::unopened && task_.scenario.existing)
    bench_->fail(fmt::format("the stream can't be opened again after a crash: {}", line->text));
  throw HarnessFailure(
      fmt::format("in a process that was to be killed the harness failed: {}", line->text));
}

void Crash::take(const WorkerLine& line) {
  note(line);
  switch (line.kind) {
    case Kind::begun:
      batches_.try_emplace(line.number);
      break;
    case Kind::stored:
      batches_[line.number].acknowledged = true;
      batches_[line.number].offsets = line.offsets;
      break;
    case Kind::cutting:
      cutting_ = line.offsets.at(0);
      break;
    case Kind::cut:
      cut_ = line.offsets.at(0);
      cutting_ = 0;
      break;
    case Kind::seen:
      if (const auto [known, added] = seen_.try_emplace(line.offsets.at(0), line.text);
          !added && known->second != line.text)
        bench_->fail(fmt::format(
            "offset {} gave event {} to a reader before a crash, and event {} to one after it",
            known->first, known->second, line.text));
      break;
    default:
      break;
  }
}

/// In the history, for whoever reads a failure.
void Crash::note(const WorkerLine& line) {
  History& history = bench_->history();
  const std::string actor = fmt::format("worker {}", runs_);
  const auto ended = [&](std::uint64_t what, Outcome outcome) {
    if (const auto call = pending_.find(what); call != pending_.end())
      history.complete(call->second, std::move(outcome));
  };
  switch (line.kind) {
    case Kind::begun:
      pending_[line.number] =
          history.invoke("append", actor, "", fmt::format("batch {}", line.number));
      break;
    case Kind::stored:
      ended(line.number, {"ok",
                          line.offsets.empty() ? std::nullopt : std::optional(line.offsets.front()),
                          {},
                          {}});
      break;
    case Kind::refused:
      ended(line.number, {line.text, {}, {}, {}});
      break;
    case Kind::cutting:
      pending_[truncation] =
          history.invoke("truncate", actor, "", fmt::format("{}", line.offsets.at(0)));
      break;
    case Kind::cut:
      ended(truncation, {"ok", line.offsets.at(0), {}, {}});
      break;
    case Kind::unread:
      history.complete(history.invoke("next", actor, "", ""), {line.text, {}, {}, {}});
      break;
    default:
      break;
  }
}

/// The stream in this process, as the crashes left it.
Trial& Crash::open() {
  if (trial_) {
    trial_->reopen();
  } else {
    task_.scenario.existing = true;
    trial_ = std::make_unique<Trial>(bench_->factory(), task_.scenario, *bench_, bench_->driver(),
                                     bench_->patience());
  }
  return *trial_;
}

void Crash::tear() {
  open().damage(Damage::torn_tail, bench_->random()());
  for (auto& [number, batch] : batches_) batch.may_be_lost = true;
  seen_.clear();
}

/// A truncation that wasn't acknowledged may have been carried out.
Reader Crash::open_reader(Trial& trial) {
  start_ = cut_;
  if (cutting_ > cut_) {
    Result<Reader> probe = trial.try_open(start_, trial.all_types(), {}, "probe");
    const bool cut = probe ? [&] {
      const Result<Event> first = probe->next();
      probe->destroy();
      return !first && first.error() == Errc::truncated;
    }()
                           : probe.error() == Errc::truncated;
    if (cut) start_ = cutting_;
  }
  return trial.open(start_, trial.all_types());
}

void Crash::survey() {
  Trial& trial = open();
  const Parcel sentinel = trial.parcel(trial.type(0));
  const Result<std::vector<Offset>> appended = trial.try_append({sentinel}, "case");
  if (!appended)
    trial.fail(
        fmt::format("after a crash nothing can be appended: {}", appended.error().message()));
  Reader reader = open_reader(trial);
  read_until(reader, trial.token(*sentinel));
  reader.destroy();
}

void Crash::read_until(Reader& reader, const std::string& sentinel) {
  for (;;) {
    const Result<Event> event = reader.next();
    if (!event || !event->parcel)
      trial_->fail(fmt::format("after a crash the events from {} on can't be read: {}", start_,
                               trial_->describe(event)));
    const std::string token = trial_->token(*event->parcel);
    survivors_.push_back({event->offset, planned_name(task_.scenario, token)});
    if (token == sentinel) return;
    const std::string& name = survivors_.back().name;
    if (name.empty()) continue;
    const auto [number, member] = parts_of(name);
    const std::vector<Parcel> batch = planned_batch(bench_->factory(), task_, number);
    if (member >= batch.size() || !batches_.contains(number)) {
      survivors_.back().name.clear();
      continue;
    }
    if (bench_->factory().vocabulary.anything())
      must_come_back(*trial_, {event->offset, batch[member]}, event);
    places_.emplace(name, event->offset);
  }
}

std::optional<std::string> Crash::misplaced(std::uint64_t number, const Batch& batch) const {
  const std::size_t size = planned_batch(bench_->factory(), task_, number).size();
  for (std::size_t member = 0; member < size; ++member) {
    const auto place = places_.find(name_of(number, member));
    if (batch.offsets.empty()) {
      // Where it stood isn't known, so what was cut can't be told from what was lost.
      if (place == places_.end() && start_ == 0)
        return fmt::format("event {} was acknowledged before a crash and is not there after it",
                           name_of(number, member));
      continue;
    }
    const Offset offset = batch.offsets.at(member);
    if (offset < start_) continue;
    if (place == places_.end())
      return fmt::format(
          "event {} was acknowledged at offset {} before a crash and is not there after it",
          name_of(number, member), offset);
    if (place->second != offset)
      return fmt::format(
          "event {} was acknowledged at offset {} before a crash and has offset {} after it",
          name_of(number, member), offset, place->second);
  }
  return std::nullopt;
}

std::optional<std::string> Crash::lost() const {
  for (const auto& [number, batch] : batches_) {
    if (!batch.acknowledged || batch.may_be_lost) continue;
    if (std::optional<std::string> wrong = misplaced(number, batch)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Crash::taken_back() const {
  for (const auto& [offset, name] : seen_) {
    if (offset < start_) continue;
    const auto place = places_.find(name);
    if (place == places_.end() || place->second != offset)
      return fmt::format(
          "event {} was given to a reader at offset {} before a crash and {}", name, offset,
          place == places_.end() ? "is not there after it"
                                 : fmt::format("has offset {} after it", place->second));
  }
  return std::nullopt;
}

std::optional<std::string> Crash::torn() const {
  std::optional<Offset> last;
  std::uint64_t number = 0;
  std::size_t member = 0;
  std::size_t size = 0;  // of the batch that is under way, 0 between batches
  for (const Survivor& survivor : survivors_) {
    const bool sentinel = &survivor == &survivors_.back();
    if (last && survivor.offset != *last + 1 && !bench_->capabilities().sparse_offsets)
      return fmt::format("after a crash offset {} is followed by {}", *last, survivor.offset);
    const bool first = !last;
    last = survivor.offset;
    if (survivor.name.empty() && !sentinel)
      return fmt::format("after a crash offset {} holds an event that nobody appended",
                         survivor.offset);
    const auto [next_number, next_member] = parts_of(survivor.name);
    const bool goes_on = size > 0 && next_number == number && next_member == member + 1;
    if (size > 0 && (sentinel || !goes_on))
      return fmt::format("after a crash only {} of the {} events of batch {} are there", member + 1,
                         size, number);
    if (sentinel) break;
    if (size == 0) {
      if (!first && next_number <= number)
        return fmt::format("after a crash batch {} stands behind batch {}", next_number, number);
      if (next_member != 0 && !(first && start_ > 0))
        return fmt::format("after a crash batch {} begins with its event {}", next_number,
                           next_member);
    }
    number = next_number;
    member = next_member;
    size = planned_batch(bench_->factory(), task_, number).size();
    if (member + 1 == size) size = 0;
  }
  // What a torn tail may take is an end, and nothing in front of it.
  bool missing = false;
  for (const auto& [each, batch] : batches_) {
    if (!batch.may_be_lost || !batch.acknowledged) continue;
    const bool there = !misplaced(each, batch);
    if (there && missing)
      return fmt::format("after a torn tail batch {} is there, and an earlier one is not", each);
    missing = missing || !there;
  }
  return std::nullopt;
}

std::optional<std::string> Crash::cut_forgotten() const {
  if (cut_ > 0) {
    Result<Reader> below = trial_->try_open(0, trial_->all_types());
    const Result<Event> first = below ? below->next() : Result<Event>(below.error());
    if (below) below->destroy();
    if (first || first.error() != Errc::truncated)
      return fmt::format(
          "truncated up to {} before a crash, a reader that begins at 0 after it "
          "was given {}: expected truncated",
          cut_, trial_->describe(first));
  }
  const Offset appended = survivors_.back().offset;
  if (!seen_.empty() && appended <= seen_.rbegin()->first)
    return fmt::format(
        "the event that was appended after a crash got offset {}, which was given "
        "to a reader before it: up to {}",
        appended, seen_.rbegin()->first);
  return std::nullopt;
}

}  // namespace streamtest
