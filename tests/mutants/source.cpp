#include "source.hpp"

#include <algorithm>
#include <chrono>

namespace mutants {

using eventstream::Envelope;

namespace {

/// How many events one poll looks at before it lets a close or a cancel in (CAN-5).
constexpr Offset scan_budget = 1024;
constexpr Offset page = 128;

/// What it costs to look at an event that has to be loaded first.
void load_slowly() {
  using Clock = std::chrono::steady_clock;
  for (const auto until = Clock::now() + std::chrono::nanoseconds(50); Clock::now() < until;) {
  }
}

}  // namespace

LogSource::LogSource(std::shared_ptr<Log> log, Offset opened_at, Filter filter)
    : log_(std::move(log)),
      waiter_(std::make_shared<Waiter>(std::move(filter))),
      opened_at_(opened_at) {
  position() = opened_at;
  const auto lock = log_->lock();
  first_at_open_ = log_->first();
  end_at_open_ = log_->end();
  log_->enter(waiter_.get());
  if (has(Defect::equal_filters_share_position))
    shared_position_ = log_->shared_position(waiter_->filter.types(), opened_at);
}

LogSource::~LogSource() {
  if (has(Defect::close_empties_all_waiters))
    let_others_in(std::chrono::milliseconds(5));  // until they wait
  {
    const auto lock = log_->lock();
    log_->leave(waiter_.get());
    // B63: closing one cursor clears the table in which all are.
    if (has(Defect::close_empties_all_waiters)) log_->forget_waiters();
    // B64: whoever destroys the cursor forgets the registration; the next append touches it.
    if (has(Defect::destroyed_waiter_stays_registered)) waiter_->destroyed = true;
  }
  if (!has(Defect::destroyed_waiter_stays_registered)) log_->unwatch(waiter_);
}

Result<Event> LogSource::poll() {
  const auto lock = log_->lock();
  // The seed's suite: the position is kept by filter, not by cursor.
  if (shared_position_) position() = *shared_position_;
  Result<Event> seen = look();
  if (shared_position_) *shared_position_ = position();
  if (has(Defect::slow_reader_blocks_append)) log_->moved();
  holds_next_ = position() < log_->end() && position() >= log_->first();
  return seen;
}

Result<Event> LogSource::look() {
  if (log_->gone()) return Errc::cursor_closed;
  if (const auto offset = std::exchange(waiter_->empty_event, std::nullopt)) {
    position() = *offset + 1;
    return Event{*offset, Parcel()};
  }
  if (is_truncated()) {
    // The engine's exception is passed on as it comes (B112).
    if (has(Defect::truncated_becomes_backend_failure)) return Errc::backend_failure;
    // B76: the answer leaves the position behind the gap.
    if (has(Defect::first_truncated_moves_position)) position() = log_->first();
    // Decision D3: a cursor that failed tidies itself up and is closed from then on.
    if (has(Defect::failed_cursor_closes_itself) && std::exchange(failed_, true))
      return Errc::cursor_closed;
    return Errc::truncated;
  }
  if (has(Defect::slow_reader_loses_oldest)) lose_oldest();
  Result<Event> seen = scan();
  // B48: the wait has an end of its own.
  if (has(Defect::wait_times_out) && !seen && seen.error() == Errc::not_yet) return Errc::timed_out;
  return seen;
}

bool LogSource::is_truncated() {
  const Offset first = log_->first();
  // B83: begin == end counts as lagging behind, also for one that is at the end.
  if (has(Defect::truncation_disturbs_the_tail) &&
      (waiter_->told_truncated || (first > first_at_open_ && position() == first)))
    return true;
  if (position() >= first) return false;
  // B69: it holds the event that comes next, whose memory is another's by now.
  if (has(Defect::truncation_recycles_held_events) && holds_next_ && log_->at(position()) &&
      waiter_->filter.wants(log_->at(position())->type))
    return false;
  // B24: it goes on at the first event that is there, without a word.
  const bool jumps = has(Defect::reader_below_cut_jumps) ||
                     // B74: the same, but only for a reader whose segment was deleted under it.
                     (has(Defect::truncation_under_reader_makes_it_jump) && last_);
  if (jumps) position() = first;
  return !jumps;
}

Result<Event> LogSource::scan() {
  const Offset end = log_->shown_end();
  // B56: cancel is looked at when the end is reached, and not before.
  const Offset budget = has(Defect::scan_has_no_budget) ? end : scan_budget;
  const Offset stop = position() < end ? position() + std::min(end - position(), budget) : 0;
  Offset without_match = 0;
  blocked_ = false;
  while (position() < stop) {
    if (has(Defect::scan_has_no_budget)) load_slowly();
    const Offset offset = position();
    const Parcel& parcel = log_->at(offset);
    // B107: what is larger than a fetch is never fetched.
    blocked_ = parcel && parcel->data.size() > max_event_size;
    // B27: a page without a match is taken for the end.
    if (has(Defect::page_without_match_is_end)) blocked_ = without_match == page;
    if (blocked_) return Errc::not_yet;
    ++position();
    // B04, B21: later pages are asked for with > instead of >=.
    if (has(Defect::later_pages_lose_first_event) && offset > opened_at_ &&
        (offset - opened_at_) % page == 0)
      continue;
    if (parcel && wants(parcel)) return deliver(offset, parcel);
    ++without_match;
  }
  return position() < end ? Errc::skipped : Errc::not_yet;
}

bool LogSource::wants(const Parcel& parcel) {
  if (waiter_->filter.wants(parcel->type)) return true;
  // B37: a filter that is only good at chunks.
  return has(Defect::foreign_type_slips_through) && ++passed_ % 16 == 0;
}

Result<Event> LogSource::deliver(Offset offset, const Parcel& parcel) {
  last_ = offset;
  if (has(Defect::created_at_is_time_of_delivery)) {
    // B26: what an offset shows differs from read to read.
    Envelope copy = *parcel;
    copy.created_at = std::chrono::system_clock::now();
    return Event{offset, Parcel(std::move(copy))};
  }
  if (has(Defect::event_is_a_view_of_a_buffer)) {
    // B69: one buffer a cursor, filled again by each call.
    if (buffer_)
      const_cast<Envelope&>(*buffer_) = *parcel;
    else
      buffer_ = Parcel(Envelope(*parcel));
    return Event{offset, buffer_};
  }
  // The counter moves once an append.
  if (has(Defect::batch_shares_one_offset)) return Event{log_->batch_of(offset), parcel};
  return Event{offset, parcel};
}

/// B91: what arrives is kept in a ring of 256.
void LogSource::lose_oldest() {
  const Offset end = log_->end();
  const Offset arrived_from = std::max(position(), end_at_open_);
  if (position() >= end_at_open_ && arrived_from < end && end - arrived_from > 256)
    position() = end - 256;
}

bool LogSource::watch(const Waker& waker) {
  return log_->watch(waiter_, waker, !blocked_);
}

void LogSource::unwatch() {
  const bool woken = log_->unwatch(waiter_);
  // B02, B03: the tail is asked for from the last delivered offset, inclusive.
  if (has(Defect::wake_up_repeats_last_event) && woken && last_) position() = *last_;
}

}  // namespace mutants
