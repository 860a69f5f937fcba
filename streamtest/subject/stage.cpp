#include <streamtest/subject/stage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

std::string_view to_string(Step step) {
  switch (step) {
    case Step::event_types:
      return "event_types";
    case Step::next_offset:
      return "next_offset";
    case Step::open:
      return "open";
    case Step::read:
      return "next";
    case Step::close:
      return "close";
    case Step::handle:
      return "handle_event";
    case Step::advise:
      return "strategy";
    case Step::wait:
      return "wait_for";
  }
  return "unknown";
}

namespace {

/// So many are played of all delays: of a century in days, of a day in seconds.
constexpr std::size_t most_slices = 100'000;
/// A delay that is waited for in fewer isn't looked at.
constexpr std::size_t few_slices = 1000;
/// No consumer's own strategy says more, in seconds.
constexpr double longest_own_delay = 12 * 3600;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string arguments(const Act& act) {
  switch (act.step) {
    case Step::open:
      return fmt::format("{}, {} types", act.offset, act.types.size());
    case Step::handle:
      return fmt::format("{}, event {}", act.offset, act.event->offset);
    case Step::advise:
      return fmt::format("{}", act.failures);
    case Step::wait:
      return fmt::format("{} us", std::chrono::floor<std::chrono::microseconds>(act.delay).count());
    default:
      return {};
  }
}

}  // namespace

Stage::Stage(Script script, std::shared_ptr<eventstream::Semaphore> semaphore, std::size_t permits,
             std::shared_ptr<History> history, std::string actor)
    : script_(std::move(script)),
      semaphore_(std::move(semaphore)),
      permits_(permits),
      history_(std::move(history)),
      actor_(std::move(actor)),
      limit_(100 + 30 * (script_.events.size() + script_.faults.size())),
      stream_(std::make_unique<ScriptedStream>(*this)),
      handler_(std::make_unique<ScriptedHandler>(*this)),
      next_(script_.start) {
  while (due_ < script_.events.size() && script_.events[due_].offset < next_) ++due_;
}

Stage::~Stage() = default;

void Stage::become(State state) {
  if (state_ == State::overrun || returned_) return;
  state_ = state;
  changed_.notify_all();
}

Stage::State Stage::await(std::chrono::nanoseconds patience) {
  Lock lock(mutex_);
  const auto is_over = [this] { return state_ != State::running || returned_; };
  std::size_t before = 0;
  do {
    before = acts_.size();
  } while (!changed_.wait_for(lock, patience, is_over) && acts_.size() > before);
  return returned_ ? State::returned : state_;
}

bool Stage::await_return(std::chrono::nanoseconds patience) {
  Lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return returned_; });
}

void Stage::await_acts(std::size_t count, std::chrono::nanoseconds patience) {
  Lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return acts_.size() >= count || returned_; });
}

void Stage::returned(const Result<void>& result, std::string exception) {
  std::lock_guard lock(mutex_);
  result_.emplace(result);
  exception_ = std::move(exception);
  returned_ = true;
  changed_.notify_all();
}

