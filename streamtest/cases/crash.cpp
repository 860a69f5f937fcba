#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/crash.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using Kind = WorkerLine::Kind;

namespace {

/// Truncations are written down in the history as if they were a batch with this number.
constexpr std::uint64_t truncation = ~std::uint64_t{0};

}  // namespace

Crash::Crash(Bench& bench, bool truncates, std::uint64_t longest) : bench_(&bench), apart_(bench) {
  bench.history().clear();
  task_.scenario = apart_.scenario();
  task_.seed = bench.random()();
  task_.truncates = truncates;
  aftermath_.sparse = bench.capabilities().sparse_offsets;
  task_.longest = std::min(longest, bench.capabilities().max_event_size.value_or(longest));
}

void Crash::run(const Moment& moment) {
  task_.scenario.existing = runs_++ > 0;
  task_.first_batch = aftermath_.batches.empty() ? 0 : aftermath_.batches.rbegin()->first + 1;
  task_.from = std::max(cut_, cutting_);
  run_and_kill(*bench_, task_, moment, fmt::format("worker {}", runs_),
               [this](const WorkerLine& line) { take(line); });
  pending_.clear();
}

void Crash::take(const WorkerLine& line) {
  note(line);
  switch (line.kind) {
    case Kind::begun:
      aftermath_.batches[line.number].size =
          planned_batch(bench_->factory(), task_, line.number).size();
      break;
    case Kind::stored:
      aftermath_.batches[line.number].acknowledged = true;
      aftermath_.batches[line.number].offsets = line.offsets;
      break;
    case Kind::cutting:
      cutting_ = line.offsets.at(0);
      break;
    case Kind::cut:
      cut_ = line.offsets.at(0);
      cutting_ = 0;
      break;
    case Kind::seen:
      if (const auto [known, added] = aftermath_.seen.try_emplace(line.offsets.at(0), line.text);
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
  for (auto& [number, batch] : aftermath_.batches) batch.may_be_lost = true;
  aftermath_.seen.clear();
}

/// A truncation that wasn't acknowledged may have been carried out.
Reader Crash::open_reader(Trial& trial) {
  aftermath_.start = cut_;
  if (cutting_ > cut_) {
    Result<Reader> probe = trial.try_open(aftermath_.start, trial.all_types(), {}, "probe");
    const bool cut = probe ? [&] {
      const Result<Event> first = probe->next();
      probe->destroy();
      return !first && first.error() == Errc::truncated;
    }()
                           : probe.error() == Errc::truncated;
    if (cut) aftermath_.start = cutting_;
  }
  return trial.open(aftermath_.start, trial.all_types());
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
      trial_->fail(fmt::format("after a crash the events from {} on can't be read: {}",
                               aftermath_.start, trial_->describe(event)));
    const std::string token = trial_->token(*event->parcel);
    if (token == sentinel) {
      aftermath_.appended = event->offset;
      return;
    }
    aftermath_.survivors.push_back({event->offset, planned_name(task_.scenario, token)});
    const auto [number, member] = parts_of(aftermath_.survivors.back().name);
    const std::vector<Parcel> batch = planned_batch(bench_->factory(), task_, number);
    if (bench_->factory().vocabulary.anything() && member < batch.size())
      must_come_back(*trial_, {event->offset, batch[member]}, event);
  }
}

std::optional<std::string> Crash::cut_forgotten() {
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
  const Offset appended = aftermath_.appended;
  if (!aftermath_.seen.empty() && appended <= aftermath_.seen.rbegin()->first)
    return fmt::format(
        "the event that was appended after a crash got offset {}, which was given "
        "to a reader before it: up to {}",
        appended, aftermath_.seen.rbegin()->first);
  return std::nullopt;
}

}  // namespace streamtest
