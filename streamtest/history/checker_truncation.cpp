#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// What was cut: anomalies 17, 18 and 20, by decisions D4 and D5 of the contract.

namespace streamtest {

void Checker::Work::gather_truncations() {
  for (Number number = 0; number < judged; ++number) {
    const Call& truncate = call(number);
    if (truncate.kind != CallKind::truncate) continue;
    const CameTo came_to = outcome(truncate);
    if (came_to == CameTo::failed) continue;
    if (asked.empty()) list_beginnings();
    // One of unknown outcome may come into effect later.
    const EventOffset end = end_at_most(came_to == CameTo::ok ? truncate.returned : never);
    EventOffset most = std::min(truncate.offset, end);
    if (came_to == CameTo::ok) most = std::max(most, truncate.told);
    if (came_to == CameTo::ok && truncate.told > end)
      report(Offence::told_beyond_the_end, no_number, {number}, [&] {
        return fmt::format(
            "{} was told that {} is the first offset left, and the stream ended at {}",
            actor(number), truncate.told, end);
      });
    asked.push_back({cut_after(truncate), most, number});
    if (came_to == CameTo::ok) told.push_back({truncate.returned, truncate.told, number});
  }
  cuts = asked;
  rise(asked);
  rise(told);
}

/// By moment, each with the highest offset until then.
void Checker::Work::rise(std::vector<Reach>& list) {
  std::sort(list.begin(), list.end(), [](const Reach& a, const Reach& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < list.size(); ++i)
    if (list[i].offset < list[i - 1].offset) {
      list[i].offset = list[i - 1].offset;
      list[i].call = list[i - 1].call;
    }
}

/// The moment before which the truncation can't have taken effect: what it cut was there then.
Tick Checker::Work::cut_after(const Call& truncate) const {
  const auto behind =
      std::lower_bound(beginnings.begin(), beginnings.end(), truncate.told,
                       [](const Reach& each, EventOffset offset) { return each.offset < offset; });
  if (!allowances.dense || outcome(truncate) != CameTo::ok || behind == beginnings.begin())
    return truncate.invoked;
  return std::max(truncate.invoked, (behind - 1)->at);
}

/// For each offset, when the last append up to it began.
void Checker::Work::list_beginnings() {
  Tick below = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Tick began = call(events[table[i].event].append).invoked;
    // Of two events at one offset the first one is enough to make the stream reach there.
    if (i > 0 && table[i - 1].offset == table[i].offset) {
      beginnings.back().at = std::max(below, std::min(beginnings.back().at, began));
    } else {
      below = beginnings.empty() ? 0 : beginnings.back().at;
      beginnings.push_back({std::max(below, began), table[i].offset, no_number});
    }
  }
}

/// Where the end of the stream was at most: a dense one has no more offsets than events, and an
/// event that comes later isn't below it. Of a sparse one nothing is known.
EventOffset Checker::Work::end_at_most(Tick moment) const {
  if (!allowances.dense) return never;
  const EventOffset count = reach_at(appended, moment).offset;
  const auto later = std::upper_bound(beginnings.begin(), beginnings.end(), moment,
                                      [](Tick at, const Reach& each) { return at < each.at; });
  return later == beginnings.end() ? count : std::min(count, later->offset);
}

/// The last of the list before that moment; offset 0 and no call if there is none.
Checker::Work::Reach Checker::Work::reach_at(const std::vector<Reach>& list, Tick moment) const {
  const auto after = std::upper_bound(list.begin(), list.end(), moment,
                                      [](Tick at, const Reach& reach) { return at < reach.at; });
  return after == list.begin() ? Reach{} : *(after - 1);
}

/// What is gone when a cursor at that position has been told truncated: the position, and all that
/// each truncation cut which can have been the cause.
EventOffset Checker::Work::surely_cut(EventOffset position, Tick moment) const {
  EventOffset least = never;
  for (const Reach& cut : cuts)
    if (cut.offset > position && cut.at < moment)
      least = std::min(least, outcome(call(cut.call)) == CameTo::ok ? call(cut.call).told : 0);
  return std::max(position + 1, least);
}

/// A read gave an event: one that was cut before it began?
void Checker::Work::judge_cut_event(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  const EventOffset offset = read.seen.offset;
  if (offset < cursor.gone_below)
    return report(Offence::cut_event_is_back, read.cursor,
                  {cursor.gone_by, cursor.opened_by, number}, [&] {
                    return fmt::format(
                        "{} gave {}, and before it was opened {} had been told that it is "
                        "truncated",
                        name(read.cursor), seen_text(read.seen), name(call(cursor.gone_by).cursor));
                  });
  if (told.empty()) return;
  const Reach cut = reach_at(told, read.invoked);
  // Within its staleness a cursor may not know yet (D11).
  if (cut.call == no_number || offset >= cut.offset || !allowances.fresh) return;
  const Call& open = call(cursor.opened_by);
  std::string sentence = fmt::format("{} gave {} after the stream had been cut at {}",
                                     name(read.cursor), seen_text(read.seen), cut.offset);
  const Reach before = reach_at(told, open.invoked);
  if (offset < before.offset) {
    const Number restart = restart_between(call(before.call).returned, open.invoked);
    Offence offence = Offence::cut_event_of_later_cursor;
    if (restart != no_number)
      offence = call(restart).kind == CallKind::crash ? Offence::cut_event_is_back_after_crash
                                                      : Offence::cut_event_is_back_after_reopen;
    return report(offence, read.cursor, {before.call, restart, cursor.opened_by, number},
                  [&] { return sentence; });
  }
  if (cursor.held_below != cut.offset) cursor.held = 0;
  cursor.held_below = cut.offset;
  if (allowances.held_events == never || ++cursor.held <= allowances.held_events) return;
  report(Offence::cut_event, read.cursor, {cursor.opened_by, cut.call, number},
         [&] { return sentence; });
}

/// A call said truncated: can anything have been cut above where the cursor stands?
void Checker::Work::judge_truncated(Number number, bool open) {
  const Call& judged_call = call(number);
  const EventOffset position = open ? judged_call.offset : cursors[judged_call.cursor].position;
  Reach most = reach_at(asked, judged_call.returned);
  if (most.call != no_number)
    most.offset = std::min(most.offset, end_at_most(judged_call.returned));
  if (most.offset > position) {
    gone.push_back({judged_call.returned, surely_cut(position, judged_call.returned), number});
    return;
  }
  if (allowances.retention) return;
  const bool waiting_then =
      !open && most.call != no_number && call(most.call).returned > judged_call.invoked;
  report(waiting_then ? Offence::nothing_was_cut_while_waiting : Offence::nothing_was_cut,
         judged_call.cursor,
         {open ? no_number : cursors[judged_call.cursor].opened_by,
          open ? no_number : cursors[judged_call.cursor].last_read, most.call, number},
         [&] {
           return fmt::format(
               "{} was told truncated at {}, and no truncation until then reached beyond {}",
               name(judged_call.cursor), position, most.offset);
         });
}

}  // namespace streamtest
