#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

// The table of events by offset, and what contradicts it: anomalies 3, 12, 2 (batches) and the part
// of 6 and 21 that needs no final reading.

namespace streamtest {

void Checker::Work::infer_batches() {
  if (!allowances.dense) return;
  for (const Reach& each : appended)
    if (call(each.call).count > 1) infer_batch(call(each.call));
}

/// Of a dense stream one offset of a batch gives the others.
void Checker::Work::infer_batch(const Call& append) {
  const Number end = append.first + append.count;
  Number known_member = no_number;
  bool all = true;
  for (Number event = append.first; event < end; ++event) {
    const EventFacts& facts = events[event];
    if (!facts.placed()) {
      all = false;
    } else if (known_member == no_number) {
      known_member = event;
      if (facts.offset < event - append.first) return;
    } else if (facts.offset - events[known_member].offset != event - known_member) {
      return;
    }
  }
  if (all || known_member == no_number) return;
  const EventFacts from = events[known_member];
  for (Number event = append.first; event < end; ++event)
    if (!events[event].placed()) {
      place(event, from.offset + event - known_member, from.placed_by);
      events[event].inferred = true;
    }
}

void Checker::Work::sort_table() {
  for (Number event = 0; event < events.size(); ++event)
    if (events[event].placed() && !events[event].failed)
      table.push_back({events[event].offset, event, record->sent[event].type});
  const auto less = [](const Entry& a, const Entry& b) {
    return std::tie(a.offset, a.event) < std::tie(b.offset, b.event);
  };
  if (!std::is_sorted(table.begin(), table.end(), less))
    std::sort(table.begin(), table.end(), less);
  for (Number rank = 0; rank < table.size(); ++rank) {
    EventFacts& facts = events[table[rank].event];
    facts.rank = rank;
    placed.add({rank, facts.acknowledged, table[rank].type, table[rank].event});
  }
  placed.build();
}

/// An event that was acknowledged without an offset, and never read, stands above all that was
/// known when its append began.
void Checker::Work::bound_unplaced() {
  waiting.clear();
  for (Number event = 0; event < events.size(); ++event)
    if (events[event].acknowledged != never && !events[event].placed()) waiting.push_back(event);
  if (!waiting.empty()) {
    known.clear();
    for (const Entry& entry : table)
      if (events[entry.event].known() != never)
        known.push_back({events[entry.event].known(), entry.offset, entry.event});
    std::sort(known.begin(), known.end(),
              [](const Reach& a, const Reach& b) { return a.at < b.at; });
    std::sort(waiting.begin(), waiting.end(), [&](Number a, Number b) {
      return call(events[a].append).invoked < call(events[b].append).invoked;
    });
    EventOffset bound = 0;
    auto next = known.begin();
    for (const Number event : waiting) {
      const Tick began = call(events[event].append).invoked;
      for (; next != known.end() && next->at < began; ++next)
        bound = std::max(bound, next->offset + 1);
      unplaced.add({bound, events[event].acknowledged, record->sent[event].type, event});
    }
  }
  unplaced.build();
}

Number Checker::Work::restart_between(Tick from, Tick to) const {
  for (const Number number : restarts)
    if (call(number).invoked > from && call(number).returned < to) return number;
  return no_number;
}

void Checker::Work::judge_offsets() {
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (table[i].offset != table[i - 1].offset) continue;
    Number first = table[i - 1].event;
    Number second = table[i].event;
    if (call(events[second].append).invoked < call(events[first].append).invoked)
      std::swap(first, second);
    const EventFacts& one = events[first];
    const EventFacts& other = events[second];
    const Tick began = call(other.append).invoked;
    const Number restart = restart_between(one.known(), began);
    const Reach cut = reach_at(told, began);
    Offence offence = Offence::two_at_one_offset;
    if (restart != no_number)
      offence = Offence::offset_used_again_after_restart;
    else if (one.known() < began && cut.offset > one.offset)
      offence = Offence::offset_used_again;
    else if (one.placed_by == one.append && other.placed_by == other.append)
      offence = Offence::offset_told_twice;
    report(offence, no_number,
           {one.placed_by, restart, offence == Offence::offset_used_again ? cut.call : no_number,
            other.placed_by},
           [&] {
             return fmt::format("offset {} holds event {} by {} and event {} by {}", one.offset,
                                first, actor(one.append), second, actor(other.append));
           });
  }
  if (allowances.dense && !table.empty() && table.back().offset >= total) {
    const Entry& last = table.back();
    report(Offence::no_such_offset, no_number, {events[last.event].placed_by}, [&] {
      return fmt::format("{} stands behind offsets that no event has: only {} were ever appended",
                         event_text(last.event), total);
    });
  }
}

/// Appends take effect in the order of offsets. So what stands lower must have begun before what
/// stands higher was acknowledged, or given to a reader.
void Checker::Work::judge_order() {
  Number latest = no_number;  // the event below whose append began last
  Tick latest_began = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Number event = table[i].event;
    const EventFacts& facts = events[event];
    // Which of two at one offset belongs there isn't known.
    if ((i > 0 && table[i - 1].offset == table[i].offset) ||
        (i + 1 < table.size() && table[i + 1].offset == table[i].offset))
      continue;
    if (latest != no_number && latest_began > facts.known()) {
      const EventFacts& lower = events[latest];
      if (latest_began > facts.acknowledged)
        report(Offence::acknowledged_before_but_higher, no_number,
               {facts.append, facts.placed_by, lower.append, lower.placed_by}, [&] {
                 return fmt::format(
                     "{} by {} was acknowledged before {} by {} was appended, and stands "
                     "behind it",
                     event_text(event), actor(facts.append), event_text(latest),
                     actor(lower.append));
               });
      else
        report(Offence::below_what_was_seen, no_number,
               {facts.first_reader, lower.append, lower.placed_by}, [&] {
                 return fmt::format(
                     "{} had been read before {} by {} was appended, and stands behind it",
                     event_text(event), event_text(latest), actor(lower.append));
               });
    }
    const Tick began = call(facts.append).invoked;
    if (latest == no_number || began > latest_began) {
      latest = event;
      latest_began = began;
    }
  }
}

void Checker::Work::judge_batches() {
  for (const Reach& each : appended)
    if (call(each.call).count > 1) judge_batch(each.call);
}

void Checker::Work::judge_batch(Number number) {
  const Call& append = call(number);
  Number before = no_number;
  for (Number event = append.first; event < append.first + append.count; ++event) {
    const EventFacts& facts = events[event];
    if (!facts.placed()) continue;
    if (before != no_number) {
      const EventFacts& last = events[before];
      const auto both = [&] {
        return fmt::format("{} and {} of one batch by {}", event_text(before), event_text(event),
                           actor(number));
      };
      if (facts.offset <= last.offset)
        return report(Offence::batch_out_of_order, no_number,
                      {number, last.placed_by, facts.placed_by},
                      [&] { return both() + " are not in its order"; });
      const std::size_t next = rank_of(last.offset + 1);
      if (facts.rank - last.rank > event - before && table[next].offset < facts.offset &&
          events[table[next].event].append != number) {
        const Number between = table[next].event;
        return report(Offence::batch_interleaved, no_number,
                      {number, last.placed_by, facts.placed_by, events[between].placed_by}, [&] {
                        return fmt::format("{} are parted by {}", both(), event_text(between));
                      });
      }
      if (allowances.dense && facts.offset - last.offset != event - before)
        return report(Offence::no_such_offset, no_number, {number, last.placed_by, facts.placed_by},
                      [&] { return both() + " have offsets between them that no event has"; });
    }
    before = event;
  }
}

}  // namespace streamtest
