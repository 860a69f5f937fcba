#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>

// Who is called back: the handlers of asynchronous reads (26), and those of consumers (28).

namespace streamtest {

void Checker::Work::judge_completion(Number number) {
  const Call& read = call(number);
  std::string what;
  if (read.completions > 1)
    what = fmt::format("was called {} times", read.completions);
  else if (read.completions == 0 && outcome(read) != CameTo::pending)
    what = "was never called";
  else if (read.inside_call)
    what = "was called inside the call that began it";
  else if (read.foreign_executor)
    what = "was called on another executor than its own";
  if (!what.empty())
    report(Offence::completed_wrongly, read.cursor, {number},
           [&] { return fmt::format("the handler of a read of {} {}", name(read.cursor), what); });
}

void Checker::Work::judge_consumers() {
  if (!handles) return;
  consumers.assign(record->actors.size(), {});
  for (Number number = 0; number < judged; ++number) {
    const Call& handle = call(number);
    if (handle.kind != CallKind::handle || handle.seen.event == SeenEvent::unknown) continue;
    auto& types = consumers[handle.actor].types;
    const std::uint32_t type = record->sent[handle.seen.event].type;
    const auto at = std::lower_bound(types.begin(), types.end(), type);
    if (at == types.end() || *at != type) types.insert(at, type);
  }
  const auto active = std::count_if(consumers.begin(), consumers.end(),
                                    [](const Consumer& each) { return !each.types.empty(); });
  for (Number number = 0; number < judged; ++number)
    if (call(number).kind == CallKind::handle) judge_handle(number, active == 1);
}

/// `alone`: no other consumer moves the same handler on.
void Checker::Work::judge_handle(Number number, bool alone) {
  const Call& handle = call(number);
  Consumer& consumer = consumers[handle.actor];
  const std::string& who = record->actors[handle.actor];
  const std::string event = seen_text(handle.seen);
  const EventOffset offset = handle.seen.offset;
  if (consumer.last_ok != no_number &&
      restart_between(call(consumer.last_ok).invoked, handle.invoked) != no_number)
    consumer.last_ok = no_number;
  const bool again = consumer.last_ok != no_number && offset <= call(consumer.last_ok).seen.offset;
  const EventOffset expected =
      consumer.last_ok == no_number ? handle.offset : call(consumer.last_ok).seen.offset + 1;
  if (again)
    report(Offence::handled_again, no_number, {consumer.last_ok, number},
           [&] { return fmt::format("{} handled {} after offset {}", who, event, expected - 1); });
  else if (offset < handle.offset)
    report(Offence::handled_below_expected, no_number, {number}, [&] {
      return fmt::format("{} gave {} to its handler, which expected {}", who, event, handle.offset);
    });
  else if (handle.offset < expected || (alone && handle.offset != expected))
    report(Offence::handled_with_other_offset, no_number, {consumer.last_ok, number}, [&] {
      return fmt::format("{} passed {} with the expected offset {} instead of {}", who, event,
                         handle.offset, expected);
    });
  if (alone && !again) {
    const std::uint64_t rank = placed.next(consumer.types, rank_of(expected));
    if (rank < table.size() && table[rank].offset < offset)
      report(Offence::handled_too_far, no_number,
             {consumer.last_ok, events[table[rank].event].placed_by, number}, [&] {
               return fmt::format("{} handled {} before {}", who, event,
                                  event_text(table[rank].event));
             });
  }
  if (outcome(handle) != CameTo::ok) return;
  if (offset != never && (handle.told < offset + 1 || (alone && handle.told != offset + 1)))
    report(Offence::handler_stands_elsewhere, no_number, {number}, [&] {
      return fmt::format("{} handled {}, and its handler's next offset is {}", who, event,
                         handle.told);
    });
  consumer.last_ok = number;
}

}  // namespace streamtest
