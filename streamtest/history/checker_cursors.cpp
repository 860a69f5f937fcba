#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// The calls of each cursor, one after the other: anomalies 1 (unknown events), 7 to 11, 19, 20, 22,
// 23 and 29. Reads that gave no event are judged in checker_empty_reads.cpp.

namespace streamtest {
namespace {

bool is_loss(Offence offence) {
  const AnomalyKind kind = offence_rules()[static_cast<std::size_t>(offence)].kind;
  return kind == AnomalyKind::lost_event || kind == AnomalyKind::over_truncation ||
         kind == AnomalyKind::restart_loss;
}

}  // namespace

void Checker::Work::judge_cursors() {
  for (Number number = 0; number < judged; ++number) {
    const Call& each = call(number);
    switch (each.kind) {
      case CallKind::open:
        judge_open(number);
        break;
      case CallKind::next:
      case CallKind::try_next:
        judge_read(number);
        break;
      case CallKind::close:
        judge_close(number);
        break;
      case CallKind::destroy:
        cursors[each.cursor].opened_by = no_number;
        break;
      case CallKind::reopen:
      case CallKind::crash:
        for (CursorFacts& cursor : cursors) cursor.opened_by = no_number;
        break;
      case CallKind::event_types:
        for (Number type = 0; type < record->supported && outcome(each) == CameTo::ok; ++type)
          if (!std::binary_search(each.types.begin(), each.types.end(), type))
            report(Offence::type_not_listed, no_number, {number},
                   [&] { return fmt::format("event_types() lacks {}", record->types[type]); });
        break;
      default:
        break;
    }
  }
}

std::size_t Checker::Work::rank_of(EventOffset offset) const {
  const auto found =
      std::lower_bound(table.begin(), table.end(), offset,
                       [](const Entry& entry, EventOffset least) { return entry.offset < least; });
  return static_cast<std::size_t>(found - table.begin());
}

std::size_t Checker::Work::match_from(Number cursor, std::size_t rank) const {
  // Mostly it is one of the next few.
  constexpr std::size_t few = 8;
  for (std::size_t end = std::min(rank + few, table.size()); rank < end; ++rank)
    if (wants(cursor, table[rank].type)) return rank;
  const std::uint64_t next = placed.next(filter(cursor), rank);
  return next == TypeIndex::none ? table.size() : static_cast<std::size_t>(next);
}

void Checker::Work::judge_thrown(Number number, Offence offence) {
  const Call& each = call(number);
  report(offence, each.cursor, {number}, [&] {
    return fmt::format("{} of {} threw an exception; outcomes are values", to_string(each.kind),
                       name(each.cursor));
  });
}

void Checker::Work::judge_open(Number number) {
  const Call& open = call(number);
  if (outcome(open) == CameTo::truncated) judge_truncated(number, true);
  if (outcome(open) == CameTo::threw) judge_thrown(number, Offence::open_threw);
  CursorFacts& cursor = cursors[open.cursor];
  const CursorFacts before = cursor;
  cursor = {};
  cursor.ending = before.ending;
  cursor.second_ending = before.second_ending;
  if (outcome(open) != CameTo::ok) return;
  cursor.opened_by = number;
  cursor.position = open.offset;
  cursor.rank = rank_of(open.offset);
  for (std::size_t word = 0; word < words; ++word) filters[open.cursor * words + word] = 0;
  for (const std::uint32_t type : open.types)
    filters[open.cursor * words + type / 64] |= std::uint64_t{1} << (type % 64);
  for (const Reach& each : gone)
    if (each.at < open.invoked && each.offset > cursor.gone_below && open.offset < each.offset &&
        allowances.fresh) {
      cursor.gone_by = each.call;
      cursor.gone_below = each.offset;
    }
  if (asks_for_unsupported(number) && !allowances.lazy_type_check)
    report(Offence::open_accepts_type, open.cursor, {number}, [&] {
      return fmt::format("open of {} accepted {}, which event_types() doesn't have",
                         name(open.cursor), record->types[open.types.back()]);
    });
}

void Checker::Work::judge_read(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  if (cursor.opened_by == no_number) return;
  const CameTo came_to = outcome(read);
  if (came_to == CameTo::pending) {
    cursor.pending = number;
  } else if (came_to == CameTo::threw) {
    cursor.failed = true;
    judge_thrown(number, Offence::read_threw);
  } else if (cursor.closed < read.invoked) {
    judge_after_close(number);
  } else if (came_to == CameTo::ok) {
    judge_event(number);
  } else {
    judge_without_event(number);
  }
}

void Checker::Work::judge_close(Number number) {
  const Call& close = call(number);
  CursorFacts& cursor = cursors[close.cursor];
  const CameTo came_to = outcome(close);
  if (cursor.opened_by == no_number || came_to == CameTo::pending) return;
  if (came_to == CameTo::threw) return judge_thrown(number, Offence::close_threw);
  const bool again = cursor.closed < close.invoked;
  if (again && came_to == CameTo::ok)
    report(Offence::closed_twice, close.cursor, {cursor.closed_by, number}, [&] {
      return fmt::format("{} was closed, and closing it again succeeded", name(close.cursor));
    });
  // Which of two racing closes succeeds isn't fixed, and after a failure none needs to.
  const bool only = cursor.ending == close.invoked && cursor.second_ending > close.returned;
  if (!again && came_to == CameTo::closed && only && !cursor.failed &&
      cursor.truncated_by == no_number && !restarted_by(close.cursor, close.returned))
    report(Offence::close_refused, close.cursor, {cursor.opened_by, number}, [&] {
      return fmt::format("the first close of {} said that it was closed already",
                         name(close.cursor));
    });
  const bool done = came_to == CameTo::ok || came_to == CameTo::closed;
  if (done && close.returned < cursor.closed) {
    cursor.closed = close.returned;
    cursor.closed_by = number;
  }
}

void Checker::Work::judge_event(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  const SeenEvent& seen = read.seen;
  if (seen.event == SeenEvent::unknown || events[seen.event].append == no_number) {
    const std::size_t rank = rank_of(seen.offset);
    if (rank < table.size() && table[rank].offset == seen.offset)
      report(Offence::changed, read.cursor, {events[table[rank].event].placed_by, number}, [&] {
        return fmt::format("{} was given {} as something that nobody sent", name(read.cursor),
                           event_text(table[rank].event));
      });
    else
      report(Offence::never_sent, read.cursor, {number}, [&] {
        return fmt::format("{} gave an event at offset {} that nobody sent", name(read.cursor),
                           seen.offset);
      });
  }
  if (read.cancelled < read.invoked && !allowances.lenient_cancellation)
    report(Offence::cancelled_before_and_given, read.cursor, {number}, [&] {
      return fmt::format("{} gave {} to a read whose token had been cancelled before it began",
                         name(read.cursor), seen_text(seen));
    });
  judge_type(number);
  if (cursor.truncated_by != no_number)
    report(Offence::event_after_truncated, read.cursor, {cursor.truncated_by, number}, [&] {
      return fmt::format("{} gave {} after it had said truncated", name(read.cursor),
                         seen_text(seen));
    });
  judge_place(number);
  move_on(number);
}

void Checker::Work::judge_type(Number number) {
  const Call& read = call(number);
  const SeenEvent& seen = read.seen;
  const Number open = cursors[read.cursor].opened_by;
  if (allowances.lazy_type_check && asks_for_unsupported(open))
    report(Offence::open_accepts_type, read.cursor, {open, number}, [&] {
      return fmt::format("{} was opened with {}, which event_types() doesn't have, and reads",
                         name(read.cursor), record->types[call(open).types.back()]);
    });
  const bool sent = seen.event != SeenEvent::unknown;
  const Number type = sent ? record->sent[seen.event].type : seen.type;
  if (type == SeenEvent::unknown) return;
  if (type >= record->supported)
    report(Offence::type_not_listed, read.cursor, {number}, [&] {
      return fmt::format("{} gave {} of type {}, which event_types() doesn't have",
                         name(read.cursor), seen_text(seen), record->types[type]);
    });
  if (wants(read.cursor, type) || reported(AnomalyKind::filter_leak, read.cursor)) return;
  // Whose filter it may have taken: an earlier cursor's that doesn't simply have all types.
  Number other = no_number;
  for (Number earlier = 0; earlier < open; ++earlier) {
    const Call& each = call(earlier);
    if (each.kind == CallKind::open && outcome(each) == CameTo::ok && each.cursor != read.cursor &&
        each.types.size() < record->supported &&
        std::binary_search(each.types.begin(), each.types.end(), type))
      other = earlier;
  }
  report(other == no_number ? Offence::type_not_asked_for : Offence::anothers_event, read.cursor,
         {other, open, number}, [&] {
           return fmt::format("{} gave {} of type {}, which its filter doesn't have{}",
                              name(read.cursor), seen_text(seen), record->types[type],
                              other == no_number
                                  ? std::string()
                                  : fmt::format(", but that of {} does", name(call(other).cursor)));
         });
}

void Checker::Work::judge_place(Number number) {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  const EventOffset offset = read.seen.offset;
  if (offset < cursor.position) {
    if (cursor.last_read == no_number)
      report(Offence::before_the_opening, read.cursor, {cursor.opened_by, number}, [&] {
        return fmt::format("{} was opened at offset {} and gave {}", name(read.cursor),
                           cursor.position, seen_text(read.seen));
      });
    else
      report(Offence::went_back, read.cursor, {cursor.last_read, number}, [&] {
        return fmt::format("{} gave {} after offset {}", name(read.cursor), seen_text(read.seen),
                           call(cursor.last_read).seen.offset);
      });
    return;
  }
  if (cursor.rank < table.size() && table[cursor.rank].offset < offset) {
    const std::size_t match = match_from(read.cursor, cursor.rank);
    if (match < table.size() && table[match].offset < offset &&
        table[match].event != read.seen.event)
      passed_over(number, match);
  }
  judge_cut_event(number);
}

void Checker::Work::move_on(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  const SeenEvent& seen = read.seen;
  cursor.position = seen.offset == never ? never : seen.offset + 1;
  const bool in_place = seen.event != SeenEvent::unknown && events[seen.event].rank != no_number &&
                        events[seen.event].offset == seen.offset;
  cursor.rank = in_place ? events[seen.event].rank + 1 : rank_of(cursor.position);
  while (cursor.rank < table.size() && table[cursor.rank].offset < cursor.position) ++cursor.rank;
  cursor.last_read = number;
  cursor.last_event = seen.event;
  cursor.cancelled_read = no_number;
}

Offence Checker::Work::why_passed_over(Number number, const EventFacts& victim) const {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  if (victim.offset < cut_at_most(read.returned))
    return victim.offset < reach_at(told, call(cursor.opened_by).invoked).offset
               ? Offence::cut_match_below_the_opening
               : Offence::cut_match_passed_over;
  const Number restart = lost_over(victim, call(cursor.opened_by).invoked);
  if (restart != no_number) return restart_breach(victim, restart);
  if (final_cursor != no_number && victim.acknowledged != never && !victim.seen())
    return why_lost(final_cursor, victim);
  if (cursor.cancelled_read != no_number) return Offence::cancelled_and_passed_over;
  return victim.known() > read.returned ? Offence::came_up_late : Offence::passed_over;
}

void Checker::Work::passed_over(Number number, std::size_t victim_rank) {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  const Number event = table[victim_rank].event;
  const EventFacts& victim = events[event];
  const Offence offence = why_passed_over(number, victim);
  const bool cut = victim.offset < cut_at_most(read.returned);
  if (!cut && !victim.in_final && final_cursor != no_number && read.invoked >= final_phase)
    return;  // judge_final() tells it
  const bool after = cursor.last_read != no_number;
  std::string_view how = "which it passed over";
  Number more = no_number;
  if (offence == Offence::cut_match_passed_over ||
      offence == Offence::cut_match_below_the_opening) {
    how = "which was cut, without a word";
    more = reach_at(asked, read.returned).call;
  } else if (offence == Offence::cancelled_and_passed_over) {
    how = "which a cancelled read took with it";
    more = cursor.cancelled_read;
  } else if (offence == Offence::came_up_late) {
    how = "which came up later";
  } else if (is_loss(offence)) {
    how = "which was acknowledged or read before, and is gone";
    more = lost_over(victim, call(cursor.opened_by).invoked);
  }
  report(offence, read.cursor,
         {after ? cursor.last_read : cursor.opened_by, number, victim.placed_by, more}, [&] {
           return fmt::format("{} gave {} {} offset {}, without {} in between, {}",
                              name(read.cursor), seen_text(read.seen),
                              after ? "after" : "opened at",
                              after ? call(cursor.last_read).seen.offset : cursor.position,
                              event_text(event), how);
         });
}

}  // namespace streamtest
