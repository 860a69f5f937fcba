#include <streamtest/explore/model.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace streamtest {

using eventstream::Offset;

namespace {

/// How far beyond the end a cursor may stand for events to be appended until one reaches it.
constexpr Offset reach = 8;

}  // namespace

bool Model::wants(const Cursor& cursor, std::size_t type) const {
  return std::find(cursor.filter.begin(), cursor.filter.end(), type) != cursor.filter.end();
}

/// The event that the cursor's next read is about: cut or not, it may not be passed over.
std::optional<std::size_t> Model::match(const Cursor& cursor) const {
  for (std::size_t i = 0; i < log_.size(); ++i)
    if (log_[i].offset >= cursor.position && wants(cursor, log_[i].type)) return i;
  return std::nullopt;
}

const Known* Model::at(Offset offset) const {
  const auto found = std::find_if(log_.begin(), log_.end(),
                                  [&](const Known& event) { return event.offset == offset; });
  return found == log_.end() ? nullptr : &*found;
}

/// D5: allowed if the cut lies above where the cursor is known to stand. A stream that truncates by
/// itself may have cut anything below its end.
bool Model::may_be_truncated(const Cursor& cursor) const {
  if (cursor.told_truncated) return true;
  const Offset stands = std::max(cursor.position, cursor.seen);
  return told_cut_ > stands || (claims_.retention && end() > stands);
}

/// D4: a cut event may still come out of a cursor that had it in hand; D11: or of one that can't
/// know yet.
bool Model::may_deliver(const Cursor& cursor, const Known& event) const {
  if (!was_cut(event) || claims_.staleness.count() > 0) return true;
  if (event.offset < cursor.cut_before || claims_.truncation == Truncation::strict) return false;
  return !claims_.held_events || std::ranges::none_of(cursor.held, [&](const auto& each) {
    return event.offset < each.first && each.second >= *claims_.held_events;
  });
}

bool Model::is_due(const Cursor& cursor) const {
  return cursor.closed || cursor.told_truncated || cursor.read->cancelled ||
         match(cursor).has_value();
}

bool Model::is_due(std::size_t slot) const {
  return is_due(cursors_.at(slot));
}

/// Adds what the pending read may return as things stand now.
void Model::look(Cursor& cursor) {
  if (!cursor.read) return;
  Read& read = *cursor.read;
  if (read.cancelled) read.allowed.cancelled = true;
  if (cursor.closed) {
    read.allowed.closed = true;
    return;
  }
  if (may_be_truncated(cursor)) read.allowed.truncated = true;
  if (cursor.told_truncated || (read.cancelled_before && !claims_.lenient_cancellation)) return;
  const std::optional<std::size_t> due = match(cursor);
  if (due && may_deliver(cursor, log_[*due])) read.allowed.event = due;
}

// ---- what is done

std::optional<Breach> Model::append(std::vector<Known> batch) {
  if (!log_.empty()) came_to(Situation::second_batch);
  if (told_cut_ > 0) {
    came_to(Situation::append_after_cut);
    cut_then_append_ = cut_then_append_ || cut_in_this_opening_;
  }
  if (reopened_) came_to(Situation::append_after_reopening);
  for (const Known& event : batch) {
    const bool right = claims_.sparse_offsets ? event.offset >= end() : event.offset == end();
    if (!right) {
      Breach breach{"ORD-3", fmt::format("was acknowledged with offset {} for {}, expected {}{}",
                                         event.offset, event.text,
                                         claims_.sparse_offsets ? "at least " : "", end())};
      if (truncations_) breach.suspects.push_back({"TRN-6", Drop::truncations});
      return breach;
    }
    log_.push_back(event);
  }
  std::vector<Cursor*> made_due;
  for (auto& [slot, cursor] : cursors_) {
    if (!cursor.read) continue;
    look(cursor);
    const std::optional<std::size_t> due = match(cursor);
    if (!due) {
      cursor.read->unmatched_append = true;
      came_to(Situation::unmatched_append_during_read);
    }
    if (due && *due >= log_.size() - batch.size() && !cursor.closed && !cursor.read->cancelled)
      made_due.push_back(&cursor);
  }
  for (Cursor* cursor : made_due) cursor->read->with_others = made_due.size() > 1;
  if (made_due.size() > 1) came_to(Situation::append_for_several);
  return std::nullopt;
}

