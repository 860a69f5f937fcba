#include <streamtest/explore/performance_parts.hpp>
#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/thread_runtime.hpp>
#include <streamtest/subject/witness.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace streamtest {

using std::chrono::nanoseconds;
using Kind = Command::Kind;

namespace {

constexpr std::array<std::string_view, label_count> label_names = {
    "an append during a read",    "a close during a read", "a cancellation during a read",
    "a truncation during a read", "appends side by side",  "reads side by side",
    "a read that waited"};

std::size_t slots_of(const ConcurrentProgram& program) {
  std::size_t slots = 0;
  const auto look = [&](const Program& part) {
    for (const Command& command : part) slots = std::max(slots, command.slot + 1);
  };
  look(program.before);
  for (const Program& actor : program.actors) look(actor);
  return slots;
}

bool is_read(CallKind kind) {
  return kind == CallKind::next || kind == CallKind::try_next;
}

bool overlap(const Call& left, const Call& right) {
  return left.invoked < right.returned && right.invoked < left.returned;
}

}  // namespace

std::string_view to_string(Label label) {
  return label_names.at(static_cast<std::size_t>(label));
}

Allowances allowances_of(const Capabilities& capabilities) {
  Allowances allowances{.dense = !capabilities.sparse_offsets,
                        .fresh = capabilities.staleness.count() == 0,
                        .lenient_cancellation = capabilities.lenient_cancellation,
                        .lazy_type_check = capabilities.lazy_type_check,
                        .coarse_position = capabilities.coarse_position,
                        .durable = capabilities.durability != Durability::none,
                        .retention = capabilities.retention};
  if (capabilities.truncation == Truncation::held || capabilities.truncation == Truncation::coarse)
    allowances.held_events = capabilities.held_events.value_or(never);
  return allowances;
}

Performance::Performance(Circumstances circumstances, ConcurrentProgram program, Way& way,
                         Checker& checker)
    : circumstances_(std::move(circumstances)),
      program_(std::move(program)),
      sparse_(circumstances_.factory->capabilities.sparse_offsets),
      token_(circumstances_.factory->vocabulary.token),
      way_(&way),
      checker_(&checker),
      types_(circumstances_.scenario.event_types.begin(),
             circumstances_.scenario.event_types.end()) {
  for (const eventstream::EventType& type : types_) record_.types.push_back(type.name());
  record_.supported = static_cast<std::uint32_t>(types_.size());
  record_.actors = actor_names(program_);
  record_.actors.emplace_back("last reader");
  for (std::size_t i = 0; i < record_.actors.size(); ++i)
    actors_.emplace_back().number = static_cast<std::uint32_t>(i);
  const std::size_t slots = slots_of(program_) + 1;
  for (std::size_t slot = 0; slot < slots; ++slot)
    places_.emplace_back().owner = owner(program_, slot);
  places_.back().owner = actors_.size() - 1;
  Command everything{.kind = Kind::open, .slot = slots - 1};
  for (std::size_t type = 0; type < types_.size(); ++type) {
    endings_.push_back({.kind = Kind::append, .types = {type}});
    everything.types.push_back(type);
  }
  last_ = {everything};
  prepare(program_.before);
  for (const Program& actor : program_.actors) prepare(actor);
  prepare(endings_);
}

void Performance::prepare(const Program& commands) {
  for (const Command& command : commands) {
    if (command.kind != Kind::append) continue;
    Batch& batch = batches_[&command];
    batch.first = static_cast<std::uint32_t>(record_.sent.size());
    for (const std::size_t type : command.types) {
      const auto number = static_cast<std::uint32_t>(record_.sent.size());
      std::string token = fmt::format("{}/{}", circumstances_.scenario.unique_name, number);
      batch.parcels.emplace_back(make_envelope(circumstances_.factory->vocabulary,
                                               circumstances_.scenario.application, types_.at(type),
                                               token, {}));
      numbers_.emplace(token, number);
      record_.sent.push_back({.type = static_cast<std::uint32_t>(type), .token = std::move(token)});
    }
  }
}

Performance::~Performance() = default;

bool Performance::make_stream() {
  Scenario scenario = circumstances_.scenario;
  context_ = way_->context();
  scenario.runtime = way_->runtime();
  // Made here, so that its thread is one of the way's.
  if (!scenario.runtime) scenario.runtime = runtime_ = std::make_shared<ThreadRuntime>();
  try {
    subject_ = circumstances_.factory->make(scenario);
  } catch (const std::exception& error) {
    note_trouble("the harness failed to make a stream: ", error);
    return false;
  }
  return true;
}

void Performance::run() {
  if (!make_stream()) return;
  try {
    play();
  } catch (...) {
    // Of a simulated way only: something escaped.
    if (way_->simulated()) leave_handlers();
    throw;
  }
}

