#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/crash.hpp>
#include <streamtest/subject/thread_runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

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
  const Capabilities& limits = bench.capabilities();
  if (limits.retention)
    throw NotSupported("what a stream truncates by itself can't be told from what it loses");
  task_.longest = std::min({longest, limits.max_event_size.value_or(longest),
                            limits.max_batch_bytes.value_or(8 * longest) / 8});
}

Crash::~Crash() {
  if (trial_ || runs_ == 0) return;
  task_.scenario.existing = true;
  Apart::clean_up([&] {
    Scenario scenario = task_.scenario;
    const OwnedRuntime runtime;
    scenario.runtime = runtime.shared();
    bench_->factory().make(scenario);
  });
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
    case WorkerLine::Kind::begun:
      aftermath_.batches[line.number].size =
          planned_batch(bench_->factory(), task_, line.number).size();
      break;
    case WorkerLine::Kind::stored:
      aftermath_.batches[line.number].acknowledged = true;
      aftermath_.batches[line.number].offsets = line.offsets;
      break;
    case WorkerLine::Kind::cutting:
      cutting_ = std::max(cutting_, line.offsets.at(0));
      break;
    case WorkerLine::Kind::cut:
      cut_ = line.offsets.at(0);
      cutting_ = 0;
      break;
    case WorkerLine::Kind::seen:
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
    case WorkerLine::Kind::begun:
      pending_[line.number] =
          history.invoke("append", actor, "", fmt::format("batch {}", line.number));
      break;
    case WorkerLine::Kind::stored:
      ended(line.number, {"ok",
                          line.offsets.empty() ? std::nullopt : std::optional(line.offsets.front()),
                          {},
                          {}});
      break;
    case WorkerLine::Kind::refused:
      ended(line.number, {line.text, {}, {}, {}});
      break;
    case WorkerLine::Kind::cutting:
      pending_[truncation] =
          history.invoke("truncate", actor, "", fmt::format("{}", line.offsets.at(0)));
      break;
    case WorkerLine::Kind::cut:
      ended(truncation, {"ok", line.offsets.at(0), {}, {}});
      break;
    case WorkerLine::Kind::unread:
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

/// What the last append wrote: the last batch that was acknowledged, or one behind it.
void Crash::tear() {
  open().damage(Damage::torn_tail, bench_->random()());
  auto last = aftermath_.batches.end();
  for (auto each = aftermath_.batches.begin(); each != aftermath_.batches.end(); ++each)
    if (each->second.acknowledged) last = each;
  for (; last != aftermath_.batches.end(); ++last) {
    last->second.may_be_lost = true;
    std::erase_if(aftermath_.seen,
                  [&](const auto& seen) { return parts_of(seen.second).first == last->first; });
  }
}

bool Crash::was_torn() const {
  return std::ranges::any_of(aftermath_.batches, [&](const auto& batch) {
    return batch.second.may_be_lost &&
           std::ranges::none_of(aftermath_.survivors, [&](const Aftermath::Survivor& survivor) {
             return parts_of(survivor.name).first == batch.first;
           });
  });
}

void Crash::survey() {
  Trial& trial = open();
  const Parcel sentinel = trial.parcel(trial.type(0));
  const Result<std::vector<Offset>> appended = trial.try_append({sentinel}, "case");
  if (!appended)
    trial.fail(
        fmt::format("after a crash nothing can be appended: {}", error_name(appended.error())));
  aftermath_.start = cut_;
  while (!read_until(trial.token(*sentinel))) aftermath_.start = cutting_;
}

/// Reads all from the start on. False if a truncation that wasn't acknowledged was carried out, so
/// that the start lies behind it.
bool Crash::read_until(const std::string& sentinel) {
  aftermath_.survivors.clear();
  events_.clear();
  Result<Reader> reader = trial_->try_open(aftermath_.start, trial_->all_types());
  for (;;) {
    const Result<Event> event = reader ? reader->next() : Result<Event>(reader.error());
    if (!event && event.error() == Errc::truncated && aftermath_.start < cutting_) return false;
    if (!event || !event->parcel)
      trial_->fail(fmt::format("after a crash the events from {} on can't be read: {}",
                               aftermath_.start, trial_->describe(event)));
    events_.push_back({event->offset, event->parcel});
    const std::string token = trial_->token(*event->parcel);
    if (token == sentinel) {
      aftermath_.appended = event->offset;
      reader->destroy();
      return true;
    }
    aftermath_.survivors.push_back({event->offset, planned_name(task_.scenario, token)});
    const auto [number, member] = parts_of(aftermath_.survivors.back().name);
    const std::vector<Parcel> batch = planned_batch(bench_->factory(), task_, number);
    if (bench_->factory().vocabulary.anything() && member < batch.size())
      must_come_back(*trial_, {event->offset, batch[member]}, event);
  }
}

/// What a reader that begins at 0 is given. A stream may hear late of a truncation (D11).
Result<Event> Crash::read_below_the_cut() {
  const auto until = std::chrono::steady_clock::now() + bench_->patience();
  for (;;) {
    Result<Reader> reader = trial_->try_open(0, trial_->all_types());
    const Result<Event> first = reader ? reader->next() : Result<Event>(reader.error());
    if (reader) reader->destroy();
    const bool may_be_late =
        bench_->capabilities().staleness.count() > 0 && std::chrono::steady_clock::now() < until;
    if (!first || !may_be_late) return first;
  }
}

std::optional<std::string> Crash::cut_forgotten() {
  std::optional<Offset> last;  // of all that is known to have been there
  Offset lowest = ~Offset{0};
  const auto was_there = [&](Offset offset) {
    last = std::max(last.value_or(0), offset);
    lowest = std::min(lowest, offset);
  };
  for (const auto& [offset, name] : aftermath_.seen) was_there(offset);
  for (const auto& [number, batch] : aftermath_.batches)
    for (const Offset offset : batch.offsets) was_there(offset);
  if (last && aftermath_.appended <= *last)
    return fmt::format("after a crash an append was given offset {}: before it offset {} was given",
                       aftermath_.appended, *last);
  if (lowest >= cut_) return std::nullopt;
  const Result<Event> first = read_below_the_cut();
  if (!first && first.error() == Errc::truncated) return std::nullopt;
  return fmt::format(
      "truncated up to {} before a crash, a reader that begins at 0 after it was given {}: "
      "expected "
      "truncated",
      cut_, trial_->describe(first));
}

}  // namespace streamtest
