#include <streamtest/history/timeline.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace streamtest {
namespace {

constexpr std::array<std::string_view, 11> call_words = {
    "append",   "open",        "next",   "try_next", "close", "destroy",
    "truncate", "event_types", "reopen", "crash",    "handle"};
constexpr std::array<std::string_view, 11> outcome_words = {
    "pending", "ok",      "failed",           "unknown outcome",         "truncated",   "cancelled",
    "closed",  "not yet", "unsupported type", "neither event nor error", "an exception"};

std::string_view name_of(CallKind kind) {
  return call_words.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(CameTo came_to) {
  return outcome_words.at(static_cast<std::size_t>(came_to));
}

std::string type_name(const Record& record, std::uint32_t type) {
  return type < record.types.size() ? record.types[type] : "an unknown type";
}

std::string number(std::uint64_t offset) {
  return offset == never ? "2^64-1" : fmt::format("{}", offset);
}

std::string type_list(const Record& record, const std::vector<std::uint32_t>& types) {
  std::string text;
  for (const std::uint32_t type : types)
    text += (text.empty() ? "" : ", ") + type_name(record, type);
  return text;
}

/// The types of what is appended; a long batch is counted.
std::string batch(const Record& record, const Call& call) {
  constexpr std::uint32_t most = 4;
  if (call.count > most) return fmt::format("{} events", call.count);
  std::vector<std::uint32_t> types;
  for (std::uint32_t i = 0; i < call.count; ++i)
    types.push_back(record.sent.at(call.first + i).type);
  return type_list(record, types);
}

std::string cursor(const Record& record, const Call& call) {
  return call.cursor < record.cursors.size() ? record.cursors[call.cursor] : "a cursor";
}

/// One line of the table.
struct Row {
  std::uint32_t actor = 0;
  std::string text;
};

std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  text.resize(width - 1);
  return text + "~";
}

std::vector<Row> rows_of(const Record& record, const std::vector<std::size_t>& guilty) {
  struct Moment {
    std::size_t call = 0;
    bool returns = false;
  };
  std::map<Tick, Moment> moments;
  for (std::size_t i = 0; i < record.calls.size(); ++i) {
    moments[record.calls[i].invoked] = {i, false};
    if (record.calls[i].returned != never) moments[record.calls[i].returned] = {i, true};
  }
  std::vector<Row> rows;
  for (auto at = moments.begin(); at != moments.end(); ++at) {
    const auto [index, returns] = at->second;
    const Call& call = record.calls[index];
    const std::string_view mark = std::ranges::find(guilty, index) != guilty.end() ? "* " : "  ";
    const auto next = std::next(at);
    if (returns) {
      rows.push_back({call.actor, fmt::format("{}< {}", mark, outcome_text(record, call))});
    } else if (next != moments.end() && next->second.call == index) {
      rows.push_back({call.actor, fmt::format("{}{} = {}", mark, call_text(record, call),
                                              outcome_text(record, call))});
      at = next;
    } else {
      rows.push_back({call.actor, fmt::format("{}> {}", mark, call_text(record, call))});
    }
  }
  for (std::size_t i = 0; i < record.calls.size(); ++i)
    if (record.calls[i].returned == never)
      rows.push_back(
          {record.calls[i].actor,
           fmt::format("{}... {}", std::ranges::find(guilty, i) != guilty.end() ? "* " : "  ",
                       call_text(record, record.calls[i]))});
  return rows;
}

}  // namespace

std::string call_text(const Record& record, const Call& call) {
  switch (call.kind) {
    case CallKind::append:
      return fmt::format("append({})", batch(record, call));
    case CallKind::open:
      return fmt::format("{} = open({}, {{{}}})", cursor(record, call), number(call.offset),
                         type_list(record, call.types));
    case CallKind::truncate:
      return fmt::format("truncate({})", number(call.offset));
    case CallKind::handle:
      return fmt::format("handle({})", number(call.offset));
    case CallKind::event_types:
    case CallKind::reopen:
    case CallKind::crash:
      return std::string(name_of(call.kind));
    default:
      return fmt::format("{} of {}", name_of(call.kind), cursor(record, call));
  }
}

