#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// What the final reading shows: anomalies 5, 6, 21 and 27, and batches that are there in part. Only
// what stands above every truncation can be missed: the rest may have been cut.

namespace streamtest {

void Checker::Work::find_final_cursor() {
  final_cursor = no_number;
  if (final_phase == never) return;
  const auto first =
      std::lower_bound(record->calls.begin(), record->calls.end(), final_phase,
                       [](const Call& each, Tick moment) { return each.invoked < moment; });
  for (auto number = static_cast<Number>(first - record->calls.begin()); number < judged;
       ++number) {
    const Call& each = call(number);
    const CameTo came_to = outcome(each);
    if (final_cursor == no_number) {
      if (each.kind == CallKind::open && came_to == CameTo::ok &&
          each.types.size() >= record->supported)
        final_cursor = number;
    } else if (each.cursor == call(final_cursor).cursor &&
               (each.kind == CallKind::next || each.kind == CallKind::try_next)) {
      if (came_to == CameTo::ok || came_to == CameTo::nothing || came_to == CameTo::pending ||
          came_to == CameTo::cancelled)
        continue;
      final_cursor = no_number;
      return;
    }
  }
}

/// The first entry of those that must be there which the final reading gave.
void Checker::Work::find_first_there() {
  first_there = 0;
  if (final_cursor == no_number) return;
  first_there = rank_of(final_start(final_cursor));
  while (first_there < table.size() && !events[table[first_there].event].in_final) ++first_there;
}

EventOffset Checker::Work::final_start(Number open) const {
  return std::max(cut_at_most(never), call(open).offset);
}

void Checker::Work::judge_final() {
  const Number open = final_cursor;
  if (open == no_number) return;
  for (const Reach& each : appended)
    if (call(each.call).count > 1) judge_part(open, each.call);
  judge_lost(open);
  if (allowances.dense && unplaced.empty()) judge_holes(open);
}

Number Checker::Work::final_read(Number open, EventOffset offset) const {
  Number last = open;
  for (Number number = open + 1; number < judged; ++number) {
    const Call& each = call(number);
    if (each.cursor != call(open).cursor ||
        (each.kind != CallKind::next && each.kind != CallKind::try_next))
      continue;
    last = number;
    if (outcome(each) == CameTo::ok && each.seen.offset >= offset) break;
  }
  return last;
}

/// An atomic batch of which the final reading gave only some.
void Checker::Work::judge_part(Number open, Number number) {
  const Call& append = call(number);
  const EventOffset start = final_start(open);
  Number there = no_number;
  Number missing = no_number;
  for (Number event = append.first; event < append.first + append.count; ++event) {
    EventFacts& facts = events[event];
    if (facts.in_final) {
      there = event;
      continue;
    }
    // Where nothing was cut, or behind one that is there, it must be there as well.
    const bool retained = facts.placed() ? facts.offset >= start : start == 0 || there != no_number;
    if (!facts.seen() && retained) missing = event;
  }
  if (there == no_number || missing == no_number) return;
  const Number restart = lost_over(events[missing], call(open).invoked);
  const bool crashed = restart_between(append.invoked, call(open).invoked) != no_number;
  Offence offence = Offence::batch_in_part;
  if (restart != no_number || (crashed && outcome(append) != CameTo::ok))
    offence = Offence::batch_in_part_after_crash;
  else if (outcome(append) != CameTo::ok)
    offence = Offence::unknown_append_in_part;
  if (!reported(kind_of(offence), no_number))
    report(offence, no_number, {number, restart, final_read(open, events[there].offset)}, [&] {
      return fmt::format("{} of {}'s batch is there at the end, and {} is not", event_text(there),
                         actor(number), event_text(missing));
    });
  for (Number event = append.first; event < append.first + append.count; ++event)
    if (!events[event].seen()) events[event].in_final = true;  // told once is enough
}

Number Checker::Work::lost_over(const EventFacts& facts, Tick until) const {
  for (const Number number : restarts) {
    const Call& restart = call(number);
    if (facts.known() < restart.invoked && facts.last_seen < restart.invoked &&
        restart.returned < until)
      return number;
  }
  return no_number;
}

Offence Checker::Work::restart_breach(const EventFacts& facts, Number restart) const {
  if (call(restart).kind == CallKind::reopen) return Offence::gone_after_reopen;
  return facts.acknowledged != never ? Offence::gone_after_crash
                                     : Offence::seen_and_gone_after_crash;
}

Offence Checker::Work::why_lost(Number open, const EventFacts& facts) const {
  const Number restart = lost_over(facts, call(open).invoked);
  if (restart != no_number) return restart_breach(facts, restart);
  // Gone from the cut up to here: the cut took it.
  if (!asked.empty() && facts.placed() && facts.rank < first_there)
    return Offence::retained_and_gone;
  return facts.acknowledged != never ? Offence::acknowledged_and_gone : Offence::seen_and_gone;
}

void Checker::Work::judge_lost(Number open) {
  const EventOffset start = final_start(open);
  for (std::size_t rank = rank_of(start); rank < table.size(); ++rank) {
    const EventFacts& facts = events[table[rank].event];
    if (facts.known() != never && !facts.in_final && wants(call(open).cursor, table[rank].type))
      lost(open, table[rank].event);
  }
  for (const TypeIndex::Item& item : unplaced.items())
    if (item.key >= start && !events[item.event].in_final && wants(call(open).cursor, item.type))
      lost(open, item.event);
}

void Checker::Work::lost(Number open, Number event) {
  const EventFacts& facts = events[event];
  const Offence offence = why_lost(open, facts);
  // The first one of a kind stands for all.
  if (reported(kind_of(offence), no_number)) return;
  const bool acknowledged = facts.acknowledged != never;
  report(offence, no_number,
         {acknowledged ? facts.append : facts.first_reader, lost_over(facts, call(open).invoked),
          offence == Offence::retained_and_gone ? asked.back().call : no_number, open,
          final_read(open, facts.placed() ? facts.offset : never)},
         [&] {
           return fmt::format(
               "{} by {} was {} and isn't there when {} reads everything at the end{}",
               event_text(event), actor(facts.append), acknowledged ? "acknowledged" : "read",
               name(call(open).cursor),
               offence == Offence::retained_and_gone
                   ? fmt::format(", though only what is below {} was to be cut", final_start(open))
                   : std::string());
         });
}

void Checker::Work::judge_holes(Number open) {
  EventOffset expected = final_start(open);
  for (std::size_t rank = rank_of(expected); rank < table.size(); ++rank) {
    const EventOffset offset = table[rank].offset;
    if (offset > expected)
      return report(
          Offence::no_such_offset, no_number,
          {rank == 0 ? open : events[table[rank - 1].event].placed_by, final_read(open, offset)},
          [&] {
            return fmt::format("no event has offset {}, and {} stands behind it", expected,
                               event_text(table[rank].event));
          });
    expected = offset + 1;
  }
}

}  // namespace streamtest
