#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// Reads that gave no event: anomalies 14, 16, 18, parts of 2, 19 and 22.

namespace streamtest {

/// A read that began after close had returned (CLS-2): closed, or Cancelled with a cancelled token.
void Checker::Work::judge_after_close(Number number) {
  const Call& read = call(number);
  const CameTo came_to = outcome(read);
  if (came_to == CameTo::closed || came_to == CameTo::unknown) return;
  if (came_to == CameTo::cancelled && read.cancelled < read.returned) return;
  report(Offence::read_after_close, read.cursor, {cursors[read.cursor].closed_by, number}, [&] {
    return came_to == CameTo::ok
               ? fmt::format("{} had been closed and gave {}", name(read.cursor),
                             seen_text(read.seen))
               : fmt::format("{} had been closed, and a read of it doesn't say so",
                             name(read.cursor));
  });
}

bool Checker::Work::restarted_by(Number cursor, Tick moment) const {
  const Tick opened = call(cursors[cursor].opened_by).invoked;
  return std::any_of(restarts.begin(), restarts.end(), [&](Number number) {
    return call(number).invoked > opened && call(number).invoked < moment;
  });
}

void Checker::Work::judge_without_event(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  const std::string& who = name(read.cursor);
  switch (outcome(read)) {
    case CameTo::truncated:
      if (cursor.truncated_by == no_number) {
        judge_truncated(number, false);
        cursor.truncated_by = number;
      }
      break;
    case CameTo::cancelled:
      if (read.cancelled >= read.returned)
        report(Offence::no_cause, read.cursor, {number}, [&] {
          return fmt::format("a read of {} returned Cancelled, and nobody had cancelled it", who);
        });
      if (cursor.cancelled_read == no_number) cursor.cancelled_read = number;
      break;
    case CameTo::closed:
      if (cursor.ending >= read.returned && !restarted_by(read.cursor, read.returned))
        report(Offence::no_cause, read.cursor, {cursor.opened_by, number}, [&] {
          return fmt::format("a read of {} said closed, and nobody had closed it", who);
        });
      break;
    case CameTo::neither:
      report(Offence::no_cause, read.cursor, {number}, [&] {
        return fmt::format("a read of {} returned with neither an event nor an error", who);
      });
      break;
    case CameTo::nothing:
      if (read.kind == CallKind::next)
        report(Offence::no_cause, read.cursor, {number}, [&] {
          return fmt::format("next of {} returned with nothing instead of waiting", who);
        });
      else
        judge_nothing(number);
      break;
    default:
      cursor.failed = true;
      break;
  }
}

void Checker::Work::judge_nothing(Number number) {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  const std::string& who = name(read.cursor);
  if (cursor.truncated_by != no_number)
    return report(Offence::truncated_once_only, read.cursor, {cursor.truncated_by, number},
                  [&] { return fmt::format("{} said truncated, and then nothing", who); });
  // What ends the cursor or the read at the same time may have come first.
  if (!allowances.fresh || cursor.ending < read.returned || read.cancelled < read.returned ||
      restarted_by(read.cursor, read.returned))
    return;
  // Finding the event takes long, and one is enough.
  if (reported(AnomalyKind::stale_end, read.cursor)) return;
  const auto& types = filter(read.cursor);
  const bool by_rank = placed.any_acknowledged(types, cursor.rank, read.invoked);
  if (!by_rank &&
      (unplaced.empty() || !unplaced.any_acknowledged(types, cursor.position, read.invoked)))
    return judge_inside_batch(number);
  const EventOffset cut = cut_at_most(read.returned);
  const TypeIndex::Item* item = placed.first_acknowledged(
      types, std::max<std::uint64_t>(cursor.rank, rank_of(cut)), read.invoked);
  if (item == nullptr)
    item = unplaced.first_acknowledged(types, std::max(cursor.position, cut), read.invoked);
  if (item != nullptr) return nothing_though(number, item->event);
  const bool below = cursor.position < reach_at(told, call(cursor.opened_by).invoked).offset;
  report(below ? Offence::cut_match_below_the_opening : Offence::cut_match_passed_over, read.cursor,
         {cursor.opened_by, reach_at(asked, read.returned).call, number}, [&] {
           return fmt::format(
               "{} stood at {} and said that nothing is there, though an event that it wants "
               "had been cut",
               who, cursor.position);
         });
}

void Checker::Work::nothing_though(Number number, Number event) {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  const EventFacts& facts = events[event];
  if (final_cursor != no_number && read.invoked >= final_phase && !facts.in_final)
    return;  // judge_final() tells it
  const Number restart = lost_over(facts, call(cursor.opened_by).invoked);
  report(
      restart == no_number ? Offence::nothing_though_acknowledged : restart_breach(facts, restart),
      read.cursor, {facts.append, restart, cursor.last_read, number}, [&] {
        return fmt::format("{} said that nothing is there, and {} had been acknowledged to {}",
                           name(read.cursor), event_text(event), actor(facts.append));
      });
}

/// Once an event of a batch was given to anyone, nobody finds the end inside of it (APP-1).
void Checker::Work::judge_inside_batch(Number number) {
  const Call& read = call(number);
  const CursorFacts& cursor = cursors[read.cursor];
  if (cut_at_most(read.returned) > cursor.position) return;
  Number mate = wanted_mate(read.cursor);
  Number reader = cursor.last_read;
  const std::size_t match = match_from(read.cursor, cursor.rank);
  if (mate == no_number && match < table.size()) {
    const Call& append = call(events[table[match].event].append);
    const EventFacts& first = events[append.first];
    if (!first.placed() || first.offset >= cursor.position) return;
    for (Number event = append.first; event < append.first + append.count; ++event)
      if (events[event].first_seen < read.invoked) {
        mate = table[match].event;
        reader = events[event].first_reader;
      }
  }
  if (mate != no_number)
    report(Offence::batch_in_part, read.cursor, {events[mate].append, reader, number}, [&] {
      return fmt::format(
          "{} found the end at {}, inside a batch of {} that had been read in part: "
          "event {} is missing",
          name(read.cursor), cursor.position, actor(events[mate].append), mate);
    });
}

Number Checker::Work::wanted_mate(Number cursor) const {
  const Number last = cursors[cursor].last_event;
  if (last == no_number || last >= events.size() || events[last].append == no_number ||
      events[last].failed)
    return no_number;
  const Call& append = call(events[last].append);
  for (Number event = last + 1; event < append.first + append.count; ++event)
    if (wants(cursor, record->sent[event].type)) return event;
  return no_number;
}

}  // namespace streamtest
