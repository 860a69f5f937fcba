#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// What was sent, told and seen, each event by itself: anomalies 1, 2 (content), 4, 13 and 24.

namespace streamtest {
namespace {

bool is_read(CallKind kind) {
  return kind == CallKind::next || kind == CallKind::try_next;
}

}  // namespace

void Checker::Work::gather() {
  for (Number number = 0; number < judged; ++number)
    if (call(number).kind == CallKind::append) gather_append(number);
  for (Number number = 0; number < judged; ++number) {
    const Call& each = call(number);
    const bool read = is_read(each.kind);
    if ((read || each.kind == CallKind::handle) && outcome(each) == CameTo::ok) observe(number);
    if (each.kind == CallKind::handle && outcome(each) == CameTo::failed) observe(number);
    if (read) judge_completion(number);
    if (each.kind == CallKind::handle) handles = true;
    if (each.kind == CallKind::close || each.kind == CallKind::destroy) {
      CursorFacts& cursor = cursors[each.cursor];
      (cursor.ending == never ? cursor.ending : cursor.second_ending) =
          std::min(each.invoked, cursor.second_ending);
    }
    if (each.kind == CallKind::reopen || each.kind == CallKind::crash) restarts.push_back(number);
  }
}

void Checker::Work::gather_append(Number number) {
  const Call& append = call(number);
  const CameTo came_to = outcome(append);
  if (came_to != CameTo::failed) {
    const EventOffset before = appended.empty() ? 0 : appended.back().offset;
    appended.push_back({append.invoked, before + append.count, number});
  }
  total += append.count;
  for (Number member = 0; member < append.count; ++member) {
    EventFacts& facts = events[append.first + member];
    facts.append = number;
    facts.failed = came_to == CameTo::failed;
    if (came_to != CameTo::ok) continue;
    facts.acknowledged = append.returned;
    if (append.offsets.size() == append.count)
      place(append.first + member, append.offsets[member], number);
  }
}

void Checker::Work::place(Number event, EventOffset offset, Number by) {
  events[event].offset = offset;
  events[event].placed_by = by;
}

void Checker::Work::two_offsets(Number event, EventOffset other, Number by) {
  const EventFacts& facts = events[event];
  const CameTo came_to = outcome(call(facts.append));
  const auto sentence = [&] {
    return fmt::format("{}, which {} appended once, is at offset {} as well", event_text(event),
                       actor(facts.append), other);
  };
  if (came_to != CameTo::ok)
    report(Offence::unknown_append_twice, no_number, {facts.append, facts.placed_by, by}, sentence);
  else if (facts.placed_by == facts.append)
    report(Offence::other_offset_than_told, no_number, {facts.append, by}, [&] {
      return fmt::format("{} was told offset {} for event {}, and it was read at offset {}",
                         actor(facts.append), facts.offset, event, other);
    });
  else
    report(Offence::at_two_offsets, no_number, {facts.append, facts.placed_by, by}, sentence);
}

void Checker::Work::observe_content(Number number) {
  const SeenEvent& seen = call(number).seen;
  const Number cursor = call(number).kind == CallKind::handle ? no_number : call(number).cursor;
  const EventFacts& facts = events[seen.event];
  const Number sent_type = record->sent[seen.event].type;
  if (!seen.intact || seen.type != sent_type)
    report(Offence::changed, cursor, {facts.append, number}, [&] {
      return fmt::format("event {} was read at offset {} with other {} than {} sent", seen.event,
                         seen.offset, seen.type != sent_type ? "a type" : "bytes or metadata",
                         actor(facts.append));
    });
  if (facts.failed)
    report(Offence::failed_append_seen, cursor, {facts.append, number}, [&] {
      return fmt::format("event {} was read at offset {}, but its append by {} had failed",
                         seen.event, seen.offset, actor(facts.append));
    });
  if (call(number).returned < call(facts.append).invoked)
    report(Offence::before_its_append, cursor, {facts.append, number}, [&] {
      return fmt::format("event {} was read at offset {} before {} began to append it", seen.event,
                         seen.offset, actor(facts.append));
    });
}

void Checker::Work::observe(Number number) {
  const Call& read = call(number);
  const SeenEvent& seen = read.seen;
  // An event that nobody sent is told from a changed one later, when it is known what stands there.
  if (seen.event == SeenEvent::unknown || events[seen.event].append == no_number) return;
  observe_content(number);
  EventFacts& facts = events[seen.event];
  if (facts.failed || read.kind == CallKind::handle) return;
  if (!facts.placed())
    place(seen.event, seen.offset, number);
  else if (facts.offset != seen.offset)
    two_offsets(seen.event, seen.offset, number);
  if (read.returned < facts.first_seen) {
    facts.first_seen = read.returned;
    facts.first_reader = number;
  }
  facts.last_seen = std::max(facts.last_seen, read.invoked);
  if (read.invoked >= final_phase) facts.in_final = true;
}

}  // namespace streamtest