std::optional<Breach> Model::truncate(Offset asked, std::optional<Offset> answer) {
  truncations_ = true;
  if (!answer) return std::nullopt;
  if (told_cut_ > 0 && asked <= told_cut_) came_to(Situation::cut_below_cut);
  const Offset wanted = std::max(told_cut_, std::min(asked, end()));
  const auto retained = [&](Offset first) {
    return std::count_if(log_.begin(), log_.end(),
                         [&](const Known& event) { return event.offset >= first; });
  };
  const bool coarse = claims_.truncation == Truncation::coarse;
  const bool enough =
      coarse ? retained(*answer) <= retained(cut_) : retained(*answer) <= retained(wanted);
  const bool hides = !claims_.sparse_offsets && *answer > end();
  if (!claims_.retention && (!enough || retained(*answer) < retained(wanted) || hides))
    return Breach{"TRN-7",
                  fmt::format("said that {} is the first offset that is left, expected {}{}",
                              *answer, coarse ? "at most " : "", wanted)};
  cut_ = std::max(cut_, *answer);
  const Offset before = std::exchange(told_cut_, coarse ? cut_ : std::max(cut_, wanted));
  if (told_cut_ > before) {
    cut_in_this_opening_ = true;
    cut_then_append_ = cut_was_kept_ = false;
  }
  for (auto& [slot, cursor] : cursors_) {
    if (!cursor.read) continue;
    if (!is_due(cursor)) {
      cursor.read->cut_while_waiting = true;
      came_to(Situation::cut_during_read);
    }
    look(cursor);
  }
  return std::nullopt;
}

std::optional<Breach> Model::open(std::size_t slot, Offset offset, std::vector<std::size_t> filter,
                                  const Seen& seen) {
  Cursor cursor;
  cursor.slot = slot;
  cursor.from = cursor.position = cursor.seen = offset;
  cursor.filter = std::move(filter);
  cursor.cut_before = cut_;
  cursor.beyond_end = offset > end();
  if (offset < told_cut_) came_to(Situation::open_below_cut);
  if (seen.kind == Seen::Kind::ok) {
    opened_slots_.insert(slot);
    cursors_.insert_or_assign(slot, std::move(cursor));
    return std::nullopt;
  }
  const bool truncated = seen.kind == Seen::Kind::truncated;
  if (truncated && may_be_truncated(cursor)) return std::nullopt;
  return Breach{truncated && cut_ > 0 ? "TRN-2" : "OPN-2",
                fmt::format("was refused with {}, expected a cursor{}", seen.text,
                            cut_ > 0 ? fmt::format("; the stream begins at {}", cut_) : "")};
}

std::optional<Breach> Model::close(std::size_t slot, const Seen& seen) {
  Cursor& cursor = cursors_.at(slot);
  const bool first = !cursor.closed;
  if (!first) came_to(Situation::second_close);
  if (cursor.read && !is_due(cursor)) came_to(Situation::close_during_read);
  if (first && cursor.told_truncated) came_to(Situation::close_after_truncated);
  cursor.closed = true;
  closed_slots_.insert(slot);
  look(cursor);
  if (seen.kind == (first ? Seen::Kind::ok : Seen::Kind::closed)) return std::nullopt;
  return Breach{first && cursor.told_truncated ? "CLS-6" : "CLS-1",
                fmt::format("gave {}, expected {}", seen.text,
                            first ? "success, because it is the first"
                                  : "cursor_closed, because it is closed already")};
}

void Model::destroy(std::size_t slot) {
  cursors_.erase(slot);
  closed_slots_.insert(slot);
}

void Model::reopen() {
  cursors_.clear();
  reopened_ = true;
  cut_was_kept_ = cut_was_kept_ || cut_then_append_;
  cut_in_this_opening_ = cut_then_append_ = false;
}

