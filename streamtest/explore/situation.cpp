#include <streamtest/explore/situation.hpp>

#include <array>

namespace streamtest {
namespace {

struct Need {
  std::string_view rule;
  std::vector<Situation> situations;
};

const std::vector<Need>& needs() {
  using enum Situation;
  static const std::vector<Need> table = {
      {"IDN-2", {event_beside, beside_after_reopenings}},
      {"OPN-1", {event_of_middle}},
      {"OPN-2", {event_far_out}},
      {"ORD-1", {second_event}},
      {"ORD-2", {second_event}},
      {"ORD-3", {second_batch}},
      {"ORD-4", {event_read_twice}},
      {"FLT-1", {unwanted_event_between}},
      {"FLT-4", {unmatched_append_during_read}},
      {"BLK-1", {append_during_read}},
      {"BLK-2", {append_during_read}},
      {"BLK-4", {append_for_several}},
      {"CAN-1", {cancelled_before}},
      {"CAN-2", {cancel_during_read}},
      {"CAN-3", {event_after_cancel}},
      {"CAN-4", {event_after_cancel}},
      {"CLS-1", {second_close}},
      {"CLS-2", {read_after_close}},
      {"CLS-3", {close_during_read}},
      {"CLS-5", {event_after_close_elsewhere}},
      {"CLS-6", {close_after_truncated}},
      {"TRN-1", {read_below_cut}},
      {"TRN-2", {open_below_cut}},
      {"TRN-3", {event_after_cut}},
      {"TRN-5", {cut_during_read}},
      {"TRN-6", {append_after_cut, append_after_reopening, read_below_cut_after_reopening}},
      {"TRN-7", {cut_below_cut}},
      {"CON-1", {event_read_twice}},
      {"APP-3", {event_read}},
      {"DUR-1", {event_after_reopening, append_after_reopening}},
      {"DUR-4", {second_batch, event_after_reopening}},
  };
  return table;
}

bool can_arise(Situation situation, const SubjectFactory& factory) {
  const Capabilities& claims = factory.capabilities;
  switch (situation) {
    case Situation::event_after_reopening:
    case Situation::append_after_reopening:
    case Situation::beside_after_reopenings:
      return factory.hooks.reopen;
    case Situation::read_below_cut_after_reopening:
      return factory.hooks.reopen && can_arise(Situation::read_below_cut, factory);
    case Situation::close_after_truncated:
      // One that may hold any number of cut events need never say truncated.
      return can_arise(Situation::read_below_cut, factory) &&
             (claims.truncation != Truncation::held || claims.held_events);
    case Situation::read_below_cut:
    case Situation::open_below_cut:
    case Situation::event_after_cut:
    case Situation::cut_during_read:
    case Situation::append_after_cut:
    case Situation::cut_below_cut:
      // One that may retain more than was asked for may retain all.
      return factory.hooks.truncate && claims.truncation != Truncation::none &&
             claims.truncation != Truncation::coarse;
    default:
      return true;
  }
}

}  // namespace

std::string_view to_string(Situation situation) {
  constexpr std::array<std::string_view, situation_count> names = {
      "an event that was read",
      "an event read by a cursor that was opened behind the first one",
      "an event read by a cursor that was opened beyond the end",
      "a second event read by one cursor",
      "an event read by two cursors",
      "an event that a cursor passed over because its filter doesn't have it",
      "a second batch",
      "an append that a read had waited for",
      "an append that a waiting read didn't want",
      "an append that several reads had waited for",
      "a read whose token had asked to stop before",
      "a read that was cancelled while it waited",
      "an event read by a cursor whose read had been cancelled",
      "a cursor that was closed twice",
      "a cursor that was closed while its read waited",
      "a read of a closed cursor",
      "an event read after another cursor was closed",
      "a cursor that was closed after it had said truncated",
      "a read of a cursor below the cut",
      "a cursor opened below the cut",
      "an event read after a truncation",
      "a truncation while a read waited",
      "an append after a truncation",
      "a truncation at or below the one before",
      "an event read after a reopening",
      "an append after a reopening",
      "a read below a cut that an append had followed before the stream was reopened",
      "an event of the twin read while there were events here",
      "an append to the twin that another one, between two reopenings, had come before",
  };
  return names.at(static_cast<std::size_t>(situation));
}

std::vector<Situation> needed_situations(std::string_view rule, const SubjectFactory& factory) {
  std::vector<Situation> needed;
  for (const Need& need : needs())
    if (need.rule == rule)
      for (const Situation situation : need.situations)
        if (can_arise(situation, factory)) needed.push_back(situation);
  return needed;
}

}  // namespace streamtest
