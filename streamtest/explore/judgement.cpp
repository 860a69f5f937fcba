#include <streamtest/explore/model.hpp>

#include <fmt/format.h>

#include <algorithm>

// Which rule a read broke that returned what the model doesn't allow.

namespace streamtest {

std::string Model::describe(const Allowed& allowed) const {
  std::string text;
  const auto add = [&](const std::string& outcome) {
    text += (text.empty() ? "" : " or ") + outcome;
  };
  if (allowed.event) add(log_[*allowed.event].text);
  if (allowed.truncated) add("truncated");
  if (allowed.cancelled) add("cancelled");
  if (allowed.closed) add("cursor_closed");
  return text;
}

Breach Model::breach(std::string rule, const Cursor& cursor, const Seen& seen,
                     std::string_view why) const {
  const std::string allowed = describe(cursor.read->allowed);
  Breach found{std::move(rule), ""};
  found.stuck = seen.kind == Seen::Kind::stuck;
  found.what = fmt::format("{}, expected {}{}{}", found.stuck ? "is stuck" : "gave " + seen.text,
                           allowed.empty() ? "it to wait" : allowed, why.empty() ? "" : ": ", why);
  return found;
}

/// Rules about what one thing must not do to another; the breach itself doesn't tell. `by_cancel`
/// is what a cancel would have broken.
std::vector<Suspect> Model::suspects(const Cursor& cursor, std::string by_cancel) const {
  std::vector<Suspect> list;
  const auto elsewhere = [&](const std::set<std::size_t>& slots) {
    return std::any_of(slots.begin(), slots.end(),
                       [&](std::size_t slot) { return slot != cursor.slot; });
  };
  if (cancels_) list.push_back({std::move(by_cancel), Drop::cancels});
  if (elsewhere(closed_slots_)) list.push_back({"CLS-5", Drop::other_closes});
  if (elsewhere(opened_slots_)) list.push_back({"CON-1", Drop::other_cursors});
  return list;
}

/// The rule by which a cut match must be reported.
std::string Model::not_told(const Cursor& cursor) const {
  const std::optional<std::size_t> due = match(cursor);
  return due && log_[*due].offset < cursor.cut_before ? "TRN-2" : "TRN-1";
}

Breach Model::judge(const Cursor& cursor, const Seen& seen) const {
  const Read& read = *cursor.read;
  const bool stuck = seen.kind == Seen::Kind::stuck;
  if (read.after_close) return breach("CLS-2", cursor, seen, "the cursor was closed before");
  if (cursor.closed && seen.kind != Seen::Kind::event)
    return breach("CLS-3", cursor, seen, "the cursor was closed while it waited");
  if (cursor.told_truncated)
    return breach("TRN-1", cursor, seen, "it had reported truncated before");
  if (seen.kind == Seen::Kind::event) return wrong_event(cursor, seen);
  if (read.cancelled &&
      (stuck || seen.kind == Seen::Kind::other || seen.kind == Seen::Kind::closed))
    return breach(read.cancelled_before ? "CAN-1" : "CAN-2", cursor, seen,
                  read.cancelled_before ? "its token had asked to stop" : "it was cancelled");
  if (seen.kind == Seen::Kind::truncated && (truncations_ || claims_.retention))
    return wrong_truncated(cursor, seen);
  return stuck ? this->stuck(cursor) : without_cause(cursor, seen);
}

Breach Model::wrong_event(const Cursor& cursor, const Seen& seen) const {
  const Known* known = at(seen.offset);
  if (!known || known->content != seen.content) {
    const bool shown = known && delivered_.contains(seen.offset);
    return breach(shown ? "ORD-4" : "APP-3", cursor, seen,
                  known ? fmt::format("at {} stands {}", seen.offset, known->text)
                        : fmt::format("nothing was appended at {}", seen.offset));
  }
  if (!wants(cursor, seen.type))
    return breach("FLT-1", cursor, seen, "its filter doesn't have that type");
  return wrong_place(cursor, seen);
}

/// An event of the stream that the filter has, but not the one whose turn it is.
Breach Model::wrong_place(const Cursor& cursor, const Seen& seen) const {
  if (seen.offset < cursor.position) {
    Breach found = cursor.delivered
                       ? breach("ORD-1", cursor, seen,
                                fmt::format("it has delivered {} already", cursor.position - 1))
                       : breach(cursor.beyond_end ? "OPN-2" : "OPN-1", cursor, seen,
                                fmt::format("it was opened at {}", cursor.from));
    found.suspects = suspects(cursor, "CAN-3");
    return found;
  }
  const Known& due = log_[*match(cursor)];
  if (seen.offset > due.offset) {
    if (was_cut(due))
      return breach(
          not_told(cursor), cursor, seen,
          fmt::format("{} was truncated, and it passed over it without a word", due.text));
    Breach found = breach(cursor.delivered ? "ORD-2" : "OPN-1", cursor, seen,
                          fmt::format("it passed over {}", due.text));
    found.suspects = suspects(cursor, "CAN-3");
    return found;
  }
  if (cursor.closed) return breach("CLS-3", cursor, seen, "the event came after close returned");
  if (cursor.read->cancelled_before)
    return breach("CAN-1", cursor, seen, "its token had asked to stop");
  return breach(not_told(cursor), cursor, seen, fmt::format("the stream begins at {} now", cut_));
}

Breach Model::wrong_truncated(const Cursor& cursor, const Seen& seen) const {
  const std::string why =
      fmt::format("the stream begins at {}, and the cursor stands at {}", cut_, cursor.position);
  if (cursor.read->cut_while_waiting) return breach("TRN-5", cursor, seen, why);
  if (!cursor.delivered && cursor.cut_before > 0) return breach("TRN-2", cursor, seen, why);
  return breach("TRN-3", cursor, seen, why);
}

/// A read that returned no event and had nothing else to tell either.
Breach Model::without_cause(const Cursor& cursor, const Seen& seen) const {
  const std::optional<std::size_t> due = match(cursor);
  if (due && was_cut(log_[*due]) && !cursor.read->allowed.event)
    return breach(not_told(cursor), cursor, seen, fmt::format("{} was truncated", log_[*due].text));
  Breach found = due ? breach("BLK-2", cursor, seen, "the event is there")
                     : breach("BLK-1", cursor, seen, "nothing it could return has happened");
  found.suspects = suspects(cursor, "CAN-4");
  if (cursor.read->unmatched_append) found.suspects.push_back({"FLT-4", Drop::later_appends});
  return found;
}

Breach Model::stuck(const Cursor& cursor) const {
  const Seen seen{.kind = Seen::Kind::stuck};
  const Known& due = log_[*match(cursor)];
  if (was_cut(due) && !cursor.read->allowed.event)
    return breach(not_told(cursor), cursor, seen, fmt::format("{} was truncated", due.text));
  Breach found = breach("BLK-2", cursor, seen, "the event is there");
  found.suspects = suspects(cursor, "CAN-4");
  if (cursor.read->with_others) found.suspects.push_back({"BLK-4", Drop::other_reads});
  if (cursor.read->cut_while_waiting) found.suspects.push_back({"TRN-5", Drop::truncations});
  return found;
}

}  // namespace streamtest
