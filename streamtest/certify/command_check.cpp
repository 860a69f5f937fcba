#include <streamtest/certify/command_line.hpp>
#include <streamtest/explore/counterexample.hpp>
#include <streamtest/history/checker.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

Record read_record(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad())
    throw UsageError(fmt::format("{} can't be read; is the path right?", file));
  try {
    return is_counterexample(text) ? counterexample_from_json(text).record : record_from_json(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format(
        "{}: {}\nwhat can be judged is a record, such as regressions/RULE.next.json of a report "
        "holds one",
        file, error.what()));
  }
}

Allowances allowances(const CheckRequest& request) {
  Allowances allowed{.dense = !request.sparse_offsets,
                     .fresh = request.staleness == "0" ||
                              parse_duration("staleness", request.staleness).count() == 0,
                     .lenient_cancellation = request.lenient_cancellation,
                     .lazy_type_check = request.lazy_type_check,
                     .coarse_position = request.coarse_position,
                     .durable = request.durability != "none",
                     .retention = request.retention};
  if (request.truncation != "strict") allowed.held_events = request.held_events.value_or(never);
  if (request.held_events && request.truncation != "held")
    throw UsageError("--held-events is for --truncation held");
  return allowed;
}

/// "12  r: c1 next -> ok event 7 (offset 3) [20, 24]"
std::string call_text(const Record& record, std::size_t number) {
  const Call& call = record.calls[number];
  std::string text = fmt::format("{:4}  {}: ", number, record.actors[call.actor]);
  switch (call.kind) {
    case CallKind::open:
      text += fmt::format("{} open at {}", record.cursors[call.cursor], call.offset);
      break;
    case CallKind::next:
    case CallKind::try_next:
    case CallKind::close:
    case CallKind::destroy:
      text += fmt::format("{} {}", record.cursors[call.cursor], to_string(call.kind));
      break;
    case CallKind::append:
      text += fmt::format("append of {} from event {} on", call.count, call.first);
      break;
    case CallKind::truncate:
      text += fmt::format("truncate to {}", call.offset);
      break;
    default:
      text += to_string(call.kind);
      break;
  }
  text += fmt::format(" -> {}", to_string(call.came_to));
  if (!call.offsets.empty()) text += fmt::format(", offsets {}", fmt::join(call.offsets, ", "));
  if (call.kind == CallKind::truncate && call.came_to == CameTo::ok)
    text += fmt::format(", {} is the first", call.told);
  if (call.came_to == CameTo::ok &&
      (call.kind == CallKind::next || call.kind == CallKind::try_next ||
       call.kind == CallKind::handle))
    text += call.seen.event == SeenEvent::unknown
                ? fmt::format(", an unknown event (offset {})", call.seen.offset)
                : fmt::format(", event {} (offset {})", call.seen.event, call.seen.offset);
  return text + (call.returned == never ? fmt::format("  [from {}]", call.invoked)
                                        : fmt::format("  [{} to {}]", call.invoked, call.returned));
}

void print_json(const Record& record, const std::vector<Anomaly>& anomalies) {
  Json list = Json::array();
  for (const Anomaly& anomaly : anomalies)
    list.push_back({{"kind", to_string(anomaly.kind)},
                    {"rule", anomaly.rule},
                    {"sentence", anomaly.sentence},
                    {"calls", anomaly.calls}});
  const Json whole{{"calls", record.calls.size()},
                   {"events", record.sent.size()},
                   {"anomalies", std::move(list)}};
  std::puts(whole.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace

int command_check(const CheckRequest& request) {
  const Allowances allowed = allowances(request);
  const Record record = read_record(request.file);
  const std::vector<Anomaly> anomalies = Checker(allowed).check(record);
  if (request.json) {
    print_json(record, anomalies);
    return anomalies.empty() ? 0 : 1;
  }
  for (const Anomaly& anomaly : anomalies) {
    fmt::print("{} ({}): {}\n", to_string(anomaly.kind), anomaly.rule, anomaly.sentence);
    for (const std::size_t number : anomaly.calls) fmt::print("{}\n", call_text(record, number));
  }
  fmt::print("{}: {} calls, {} events, {}\n", request.file, record.calls.size(), record.sent.size(),
             anomalies.empty()       ? std::string("no anomaly")
             : anomalies.size() == 1 ? std::string("1 anomaly")
                                     : fmt::format("{} anomalies", anomalies.size()));
  return anomalies.empty() ? 0 : 1;
}

}  // namespace streamtest