void Stage::release() {
  std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void Stage::abandon() {
  std::lock_guard lock(mutex_);
  abandoned_ = true;
}

std::vector<Act> Stage::acts() const {
  std::lock_guard lock(mutex_);
  return acts_;
}

std::size_t Stage::handled() const {
  std::lock_guard lock(mutex_);
  return due_;
}

std::size_t Stage::open_cursors() const {
  std::lock_guard lock(mutex_);
  return open_;
}

/// The consumer's permits are all back, so that the stage can have them for a moment.
bool Stage::all_permits_free(bool without_semaphore) const {
  if (!semaphore_) return without_semaphore;
  std::vector<eventstream::Semaphore::Permit> taken;
  while (taken.size() < permits_) {
    std::optional<eventstream::Semaphore::Permit> permit = semaphore_->try_acquire();
    if (!permit) return false;
    taken.push_back(*std::move(permit));
  }
  return true;
}

/// Enters the act into the account, and gives its place there.
std::size_t Stage::enter(Act act) {
  const bool waited = !acts_.empty() && acts_.back().step == Step::wait;
  // Who waits for no time at all doesn't wait.
  const bool is_slice = waited && act.step == Step::wait && act.delay.count() > 0;
  slices_ = is_slice ? slices_ + 1 : 0;
  if (is_slice)
    ++all_slices_;
  else
    ++done_;
  if (act.step == Step::wait) {
    waited_ = (is_slice ? waited_ : 0) + seconds(act.delay);
  } else if (act.step == Step::advise) {
    advised_ = seconds(act.delay);
  } else if (act.step != Step::close) {  // which may come between the advice and the wait
    advised_.reset();
  }
  acts_.push_back(std::move(act));
  return acts_.size() - 1;
}

std::size_t Stage::begin(Lock& lock, Act act) {
  if (abandoned_) changed_.wait(lock, [] { return false; });
  return enter(std::move(act));
}

/// True if there has been enough of it: it does too much or waits for too long, or as it should.
bool Stage::stops_here() {
  const double due = advised_.value_or(longest_own_delay);
  if (done_ > limit_ || (slices_ > few_slices && waited_ > 2 * due))
    become(State::overrun);
  else if (all_slices_ > most_slices)
    become(State::dozing);
  else
    return false;
  return true;
}

/// What the script has for this call, after it has stayed if it was to.
std::optional<Fault> Stage::fault(Lock& lock, Step step, const std::stop_token& token) {
  const auto stay = [&] { changed_.wait(lock, token, [this] { return released_; }); };
  if (stops_here()) {
    stay();
    return Fault{.error = Errc::cancelled};
  }
  const Turn turn{step, calls_[step]++};
  if (script_.held == turn) {
    become(State::held);
    stay();
    return script_.ends_held;
  }
  if (token.stop_requested()) return Fault{.error = Errc::cancelled};
  const auto found = script_.faults.find(turn);
  return found == script_.faults.end() ? std::nullopt : std::optional(found->second);
}

/// Ends a call: the account says whether it failed, and an exception goes to the consumer.
Result<void> Stage::conclude(std::size_t act, const std::optional<Fault>& fault) {
  acts_[act].failed = fault.has_value();
  changed_.notify_all();
  const Act& done = acts_[act];
  Outcome outcome{"ok", {}, {}, {}};
  if (fault)
    outcome.kind = fault->manner == Fault::Manner::exception ? "exception"
                                                             : eventstream::to_string(fault->error);
  else if (done.step == Step::next_offset)
    outcome.offset = done.offset;
  else if (done.step == Step::read)
    outcome = {"event", done.event->offset, {}, {}};
  note(done, std::move(outcome));
  if (!fault) return {};
  if (fault->manner == Fault::Manner::exception)
    throw std::runtime_error("an exception of the script");
  return fault->error;
}

void Stage::note(const Act& act, Outcome outcome) const {
  const std::string cursor = act.cursor > 0 ? fmt::format("c{}", act.cursor) : "";
  const bool is_open = act.step == Step::open;
  const History::Number number =
      history_->invoke(std::string(to_string(act.step)), actor_, is_open ? "" : cursor,
                       arguments(act) + (is_open ? " as " + cursor : ""));
  history_->complete(number, std::move(outcome));
}

class Stage::ScriptedStream final : public eventstream::Stream {
 public:
  explicit ScriptedStream(Stage& stage) : stage_(stage) {}

  Identity application() const override { return stage_.script_.application; }

  Result<EventTypeSet> event_types(std::stop_token token) const override {
    Lock lock(stage_.mutex_);
    const std::size_t act = stage_.begin(lock, {.step = Step::event_types});
    const Result<void> done = stage_.conclude(act, stage_.fault(lock, Step::event_types, token));
    if (!done) return done.error();
    return stage_.script_.produced;
  }

  Result<eventstream::Cursor> open(Offset offset, const EventTypeSet& filter,
                                   std::stop_token token) override {
    Lock lock(stage_.mutex_);
    const std::size_t number = ++stage_.opened_;
    const std::size_t act = stage_.begin(lock, {.step = Step::open,
                                                .cursor = number,
                                                .offset = offset,
                                                .types = filter,
                                                .open_cursors = stage_.open_});
    const Result<void> done = stage_.conclude(act, stage_.fault(lock, Step::open, token));
    if (!done) return done.error();
    ++stage_.open_;
    return eventstream::Cursor(stage_.make_source(number, offset));
  }

 private:
  Stage& stage_;
};

class Stage::ScriptedHandler final : public eventstream::Handler {
 public:
  explicit ScriptedHandler(Stage& stage) : stage_(stage) {}

  EventTypeSet event_types() const override { return stage_.script_.wanted; }

  Result<Offset> next_offset(const Identity&, std::stop_token token) override {
    Lock lock(stage_.mutex_);
    const std::size_t act = stage_.begin(lock, {.step = Step::next_offset, .offset = stage_.next_});
    const Result<void> done = stage_.conclude(act, stage_.fault(lock, Step::next_offset, token));
    if (!done) return done.error();
    return stage_.acts_[act].offset;
  }

  Result<void> handle_event(Offset expected, const Event& event, std::stop_token token) override {
    Lock lock(stage_.mutex_);
    const std::size_t act = stage_.begin(lock, {.step = Step::handle,
                                                .offset = expected,
                                                .event = event,
                                                .all_permits_free = stage_.all_permits_free(false),
                                                .overlaps = stage_.inside_ > 0});
    ++stage_.inside_;
    if (stage_.script_.inside_handler) {
      lock.unlock();
      stage_.script_.inside_handler();
      lock.lock();
    }
    struct Leaving {
      std::size_t& inside;
      ~Leaving() { --inside; }
    };
    const Leaving leaving{stage_.inside_};
    return stage_.apply(lock, act, token);
  }

 private:
  Stage& stage_;
};

/// As a handler that keeps offsets does, but it takes nothing else than the event that is due.
Result<void> Stage::apply(Lock& lock, std::size_t act, const std::stop_token& token) {
  std::optional<Fault> fault = this->fault(lock, Step::handle, token);
  const Act& call = acts_[act];
  const bool is_due = due_ < script_.events.size() && call.event->parcel &&
                      call.event->offset == script_.events[due_].offset && call.offset == next_;
  if (!fault && !is_due) fault = Fault{.error = Errc::conflict};
  const bool elsewhere = fault && fault->manner == Fault::Manner::elsewhere;
  if (elsewhere) fault->error = Errc::conflict;
  if (is_due && (!fault || elsewhere)) {
    next_ = call.event->offset + 1;
    ++due_;
    if (due_ == script_.events.size() && at_end_ && open_ > 0) become(State::complete);
  }
  return conclude(act, fault);
}

class Stage::ScriptedClock final : public eventstream::Clock {
 public:
  explicit ScriptedClock(std::shared_ptr<Stage> stage) : stage_(std::move(stage)) {}

  bool wait_for(std::chrono::nanoseconds duration, const std::stop_token& token) override {
    Lock lock(stage_->mutex_);
    const std::size_t act =
        stage_->begin(lock, {.step = Step::wait,
                             .delay = duration,
                             .all_permits_free = stage_->all_permits_free(true)});
    (void)stage_->fault(lock, Step::wait, token);
    (void)stage_->conclude(act, {});
    return !token.stop_requested();
  }

 private:
  const std::shared_ptr<Stage> stage_;
};

eventstream::Stream& Stage::stream() {
  return *stream_;
}

eventstream::Handler& Stage::handler() {
  return *handler_;
}

std::shared_ptr<eventstream::Clock> Stage::clock() {
  return std::make_shared<ScriptedClock>(shared_from_this());
}

eventstream::Backoff Stage::strategy(eventstream::Backoff inner) {
  return [stage = shared_from_this(), inner = std::move(inner)](std::uint64_t failures) {
    Act act{.step = Step::advise, .failed = true, .failures = failures};
    struct Entry {
      Stage& stage;
      Act& act;
      ~Entry() {
        std::lock_guard lock(stage.mutex_);
        stage.note(act, {act.failed ? "exception" : "ok", {}, {}, {}});
        stage.enter(act);
      }
    };
    const Entry entry{*stage, act};
    act.delay = inner(failures);
    act.failed = false;
    return act.delay;
  };
}

}  // namespace streamtest
