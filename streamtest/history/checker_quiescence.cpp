#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

// Who waits for ever although there is something to return: anomaly 15, and the parts of 2, 11, 22
// and 23 that show in the same way. Asked only where nothing could happen any more.

namespace streamtest {

void Checker::Work::judge_quiescence() {
  if (!quiescent) return;
  for (Number cursor = 0; cursor < cursors.size(); ++cursor)
    if (cursors[cursor].opened_by != no_number && cursors[cursor].pending != no_number)
      judge_pending_read(cursor);
  for (Number number = 0; number < judged; ++number) {
    const Call& close = call(number);
    if (close.kind == CallKind::close && outcome(close) == CameTo::pending &&
        cursors[close.cursor].opened_by != no_number)
      report(Offence::close_waits, close.cursor, {number},
             [&] { return fmt::format("close of {} doesn't return", name(close.cursor)); });
  }
}

void Checker::Work::judge_pending_read(Number number) {
  const CursorFacts& cursor = cursors[number];
  const Call& read = call(cursor.pending);
  const std::string& who = name(number);
  if (cursor.closed < read.invoked)
    report(Offence::read_after_close, number, {cursor.closed_by, cursor.pending},
           [&] { return fmt::format("{} had been closed, and a read of it waits for ever", who); });
  else if (cursor.closed != never)
    report(Offence::waits_though_closed, number, {cursor.closed_by, cursor.pending},
           [&] { return fmt::format("{} was closed, and its read still waits", who); });
  else if (read.cancelled != never)
    report(Offence::cancelled_and_waits, number, {cursor.pending},
           [&] { return fmt::format("a read of {} was cancelled and doesn't return", who); });
  else if (cursor.truncated_by != no_number)
    report(Offence::waits_though_truncated, number, {cursor.truncated_by, cursor.pending},
           [&] { return fmt::format("{} said truncated, and now it waits", who); });
  else if (read.kind == CallKind::try_next)
    report(Offence::waits_past_the_deadline, number, {cursor.pending},
           [&] { return fmt::format("a read of {} with a deadline doesn't return", who); });
  else if (asks_for_unsupported(cursor.opened_by) && allowances.lazy_type_check)
    report(Offence::open_accepts_type, number, {cursor.opened_by, cursor.pending}, [&] {
      return fmt::format("{} was opened with {}, which event_types() doesn't have, and waits", who,
                         record->types[filter(number).back()]);
    });
  else
    judge_waiting(number);
}

void Checker::Work::judge_waiting(Number number) {
  const CursorFacts& cursor = cursors[number];
  const Number read = cursor.pending;
  const std::size_t match = match_from(number, cursor.rank);
  Number event = match < table.size() ? table[match].event : no_number;
  const bool tabled = event != no_number;
  if (!tabled && !unplaced.empty()) {
    const TypeIndex::Item* item =
        unplaced.first_acknowledged(filter(number), cursor.position, never);
    if (item != nullptr) event = item->event;
  }
  const Number mate = event == no_number ? wanted_mate(number) : event;
  if (mate == no_number) return;
  const EventFacts& facts = events[mate];
  std::string sentence =
      fmt::format("{} waits for ever at offset {}, and {} by {} is there for it", name(number),
                  cursor.position, event_text(mate), actor(facts.append));
  if (facts.known() == never)
    report(
        outcome(call(facts.append)) == CameTo::ok || outcome(call(facts.append)) == CameTo::pending
            ? Offence::batch_in_part
            : Offence::unknown_append_in_part,
        number, {facts.append, cursor.last_read, read}, [&] {
          return fmt::format("{} waits for ever inside a batch of {}: event {} is missing",
                             name(number), actor(facts.append), mate);
        });
  else if (tabled && facts.offset < cut_at_most(never))
    report(Offence::waits_though_truncated, number,
           {facts.placed_by, reach_at(asked, never).call, read},
           [&] { return sentence + ", or was cut"; });
  else
    report(facts.known() < call(read).invoked ? Offence::waits_for_what_is_there
                                              : Offence::missed_its_wake_up,
           number, {facts.append, facts.seen() ? facts.first_reader : no_number, read},
           [&] { return sentence; });
}

}  // namespace streamtest