void Performance::play() {
  if (circumstances_.delivery == Delivery::asynchronous && !way_->simulated())
    reading_ = std::make_unique<Reading>();
  if (!do_alone(program_.before)) return leave(false);
  for (std::size_t i = 0; i < program_.actors.size(); ++i) start(i, program_.actors[i]);
  Actor& main = actors_[program_.actors.size()];
  const bool rested = rest();
  if (circumstances_.rested) circumstances_.rested();
  const bool ended = rested && end_reads(main) && read_everything();
  if (ended) judge(true);
  leave(ended);
}

void Performance::start(std::size_t number, const Program& commands) {
  Actor& actor = actors_[number];
  alone_ = false;
  if (way_->simulated()) return cast(actor, commands, true);
  actor.finished = false;
  threads_.emplace_back([self = shared_from_this(), &actor, &commands] {
    if (const ThreadControl* control = thread_control()) actor.thread.store(control->actor());
    self->perform(actor, commands);
    self->read_on(actor);
    const std::lock_guard lock(actor.lock);
    actor.finished = true;
    actor.stuck.reset();
  });
}

/// Lets everything happen that can, until nothing is due any more.
bool Performance::rest() {
  Lull lull(*this);
  for (;;) {
    way_->settle();
    const bool is_calm = snapshot();
    if (is_calm && judge(true)) return true;
    // A call that is due may only need time, whatever its delay would be called; what is wrong
    // without that stays wrong. Where time costs nothing, all that is wrong is wanted.
    const bool is_right = judge(false);
    if (!is_right && (!is_well() || !way_->exact())) return false;
    // Wrong events may come for ever.
    const auto come = is_right ? std::ranges::count(record_.calls, CameTo::ok, &Call::came_to) : 0;
    if (lull.goes_on(static_cast<std::size_t>(come))) continue;
    if (judge(true)) note_trouble("a call doesn't return");
    return false;
  }
}

CameTo Performance::threw(const Call& call, const std::exception& error) {
  // These are the harness's, and may have had an effect.
  if (call.kind == CallKind::append || call.kind == CallKind::truncate) {
    note_trouble(is_told(error) ? "" : fmt::format("{} threw: ", to_string(call.kind)), error);
    return CameTo::unknown;
  }
  if (is_told(error)) {
    note_trouble("", error);
    return CameTo::failed;
  }
  const std::lock_guard lock(lock_);
  thrown_.emplace(call.invoked, error.what());
  return CameTo::threw;
}

void Performance::note_trouble(const std::string& text, bool stream_lost) {
  const std::lock_guard lock(lock_);
  if (!trouble_.empty()) return;
  trouble_ = text;
  stream_lost_ = stream_lost;
}

void Performance::note_trouble(std::string_view where, const std::exception& error) {
  note_trouble(fmt::format("{}{}", where, error.what()),
               dynamic_cast<const StreamLost*>(&error) != nullptr);
}

/// Where time is real: elsewhere nobody waits, and the call would be one more place to switch.
void Performance::comes() const {
  if (circumstances_.comes && !way_->exact()) circumstances_.comes();
}

void show_life(History& history) {
  history.clear();
  history.complete(history.invoke("run", "explorer", "", ""), {"ok", {}, {}, {}});
}

void Performance::must_be_well() const {
  if (trouble_.empty()) return;
  if (stream_lost_) throw StreamLost(trouble_);
  throw HarnessFailure(trouble_);
}

bool Performance::is_well() {
  const std::lock_guard lock(lock_);
  return trouble_.empty();
}

bool Performance::judge(bool quiescent) {
  record_.quiescent = quiescent;
  // Until then the last reader hasn't read everything.
  record_.final_phase = quiescent ? final_phase_ : never;
  anomalies_ = checker_->check(record_);
  for (Anomaly& anomaly : anomalies_) {
    if (anomaly.kind != AnomalyKind::exception) continue;
    const std::lock_guard lock(lock_);
    anomaly.sentence += ": " + thrown_[record_.calls[anomaly.calls.front()].invoked];
  }
  return anomalies_.empty() && is_well();
}

bool Performance::end_reads(Actor& main) {
  for (Actor& actor : actors_) {
    const std::lock_guard lock(actor.lock);
    if (!actor.finished) labels_[static_cast<std::size_t>(Label::read_waited)] = true;
  }
  // Every reader whose filter and offset let it gets one event more.
  if (!do_alone(endings_) || !rest()) return false;
  over_.store(true);
  const bool cancels = !circumstances_.factory->lacks.contains(Means::cancelling);
  for (std::size_t slot = 0; slot + 1 < places_.size(); ++slot)
    perform(main, {.kind = cancels ? Kind::cancel : Kind::close, .slot = slot});
  if (!rest()) return false;
  for (std::size_t slot = 0; slot + 1 < places_.size(); ++slot)
    perform(main, {.kind = Kind::close, .slot = slot});
  // A free thread may have begun a read after it was to be cancelled, and have more to do after it.
  if (!rest()) return false;
  for (std::size_t slot = 0; slot + 1 < places_.size(); ++slot) places_[slot].cursor.reset();
  return true;
}

