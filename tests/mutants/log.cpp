#include "log.hpp"

#include <algorithm>
#include <cstdlib>

namespace mutants {

Log::Log(EventTypeSet types, Defect defect, bool narrow)
    : types_(std::move(types)), defect_(defect), narrow_(narrow) {
  // Several threads, so that they get their share of a busy machine.
  while (defect_ == Defect::wait_is_a_spin && stirring_.size() < 4)
    stirring_.emplace_back([this](const std::stop_token& token) { stir(token); });
}

void Log::widen(std::chrono::milliseconds time) const {
  if (!narrow_) let_others_in(time);
}

Offset Log::shown_end() const {
  // B42: the last entry is readable only after another one is written.
  if (defect_ == Defect::event_shows_with_the_next_one && end() > 0) return end() - 1;
  return end();
}

Offset Log::truncate(Offset first_retained) {
  std::vector<Waker> woken;
  Offset told = 0;
  {
    const Lock held = lock();
    // B79: a cut beyond the end hides what is appended later.
    if (defect_ == Defect::truncation_beyond_end_is_stored && first_retained > end())
      return first_ = first_retained;
    const Offset cut = std::min(first_retained, end());
    if (cut <= first_) return first_;
    told = cut;
    first_ = cut;
    // B71: the event at the cut goes with those below it.
    if (defect_ == Defect::truncation_removes_one_too_many && cut < end()) ++first_;
    for (Offset offset = first_; offset > 0 && slots_[offset - 1]; --offset) {
      slots_[offset - 1] = Parcel();
      free_.push_back(offset - 1);
    }
    // B77: the offsets of an emptied stream fall back to 0.
    if (defect_ == Defect::offsets_restart_when_all_is_cut && first_ == end()) {
      slots_.clear();
      first_ = 0;
    }
    // B83: a waiter at the tail is told of a cut that took nothing from it.
    if (defect_ == Defect::truncation_disturbs_the_tail) {
      for (const std::shared_ptr<Waiter>& waiter : waiters_) {
        waiter->told_truncated = true;
        woken.push_back(waiter->waker);
      }
    }
  }
  for (const Waker& waker : woken) waker.notify();
  return told;
}

std::shared_ptr<Log> Log::reopened() const {
  auto log = std::make_shared<Log>(types_, defect_, narrow_);
  const Lock held = lock();
  log->slots_ = slots_;
  log->first_ = first_;
  // B77: where the stream goes on is derived from its last event, and there is none.
  if (defect_ == Defect::reopening_restarts_offsets_of_empty_stream && first_ == end()) {
    log->slots_.clear();
    log->first_ = 0;
  }
  // B78: offsets are places in the list of what is left; only an empty list keeps its end.
  if (defect_ == Defect::reopening_shifts_offsets && first_ < end()) {
    log->slots_.erase(log->slots_.begin(),
                      log->slots_.begin() + static_cast<std::ptrdiff_t>(first_));
    log->first_ = 0;
  }
  return log;
}

void Log::leave() {
  if (defect_ == Defect::destroyed_stream_wakes_nobody)
    let_others_in(std::chrono::milliseconds(5));  // until they wait
  std::vector<Waker> woken;
  {
    const Lock held = lock();
    gone_ = true;
    caught_up_.notify_all();
    // B61: readers that wait when their stream is destroyed sleep on.
    if (defect_ == Defect::destroyed_stream_wakes_nobody) return;
    for (const std::shared_ptr<Waiter>& waiter : waiters_) woken.push_back(waiter->waker);
  }
  for (const Waker& waker : woken) waker.notify();
}

bool Log::watch(const std::shared_ptr<Waiter>& waiter, const Waker& waker, bool look) {
  // B39: the waiter registers some time after the look that found nothing, and doesn't look again.
  if (defect_ == Defect::watch_does_not_look_again) {
    widen(std::chrono::milliseconds(2));
    look = false;
  }
  const Lock held = lock();
  if (gone_ || (look && waiter->position < shown_end())) return false;
  waiter->waker = waker;
  waiter->registered = true;
  waiters_.push_back(waiter);
  return true;
}

bool Log::unwatch(const std::shared_ptr<Waiter>& waiter) {
  Waker waker;  // let go after the lock
  const Lock held = lock();
  if (!waiter->registered) return true;
  std::erase(waiters_, waiter);
  waiter->registered = false;
  waiter->position = std::max(waiter->position, shown_end());
  waker = std::exchange(waiter->waker, Waker());
  return false;
}

std::vector<Waker> Log::waiting() const {
  const Lock held = lock();
  std::vector<Waker> wakers;
  for (const std::shared_ptr<Waiter>& waiter : waiters_) wakers.push_back(waiter->waker);
  return wakers;
}

/// True if there is something for the waiter among what has just become visible.
bool Log::wakes(Waiter& waiter, Offset from, Offset to) const {
  // B64: the append meets a registration whose cursor is gone. The record is kept alive, so that
  // what would be a use after free ends the process for certain.
  if (waiter.destroyed) std::abort();
  for (Offset offset = std::max(from, waiter.position); offset < to; ++offset) {
    if (slots_[offset] && waiter.filter.wants(slots_[offset]->type)) return true;
    if (defect_ == Defect::unwanted_append_gives_empty_event) {
      // B31: the wait ends with an empty answer because of an entry that doesn't match.
      waiter.empty_event = offset;
      return true;
    }
    if (!slots_[offset] && defect_ == Defect::empty_batch_uses_an_offset) return true;
  }
  return false;
}

void Log::wake(Offset from, Offset to, std::vector<Waker>& woken) {
  std::size_t limit = waiters_.size();
  // B50: waiters compete for the wake-up.
  if (defect_ == Defect::append_wakes_one_waiter) limit = 1;
  // B46: with many cursors some are left out.
  if (defect_ == Defect::append_serves_64_waiters) limit = 64;
  std::erase_if(waiters_, [&](const std::shared_ptr<Waiter>& waiter) {
    if (limit == 0 || !wakes(*waiter, from, to)) return false;
    --limit;
    // B22, B47: it resumes at the end of what woke it, not at its beginning.
    const Offset resume = defect_ == Defect::wake_up_skips_to_end_of_batch ? to - 1 : from;
    waiter->position = std::max(waiter->position, resume);
    waiter->registered = false;
    woken.push_back(std::exchange(waiter->waker, Waker()));
    return true;
  });
}

/// B31: all waiters look again and again, driven by threads that never sleep.
void Log::stir(const std::stop_token& token) const {
  using Clock = std::chrono::steady_clock;
  while (!token.stop_requested()) {
    for (const Waker& waker : waiting()) waker.notify();
    // A moment for the others to get the lock.
    for (const auto until = Clock::now() + std::chrono::microseconds(20); Clock::now() < until;) {
    }
  }
}

std::shared_ptr<Offset> Log::shared_position(const EventTypeSet& filter, Offset opened_at) {
  for (auto& [types, position] : shared_) {
    if (!(types == filter)) continue;
    *position = opened_at;
    return position;
  }
  return shared_.emplace_back(filter, std::make_shared<Offset>(opened_at)).second;
}

void Log::leave(const Waiter* cursor) {
  std::erase(open_, cursor);
  caught_up_.notify_all();
}

void Log::forget_waiters() {
  for (const std::shared_ptr<Waiter>& waiter : waiters_) waiter->registered = false;
  waiters_.clear();
}

std::shared_ptr<Log> Backend::add(EventTypeSet types, Defect defect, bool narrow) {
  auto log = std::make_shared<Log>(std::move(types), defect, narrow);
  const std::lock_guard held(mutex_);
  logs_.push_back(log);
  return log;
}

std::shared_ptr<Log> Backend::reopen(const std::shared_ptr<Log>& log) {
  log->leave();
  auto reopened = log->reopened();
  const std::lock_guard held(mutex_);
  logs_.push_back(reopened);
  return reopened;
}

Offset Backend::truncate(Log& log, Offset first_retained) {
  const Offset first = log.truncate(first_retained);
  if (log.defect() != Defect::truncation_reaches_twin) return first;
  // B95: the statement forgets to name the application.
  const std::lock_guard held(mutex_);
  for (const std::weak_ptr<Log>& weak : logs_)
    if (const std::shared_ptr<Log> other = weak.lock()) other->truncate(first_retained);
  return first;
}

}  // namespace mutants
