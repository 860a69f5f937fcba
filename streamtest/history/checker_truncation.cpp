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
    // A dense stream has no offset beyond the number of its events, so nothing was cut there.
    const EventOffset end =
        allowances.dense ? reach_at(appended, truncate.returned).offset : truncate.offset;
    EventOffset most = std::min(truncate.offset, end);
    if (came_to == CameTo::ok) most = std::max(most, truncate.told);
    if (asked.empty() || most > asked.back().offset)
      asked.push_back({truncate.invoked, most, number});
    if (came_to == CameTo::ok) told.push_back({truncate.returned, truncate.told, number});
  }
  std::sort(told.begin(), told.end(), [](const Reach& a, const Reach& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < told.size(); ++i)
    if (told[i].offset < told[i - 1].offset) {
      told[i].offset = told[i - 1].offset;
      told[i].call = told[i - 1].call;
    }
}

/// The last of the list before that moment; offset 0 and no call if there is none.
Checker::Work::Reach Checker::Work::reach_at(const std::vector<Reach>& list, Tick moment) const {
  const auto after = std::upper_bound(list.begin(), list.end(), moment,
                                      [](Tick at, const Reach& reach) { return at < reach.at; });
  return after == list.begin() ? Reach{} : *(after - 1);
}

/// A read gave an event: one that was cut before it began?
void Checker::Work::judge_cut_event(Number number) {
  const Call& read = call(number);
  CursorFacts& cursor = cursors[read.cursor];
  const EventOffset offset = read.seen.offset;
  if (offset < cursor.gone_below)
    return report(
        Breach::cut_event_is_back, read.cursor, {cursor.gone_by, cursor.opened_by, number},
        fmt::format("{} gave {}, and before it was opened {} had been told that it is "
                    "truncated",
                    name(read.cursor), seen_text(read.seen), name(call(cursor.gone_by).cursor)));
  if (told.empty()) return;
  const Reach cut = reach_at(told, read.invoked);
  // Within its staleness a cursor may not know yet (D11).
  if (cut.call == no_number || offset >= cut.offset || !allowances.fresh) return;
  const Call& open = call(cursor.opened_by);
  const std::string sentence = fmt::format("{} gave {} after the stream had been cut at {}",
                                           name(read.cursor), seen_text(read.seen), cut.offset);
  const Reach before = reach_at(told, open.invoked);
  if (offset < before.offset) {
    const Number restart = restart_between(call(before.call).returned, open.invoked);
    Breach breach = Breach::cut_event_of_later_cursor;
    if (restart != no_number)
      breach = call(restart).kind == CallKind::crash ? Breach::cut_event_is_back_after_crash
                                                     : Breach::cut_event_is_back_after_reopen;
    return report(breach, read.cursor, {before.call, restart, cursor.opened_by, number}, sentence);
  }
  if (cursor.held_below != cut.offset) cursor.held = 0;
  cursor.held_below = cut.offset;
  if (allowances.held_events == never || ++cursor.held <= allowances.held_events) return;
  report(Breach::cut_event, read.cursor, {cursor.opened_by, cut.call, number}, sentence);
}

/// A call said truncated: can anything have been cut above where the cursor stands?
void Checker::Work::judge_truncated(Number number, bool open) {
  const Call& judged_call = call(number);
  const EventOffset position = open ? judged_call.offset : cursors[judged_call.cursor].position;
  const Reach most = reach_at(asked, judged_call.returned);
  if (most.offset > position) {
    gone.push_back({judged_call.returned, position + 1, number});
    return;
  }
  const bool waiting_then =
      !open && most.call != no_number && call(most.call).returned > judged_call.invoked;
  report(waiting_then ? Breach::nothing_was_cut_while_waiting : Breach::nothing_was_cut,
         judged_call.cursor,
         {open ? no_number : cursors[judged_call.cursor].opened_by,
          open ? no_number : cursors[judged_call.cursor].last_read, most.call, number},
         fmt::format("{} was told truncated at {}, and no truncation until then reached beyond {}",
                     name(judged_call.cursor), position, most.offset));
}

}  // namespace streamtest
