#include <streamtest/sched/real.hpp>
#include <streamtest/sched/run.hpp>

#include <algorithm>

namespace streamtest::sched::detail {
namespace {

/// An actor that could always go on doesn't for longer than this while others can.
constexpr unsigned longest_turn = 1000;
constexpr Time cost_of_a_move = 1000;
/// 71 minutes: a program that idles forever reaches no overflow before its step limit.
constexpr Time longest_idle_step = Time{1000} << 32;

bool readied(const Step& step) {
  std::vector<pollfd> asked(step.descriptors, step.descriptors + step.descriptor_count);
  return real().poll(asked.data(), asked.size(), 0) > 0;
}

bool has_value(const Object& semaphore) {
  int value = 0;
  sem_getvalue(static_cast<sem_t*>(const_cast<void*>(semaphore.address)), &value);
  return value > 0;
}

/// glibc's own word in a mutex: a thread that isn't ours may hold one that we believe to be free.
bool taken_outside(const Object& lock) {
  if (lock.kind != Object::Kind::lock) return false;
  const auto* const mutex = static_cast<const pthread_mutex_t*>(lock.address);
  return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) != 0;
}

ThreadStep stands(const Participant& one, std::uint64_t moves) {
  const bool waits = one.step.need == Need::woken && !one.step.woken;
  return {moves, one.actor, waits ? "waiting" : one.step.operation,
          waits ? one.step.object->number : one.step.touches(), one.frames};
}

}  // namespace

bool Run::lock_is_free(Participant& one, Object& lock) {
  if (lock.owner != nullptr) return false;
  if (!taken_outside(lock)) return true;
  if (!one.step.outside) {
    one.step.outside = true;
    count_uncontrolled();
  }
  return false;
}

bool Run::possible(Participant& one) {
  Step& step = one.step;
  const bool late = step.deadline <= now_;
  switch (step.need) {
    case Need::nothing:
    case Need::settled:
      return true;
    case Need::lock:
      return late || lock_is_free(one, *step.object);
    case Need::shared:
      return late || step.object->owner == nullptr;
    case Need::exclusive:
      return late || (step.object->owner == nullptr && step.object->sharers.empty());
    case Need::woken:
      if (!step.woken) return late;  // to time out is one thing, to get the lock again another
      return step.lock == nullptr || lock_is_free(one, *step.lock);
    case Need::actor_end:
      return late || step.target->ended;
    case Need::once:
      return step.object->owner == nullptr;
    case Need::time:
      return late;
    case Need::descriptor:
      return late || readied(step);
    case Need::semaphore:
      return late || has_value(*step.object);
  }
  return false;
}

/// Sorts the actors that can move by how: as they like, only because nobody else can, or before
/// their time.
void Run::collect() {
  candidates_.clear();
  settling_.clear();
  polite_.clear();
  early_.clear();
  const std::size_t count = participants_.size();
  const std::size_t first = last_ == nullptr ? 0 : last_->actor;
  for (std::size_t k = 0; k < count; ++k) {
    Participant& one = participants_[(first + k) % count];
    if (one.ended) continue;
    if (!possible(one)) {
      one.possible_since = Participant::not_possible;
      if (one.step.may_end_early && !one.step.woken) early_.push_back(&one);
      continue;
    }
    if (one.possible_since == Participant::not_possible) one.possible_since = moves();
    if (one.step.need == Need::settled)
      settling_.push_back(&one);
    else if (one.gave_way_at == progress_)
      polite_.push_back(&one);
    else
      candidates_.push_back(&one);
  }
}

Time Run::next_deadline(Time at_the_latest) const {
  Time next = at_the_latest;
  for (const Participant& one : participants_)
    if (!one.ended && one.step.deadline > now_) next = std::min(next, one.step.deadline);
  return next;
}

