#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/simulation/context.hpp>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace streamtest::simulation {
namespace {

/// Sets what was nothing for as long as it lives.
template <class Value>
class While {
 public:
  While(Value& place, Value value) : place_(place) { place_ = value; }
  While(const While&) = delete;
  While& operator=(const While&) = delete;
  ~While() { place_ = Value(); }

 private:
  Value& place_;
};

std::string advice_on_threads(const Outcome& outcome) {
  const std::string what = outcome.threads_now > outcome.threads_before
                               ? fmt::format("the process has {} threads where it had {}",
                                             outcome.threads_now, outcome.threads_before)
                               : std::string("a handler was posted by another thread");
  return what +
         ", so this run isn't under control. boost::asio timers, sockets and files start a thread "
         "on any context but io_context: take streamtest::simulation::Timer from the context, or "
         "let what makes the timer be a parameter. Code that has threads of its own is explored "
         "with threads, controlled or free.";
}

}  // namespace

std::string to_text(const Outcome& outcome) {
  switch (outcome.end) {
    case End::quiescent:
      return fmt::format("quiescent after {} steps: nothing is ready, {} timers are pending",
                         outcome.steps, outcome.pending_timers);
    case End::stopped:
      return fmt::format("stopped after {} steps", outcome.steps);
    case End::step_limit:
      return fmt::format("step limit after {} steps: it spins, or needs more", outcome.steps);
    case End::threads_appeared:
      return advice_on_threads(outcome);
  }
  return {};
}

Context::Context(Options options)
    : options_(options),
      threads_before_(threads_of_this_process()),
      owner_(std::this_thread::get_id()) {
  if (options_.early_timers) clock_ = executor("clock").actor();
}

Context::~Context() {
  drain();
  // A service may hold handlers, and a thread that posts them.
  shutdown();
  drain();
  destroy();
  drain();
}

Executor Context::executor(Actor actor) {
  while (names_.size() <= actor) names_.push_back(fmt::format("actor {}", names_.size()));
  return {*this, actor, {}};
}

Executor Context::executor(std::string_view name) {
  const auto known = std::ranges::find(names_, name);
  const auto actor = static_cast<Actor>(known - names_.begin());
  if (known == names_.end()) names_.emplace_back(name);
  return {*this, actor, {}};
}

std::string Context::name_of(Actor actor) const {
  return actor < names_.size() ? names_[actor] : fmt::format("actor {}", actor);
}

void Context::post(Actor actor, std::unique_ptr<Task> task) {
  if (std::this_thread::get_id() != owner_.load(std::memory_order_relaxed)) {
    const std::lock_guard lock(foreign_mutex_);
    foreign_.push_back(std::move(task));
    foreign_posts_ = true;
    return;
  }
  note(actor);
  const auto place = std::ranges::upper_bound(ready_, actor, {}, &Ready::actor);
  ready_.insert(place, {actor, posts_++, std::move(task)});
}

bool Context::runs(Actor actor) const noexcept {
  return inside_ && last_ == actor &&
         std::this_thread::get_id() == owner_.load(std::memory_order_relaxed);
}

Context::WaitKey Context::wait(Clock::time_point moment, std::unique_ptr<Wait> who) {
  const WaitKey key(moment, waits_made_++);
  if (moment <= now_)
    who->complete({});
  else
    waits_.emplace(key, std::move(who));
  return key;
}

bool Context::cancel(const WaitKey& key) {
  const auto found = waits_.extract(key);
  if (found.empty()) return false;
  found.mapped()->complete(boost::asio::error::operation_aborted);
  return true;
}

Outcome Context::run(Chooser& chooser, Clock::time_point until) {
  if (chooser_) throw std::logic_error("simulation::Context: a handler can't run the context");
  const While running(chooser_, &chooser);
  owner_ = std::this_thread::get_id();
  stopped_ = false;
  until_ = until;
  const std::uint64_t limit = steps_ + options_.most_steps;
  for (;;) {
    if (foreign_posts_.load(std::memory_order_relaxed)) break;
    if (ready_.empty()) {
      if (let_time_pass() || settle_next()) continue;
      break;
    }
    if (steps_ == limit)
      return outcome(threads_appeared() ? End::threads_appeared : End::step_limit);
    step();
    if (stopped_) return outcome(threads_appeared() ? End::threads_appeared : End::stopped);
  }
  return outcome(threads_appeared() ? End::threads_appeared : End::quiescent);
}