bool Performance::read_everything() {
  final_phase_ = ticks_.load();
  over_.store(false);
  for (const Call& call : record_.calls)
    if (call.kind == CallKind::truncate && call.came_to == CameTo::ok)
      last_.front().offset = std::max(last_.front().offset, call.told);
  start(actors_.size() - 1, last_);
  if (!rest()) return false;
  over_.store(true);
  const bool cancels = !circumstances_.factory->lacks.contains(Means::cancelling);
  perform(actors_[program_.actors.size()],
          {.kind = cancels ? Kind::cancel : Kind::close, .slot = places_.size() - 1});
  if (!rest()) return false;
  // A free thread may have begun its read after it was to be cancelled.
  if (!cancels || way_->exact()) return true;
  perform(actors_[program_.actors.size()], {.kind = Kind::close, .slot = places_.size() - 1});
  return rest();
}

void Performance::conclude(const Way::End& end) {
  if (end.completed || !is_well()) return label();
  snapshot();
  if (judge(true)) note_trouble(end.why);
}

void Performance::leave(bool ended) {
  if (way_->simulated()) return leave_handlers();
  const bool waits = std::ranges::any_of(actors_, [](Actor& actor) {
    const std::lock_guard lock(actor.lock);
    return !actor.calls.empty() && actor.calls.back().came_to == CameTo::pending;
  });
  if (!ended || waits) {
    // Whoever is stuck stays so; all that it uses is kept by its thread (decision 0005).
    for (std::thread& thread : threads_) thread.detach();
    for (Actor& actor : actors_) {
      const std::lock_guard lock(actor.lock);
      if (!actor.finished && !way_->exact()) actor.stuck.emplace();
    }
    if (reading_) reading_->leave(way_->exact());
    if (runtime_) runtime_->leave();
    return;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (Place& place : places_) place.cursor.reset();
  reading_.reset();
  subject_.reset();
  if (runtime_) runtime_->end();
  left_nothing_ = true;
}

std::string Performance::thread_name(std::uint32_t thread) const {
  if (thread == 0) return record_.actors.at(program_.actors.size());
  for (const Actor& actor : actors_)
    if (actor.thread.load() == thread) return record_.actors.at(actor.number);
  return fmt::format("thread {}", thread);
}

/// True if everybody has finished or waits in a read.
bool Performance::snapshot() {
  bool is_calm = true;
  record_.calls.clear();
  {
    // All at one moment: a read may have seen what an append has begun since its actor was asked.
    std::vector<std::unique_lock<BriefLock>> locks;
    for (Actor& actor : actors_) locks.emplace_back(actor.lock);
    for (const Actor& actor : actors_) {
      const std::vector<Call>& calls = actor.calls;
      is_calm =
          is_calm && (actor.finished || (!calls.empty() && calls.back().kind == CallKind::next &&
                                         calls.back().came_to == CameTo::pending));
      record_.calls.insert(record_.calls.end(), calls.begin(), calls.end());
    }
  }
  std::ranges::sort(record_.calls, {}, &Call::invoked);
  for (Place& place : places_) {
    const std::lock_guard lock(place.lock);
    if (!place.cancel) continue;
    for (Call& call : record_.calls)
      if (call.came_to == CameTo::pending && is_read(call.kind) && call.cursor == place.number)
        call.cancelled = std::min(call.cancelled, place.cancelled);
  }
  const std::lock_guard lock(lock_);
  record_.cursors = cursors_;
  return is_calm;
}

void Performance::label() {
  const auto came = [this](Label label) { labels_[static_cast<std::size_t>(label)] = true; };
  for (const Call& call : record_.calls)
    for (const Call& other : record_.calls) {
      if (&call == &other || !overlap(call, other)) continue;
      if (call.kind == CallKind::append && other.kind == CallKind::append)
        came(Label::appends_side_by_side);
      if (call.kind != CallKind::next) continue;
      if (other.kind == CallKind::append) came(Label::append_during_read);
      if (other.kind == CallKind::close && other.cursor == call.cursor)
        came(Label::close_during_read);
      if (other.kind == CallKind::truncate) came(Label::truncate_during_read);
      if (other.kind == CallKind::next) came(Label::reads_side_by_side);
      if (call.cancelled > call.invoked && call.cancelled < call.returned)
        came(Label::cancel_during_read);
    }
}

}  // namespace streamtest