/// Only actors that look again and again are left: time goes on between their looks, faster and
/// faster, so that the one that looks at a clock comes to its end.
void Run::idle() {
  const Time next = next_deadline(std::max(now_, std::min(now_ + idle_step_, latest)));
  await_in_real_time(std::chrono::nanoseconds(next - now_));
  now_ = next;
  idle_step_ = std::min(idle_step_ * 2, longest_idle_step);
}

bool Run::time_goes_on() {
  const Time next = next_deadline(never);
  if (next == never) return false;
  if (!await_in_real_time(std::chrono::nanoseconds(next - now_))) now_ = next;
  return true;
}

/// The next turn, or null if the run is over. Its caller alone runs meanwhile.
Participant* Run::decide() {
  for (;;) {
    take_outside();
    if (live_ == 0) {
      finish(failure_.empty() ? ThreadVerdict::ok : ThreadVerdict::failed);
      return nullptr;
    }
    collect();
    if (!candidates_.empty()) {
      candidates_.insert(candidates_.end(), early_.begin(), early_.end());
      break;
    }
    if (!settling_.empty()) {
      candidates_ = settling_;
      break;
    }
    if (!polite_.empty()) {
      idle();
      collect();
      if (candidates_.empty()) candidates_ = polite_;
      break;
    }
    const bool hears_outside = somebody_hears_outside();
    if (hears_outside && await_outside(limits_.patience)) continue;
    if (time_goes_on() || (!hears_outside && await_to_the_end())) continue;
    finish(hears_outside ? ThreadVerdict::lost_control : ThreadVerdict::deadlock);
    return nullptr;
  }
  if (moves() >= limits_.moves ||
      (participants_.front().ended && moves() - body_ended_at_ >= limits_.moves_afterwards)) {
    finish(ThreadVerdict::step_limit);
    return nullptr;
  }
  return make_move();
}

Participant* Run::make_move() {
  const bool alone = candidates_.size() == 1;
  if (candidates_.front() == last_ && in_a_row_ >= longest_turn && !alone)
    candidates_.erase(candidates_.begin());
  choices_.clear();
  for (const Participant* one : candidates_) {
    const bool early = one->possible_since == Participant::not_possible;
    choices_.push_back(
        {one->actor, early ? one->step.early_since : one->possible_since, one->step.touches()});
  }
  const std::size_t choice = std::min(chooser_->choose(choices_), candidates_.size() - 1);
  Participant* const next = candidates_[choice];
  if (next != last_)
    in_a_row_ = 0;
  else if (!alone)
    ++in_a_row_;
  last_ = next;
  if (next->step.may_end_early && next->possible_since == Participant::not_possible) {
    next->step.ended_early = true;
    // The others were slow; who looks at the clock must see it.
    if (next->step.early_is_late) now_ = std::max(now_, next->step.deadline);
  }
  if (!next->step.passive || next->looks < looks_until_it_gives_way) {
    ++progress_;
    idle_step_ = cost_of_a_move;
  }
  remember(*next);
  if (!participants_.front().ended) body_ended_at_ = moves() + 1;
  moves_.store(moves() + 1, std::memory_order_relaxed);
  now_ += cost_of_a_move;
  next->possible_since = Participant::not_possible;
  return next;
}

void Run::finish(ThreadVerdict verdict) {
  if (verdict != ThreadVerdict::ok && verdict != ThreadVerdict::failed) {
    const bool body_ended = participants_.front().ended;
    outcome_.message = describe_stuck(participants_);
    if (verdict == ThreadVerdict::step_limit)
      outcome_.message = "after " + std::to_string(moves()) + " moves: " + outcome_.message;
    if (body_ended && verdict != ThreadVerdict::lost_control) verdict = ThreadVerdict::leaked;
    if (!failure_.empty()) verdict = ThreadVerdict::failed;
    if (limits_.trace)
      for (const Participant& one : participants_)
        if (!one.ended) outcome_.stood.push_back(stands(one, moves()));
  }
  if (verdict == ThreadVerdict::failed) outcome_.message = failure_;
  outcome_.verdict = verdict;
}

}  // namespace streamtest::sched::detail