void Model::start(std::size_t slot, bool cancelled) {
  Cursor& cursor = cursors_.at(slot);
  if (cancelled) came_to(Situation::cancelled_before);
  if (cursor.closed) came_to(Situation::read_after_close);
  if (!cursor.closed && cursor.position < told_cut_) {
    came_to(Situation::read_below_cut);
    if (cut_was_kept_) came_to(Situation::read_below_cut_after_reopening);
  }
  cursor.read = Read{};
  cursor.read->logged = log_.size();
  cursor.was_cancelled = cursor.was_cancelled || cancelled;
  cursor.read->cancelled = cursor.read->cancelled_before = cancelled;
  cursor.read->after_close = cursor.closed;
  cursor.read->cut_before = cut_;
  cancels_ = cancels_ || cancelled;
  look(cursor);
}

void Model::cancel(std::size_t slot) {
  cancels_ = true;
  Cursor& cursor = cursors_.at(slot);
  if (cursor.read) {
    if (!is_due(cursor)) came_to(Situation::cancel_during_read);
    cursor.read->cancelled = cursor.was_cancelled = true;
  }
  look(cursor);
}

void Model::saw_wait(std::size_t slot) {
  Cursor& cursor = cursors_.at(slot);
  if (!claims_.coarse_position) cursor.seen = std::max(cursor.seen, end());
}

std::optional<std::size_t> Model::sentinel(std::size_t slot) const {
  const Cursor& cursor = cursors_.at(slot);
  if (cursor.position > end() + reach) return std::nullopt;
  return cursor.filter.front();
}

std::optional<Breach> Model::returned(std::size_t slot, const Seen& seen) {
  Cursor& cursor = cursors_.at(slot);
  if (!take(cursor, seen)) return judge(cursor, seen);
  cursor.read.reset();
  return std::nullopt;
}

/// The cursor is about to be moved behind the event.
void Model::came_to_event(const Cursor& cursor, std::size_t event) {
  using enum Situation;
  const auto came_if = [&](bool so, Situation situation) {
    if (so) came_to(situation);
  };
  const bool skipped = event > 0 && log_[event - 1].offset >= cursor.position;
  const bool others_closed =
      std::ranges::any_of(closed_slots_, [&](std::size_t slot) { return slot != cursor.slot; });
  came_to(event_read);
  came_if(cursor.from > log_.front().offset, event_of_middle);
  came_if(cursor.beyond_end, event_far_out);
  came_if(cursor.delivered, second_event);
  came_if(delivered_.contains(log_[event].offset), event_read_twice);
  came_if(skipped, unwanted_event_between);
  came_if(event >= cursor.read->logged, append_during_read);
  came_if(cursor.was_cancelled, event_after_cancel);
  came_if(others_closed, event_after_close_elsewhere);
  came_if(told_cut_ > 0, event_after_cut);
  came_if(reopened_, event_after_reopening);
}

/// Moves the cursor on if the outcome is allowed.
bool Model::take(Cursor& cursor, const Seen& seen) {
  const Allowed& allowed = cursor.read->allowed;
  switch (seen.kind) {
    case Seen::Kind::event: {
      if (!allowed.event) return false;
      const Known& expected = log_[*allowed.event];
      if (seen.offset != expected.offset || seen.content != expected.content) return false;
      came_to_event(cursor, *allowed.event);
      delivered_.insert(seen.offset);
      cursor.held.try_emplace(cursor.read->cut_before, 0);
      for (auto& [cut, events] : cursor.held)
        if (seen.offset < cut) ++events;
      cursor.position = seen.offset + 1;
      cursor.seen = std::max(cursor.seen, cursor.position);
      cursor.delivered = true;
      return true;
    }
    case Seen::Kind::truncated:
      cursor.told_truncated = cursor.told_truncated || allowed.truncated;
      return allowed.truncated;
    case Seen::Kind::cancelled:
      return allowed.cancelled;
    case Seen::Kind::closed:
      return allowed.closed;
    case Seen::Kind::ok:
    case Seen::Kind::other:
    case Seen::Kind::stuck:
      return false;
  }
  return false;
}

}  // namespace streamtest
