#include <streamtest/schedule/schedule.hpp>

#include <fmt/format.h>

#include <charconv>

namespace streamtest {
namespace {

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_text(const Schedule& schedule) {
  if (schedule.deviations.empty()) return "-";
  std::string text;
  for (const Deviation& each : schedule.deviations)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", each.at, each.choice);
  return text;
}

std::optional<Schedule> schedule_from_text(std::string_view text) {
  Schedule schedule;
  if (text == "-") return schedule;
  std::string_view rest = text;
  do {
    Deviation read;
    if (!take_number(rest, read.at) || !take(rest, '=') || !take_number(rest, read.choice))
      return std::nullopt;
    const bool rises = schedule.deviations.empty() || schedule.deviations.back().at < read.at;
    if (!rises || read.choice == 0) return std::nullopt;
    schedule.deviations.push_back(read);
  } while (take(rest, ','));
  // Leading zeros and what is left over: one schedule has one text.
  if (to_text(schedule) != text) return std::nullopt;
  return schedule;
}

std::size_t Recorder::choose(std::span<const Move> moves) {
  return note(inner_->choose(moves));
}

std::size_t Recorder::pick(std::size_t count) {
  return note(inner_->pick(count));
}

std::size_t Recorder::note(std::size_t choice) {
  if (choice != 0)
    schedule_.deviations.push_back({.at = choices_, .choice = static_cast<std::uint32_t>(choice)});
  ++choices_;
  return choice;
}

std::size_t Replay::next(std::size_t count) {
  const std::uint64_t at = choices_++;
  if (used_ == schedule_.deviations.size() || schedule_.deviations[used_].at != at) return 0;
  const std::size_t choice = schedule_.deviations[used_++].choice;
  if (choice < count) return choice;
  impossible_ = true;
  return 0;
}

}  // namespace streamtest
