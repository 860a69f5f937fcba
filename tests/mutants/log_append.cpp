#include "log.hpp"

#include <algorithm>

namespace mutants {

std::optional<Errc> Log::check(std::span<const Parcel> batch) const {
  for (const Parcel& parcel : batch) {
    if (!parcel) return Errc::invalid_argument;
    if (!types_.contains(parcel->type)) return Errc::unsupported_event_type;
    // B107: the limit is looked at by the readers only.
    if (defect_ == Defect::oversized_event_blocks_cursor) continue;
    if (parcel->data.size() > max_event_size) return Errc::too_large;
  }
  return std::nullopt;
}

void Log::fail_next_append() {
  const Lock held = lock();
  fail_next_ = true;
}

Result<Offset> Log::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  if (const std::optional<Errc> refused = check(batch)) return *refused;
  Lock held = lock();
  if (batch.empty()) return append_nothing(held);
  std::vector<Waker> woken;
  if (std::exchange(fail_next_, false)) {
    // B88: the failure is reported after a part was written.
    if (defect_ == Defect::failed_append_leaves_first_event) write(held, batch.first(1), woken);
    held.unlock();
    for (const Waker& waker : woken) waker.notify();
    return Errc::backend_failure;
  }
  if (defect_ == Defect::slow_reader_blocks_append) wait_for_slow_readers(held);
  if (defect_ == Defect::wake_up_skips_to_end_of_batch) {
    // Readers get the time to reach the end and wait there, where this defect is.
    held.unlock();
    let_others_in();
    held.lock();
  }
  Offset start = end();
  if (expected && *expected != start) return Errc::conflict;
  if (defect_ == Defect::check_and_write_are_apart && expected) {
    // B87: between the look at the version and the write others write too.
    held.unlock();
    let_others_in();
    held.lock();
    start = end();
  }
  if (defect_ == Defect::racing_append_is_lost) {
    // B86: two appends take the same offset; the second's rows are dropped, and it says ok.
    held.unlock();
    let_others_in();
    held.lock();
    if (end() != start) return start;
  }
  write(held, batch, woken);
  held.unlock();
  for (const Waker& waker : woken) waker.notify();
  // B89: the answer names the next offset, not the first one.
  if (defect_ == Defect::reported_offsets_are_one_too_high && batch.size() > 1) return start + 1;
  return start;
}

void Log::write(Lock& lock, std::span<const Parcel> batch, std::vector<Waker>& woken) {
  if (defect_ == Defect::batch_shows_one_by_one) return write_one_by_one(lock, batch);
  const Offset shown = shown_end();
  if (defect_ == Defect::end_moves_before_slot_is_filled && batch.size() > 1) {
    // B17: an offset is reserved first and filled later; readers pass the empty place.
    const Offset start = end();
    slots_.resize(start + batch.size());
    lock.unlock();
    widen(std::chrono::milliseconds(2));
    lock.lock();
    std::copy(batch.begin(), batch.end(), slots_.begin() + static_cast<std::ptrdiff_t>(start));
    return wake(start, start + batch.size(), woken);
  }
  batches_.resize(end() + batch.size(), end());
  for (const Parcel& parcel : batch) put(parcel);
  // B20: a counter that is drawn once too often.
  if (defect_ == Defect::batch_leaves_gap && batch.size() > 1) slots_.emplace_back();
  wake(shown, shown_end(), woken);
}

/// B84: each member is published on its own.
void Log::write_one_by_one(Lock& lock, std::span<const Parcel> batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::vector<Waker> woken;
    put(batch[i]);
    wake(end() - 1, end(), woken);
    lock.unlock();
    for (const Waker& waker : woken) waker.notify();
    if (i + 1 < batch.size()) widen();
    lock.lock();
  }
}

void Log::put(const Parcel& parcel) {
  // B70: the memory of a truncated event holds the next one that comes, whoever still looks at it.
  if (defect_ == Defect::truncation_recycles_held_events && !free_.empty()) {
    slots_[free_.back()] = parcel;
    free_.pop_back();
  }
  if (defect_ == Defect::data_is_cut_at_nul) {
    // B106: the data passes through a C string.
    eventstream::Envelope cut = *parcel;
    cut.data = cut.data.c_str();
    slots_.emplace_back(std::move(cut));
    return;
  }
  slots_.push_back(parcel);
}

Result<Offset> Log::append_nothing(Lock& lock) {
  const Offset start = end();
  if (defect_ != Defect::empty_batch_uses_an_offset) return start;
  // B89: an empty batch is written like any other.
  std::vector<Waker> woken;
  slots_.emplace_back();
  wake(start, end(), woken);
  lock.unlock();
  for (const Waker& waker : woken) waker.notify();
  return start;
}

/// B92: the appender waits for the slowest reader.
void Log::wait_for_slow_readers(Lock& lock) {
  caught_up_.wait(lock, [this] {
    return gone_ || std::none_of(open_.begin(), open_.end(), [this](const Waiter* cursor) {
             return cursor->position < end() && end() - cursor->position > 64;
           });
  });
}

}  // namespace mutants