/// The place in `ready_` of the move that changes least.
std::size_t Context::first_move_at() const {
  const bool gives_way = streak_ >= options_.quantum;
  const auto place = gives_way ? std::ranges::upper_bound(ready_, last_, {}, &Ready::actor)
                               : std::ranges::lower_bound(ready_, last_, {}, &Ready::actor);
  return place == ready_.end() ? 0 : static_cast<std::size_t>(place - ready_.begin());
}

void Context::collect_moves(std::size_t first) {
  moves_.clear();
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    const Ready& each = ready_[(first + i) % ready_.size()];
    moves_.push_back({.actor = each.actor, .since = each.since, .object = 0});
  }
  // To be the youngest for ever keeps it out of an ordinary queue's way.
  if (options_.early_timers && timer_is_due())
    moves_.push_back({.actor = clock_, .since = ~std::uint64_t{0}, .object = 0});
}

void Context::step() {
  const std::size_t first = first_move_at();
  collect_moves(first);
  const std::size_t chosen = chooser_->choose(moves_);
  if (chosen >= moves_.size())
    throw std::out_of_range("simulation::Context: the chooser made a move that isn't there");
  const Actor actor = moves_[chosen].actor;
  const bool alone = ready_.front().actor == ready_.back().actor;
  streak_ = actor != last_ || alone ? 0 : streak_ + 1;
  last_ = actor;
  ++steps_;
  note(actor + (std::uint64_t{1} << 32));
  if (chosen == ready_.size()) return fire_timers();
  const auto place = ready_.begin() + static_cast<std::ptrdiff_t>((first + chosen) % ready_.size());
  const std::unique_ptr<Task> task = std::move(place->task);
  ready_.erase(place);
  const While inside(inside_, true);
  task->run();
}

bool Context::timer_is_due() const {
  return !waits_.empty() && waits_.begin()->first.first != never &&
         waits_.begin()->first.first <= until_;
}

bool Context::let_time_pass() {
  if (timer_is_due()) {
    fire_timers();
    return true;
  }
  if (until_ != never) now_ = std::max(now_, until_);
  return false;
}

void Context::fire_timers() {
  now_ = waits_.begin()->first.first;
  note(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  while (!waits_.empty() && waits_.begin()->first.first == now_)
    waits_.extract(waits_.begin()).mapped()->complete({});
}

bool Context::settle_next() {
  if (settled_.empty()) return false;
  const std::unique_ptr<Wait> next = std::move(settled_.front());
  settled_.erase(settled_.begin());
  next->complete({});
  return true;
}

std::vector<std::unique_ptr<Task>> Context::take_foreign() {
  const std::lock_guard lock(foreign_mutex_);
  return std::exchange(foreign_, {});
}

std::size_t Context::pick(std::size_t count) {
  if (!chooser_) throw std::logic_error("simulation::Context: nobody picks outside of a run");
  const std::size_t picked = chooser_->pick(count);
  note(picked);
  return picked;
}

void Context::drain() {
  bool more = true;
  while (more) {
    // Taken out first: what is destroyed may post again.
    const auto ready = std::exchange(ready_, {});
    const auto waits = std::exchange(waits_, {});
    const auto settled = std::exchange(settled_, {});
    const auto foreign = take_foreign();
    more = !ready.empty() || !waits.empty() || !settled.empty() || !foreign.empty();
  }
}

bool Context::threads_appeared() {
  threads_now_ = threads_of_this_process();
  // Others of the process's threads may have ended.
  threads_before_ = std::min(threads_before_, threads_now_);
  return threads_now_ > threads_before_ || foreign_posts_.load(std::memory_order_relaxed);
}

Outcome Context::outcome(End end) const {
  return {.end = end,
          .steps = steps_,
          .hash = hash_,
          .now = now_,
          .pending_timers = waits_.size(),
          .work = work_.load(std::memory_order_relaxed),
          .threads_before = threads_before_,
          .threads_now = threads_now_};
}

Clock::time_point Clock::now() const noexcept {
  return context_->now();
}

}  // namespace streamtest::simulation