std::string outcome_text(const Record& record, const Call& call) {
  if (call.came_to != CameTo::ok) return std::string(name_of(call.came_to));
  if (call.kind == CallKind::next || call.kind == CallKind::try_next)
    return fmt::format("event {} ({}{})", number(call.seen.offset),
                       type_name(record, call.seen.type), call.seen.intact ? "" : ", changed");
  if (call.kind == CallKind::truncate) return fmt::format("first is {}", number(call.told));
  if (call.kind != CallKind::append || call.offsets.empty()) return "ok";
  if (call.offsets.size() == 1) return fmt::format("offset {}", call.offsets.front());
  return fmt::format("offsets {} to {}", call.offsets.front(), call.offsets.back());
}

std::string timeline(const Record& record, const std::vector<std::size_t>& guilty,
                     std::size_t width) {
  const std::vector<Row> rows = rows_of(record, guilty);
  std::vector<std::size_t> widths(record.actors.size());
  for (const Row& row : rows)
    widths.at(row.actor) = std::max(widths.at(row.actor), std::min(row.text.size(), width));
  std::string text = "    ";
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;  // did nothing
    widths[i] = std::max(widths[i], std::min(record.actors[i].size() + 2, width));
    text += fmt::format("| {:<{}} ", cut("  " + record.actors[i], width), widths[i]);
  }
  const auto end_line = [&text] {
    text.resize(text.find_last_not_of(' ') + 1);
    text += "\n";
  };
  end_line();
  for (std::size_t line = 0; line < rows.size(); ++line) {
    text += fmt::format("{:>3} ", line + 1);
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      text += fmt::format("| {:<{}} ", rows[line].actor == i ? cut(rows[line].text, width) : "",
                          widths[i]);
    }
    end_line();
  }
  return text;
}

std::vector<Operation> to_operations(const Record& record) {
  std::vector<Operation> operations;
  for (const Call& call : record.calls) {
    Operation operation;
    operation.name = name_of(call.kind);
    operation.actor = record.actors.at(call.actor);
    operation.invoked = std::chrono::microseconds(call.invoked);
    const bool on_cursor = call.kind == CallKind::open || call.kind == CallKind::next ||
                           call.kind == CallKind::try_next || call.kind == CallKind::close ||
                           call.kind == CallKind::destroy;
    if (on_cursor) operation.cursor = cursor(record, call);
    if (call.kind == CallKind::append) operation.arguments = batch(record, call);
    if (call.kind == CallKind::truncate) operation.arguments = number(call.offset);
    if (call.kind == CallKind::open)
      operation.arguments =
          fmt::format("{}, {{{}}}", number(call.offset), type_list(record, call.types));
    if (call.returned != never) {
      operation.returned = std::chrono::microseconds(call.returned);
      operation.outcome = {
          .kind = std::string(name_of(call.came_to)), .offset = {}, .event_type = {}, .token = {}};
      if (call.came_to == CameTo::ok && call.kind == CallKind::append && !call.offsets.empty())
        operation.outcome.offset = call.offsets.front();
      if (call.came_to == CameTo::ok && call.kind == CallKind::truncate)
        operation.outcome.offset = call.told;
      if (call.came_to == CameTo::ok &&
          (call.kind == CallKind::next || call.kind == CallKind::try_next)) {
        operation.outcome = {.kind = "event",
                             .offset = call.seen.offset,
                             .event_type = type_name(record, call.seen.type),
                             .token = call.seen.event < record.sent.size()
                                          ? record.sent[call.seen.event].token
                                          : "?"};
      }
    }
    operations.push_back(std::move(operation));
  }
  return operations;
}

}  // namespace streamtest
