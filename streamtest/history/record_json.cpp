#include <streamtest/history/record.hpp>
#include <streamtest/history/strict_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 11> kind_names{
    "append",   "open",        "next",   "try_next", "close", "destroy",
    "truncate", "event_types", "reopen", "crash",    "handle"};
constexpr std::array<std::string_view, 11> outcome_names{
    "pending", "ok",      "failed",           "unknown", "truncated", "cancelled",
    "closed",  "nothing", "unsupported_type", "neither", "threw"};

bool is_read(CallKind kind) {
  return kind == CallKind::next || kind == CallKind::try_next;
}

bool has_cursor(CallKind kind) {
  return is_read(kind) || kind == CallKind::open || kind == CallKind::close ||
         kind == CallKind::destroy;
}

bool gives_event(const Call& call) {
  return (is_read(call.kind) && call.came_to == CameTo::ok) || call.kind == CallKind::handle;
}

bool can_come_to(CallKind kind, CameTo came_to) {
  switch (came_to) {
    case CameTo::truncated:
    case CameTo::unsupported_type:
      return is_read(kind) || kind == CallKind::open;
    case CameTo::closed:
      return is_read(kind) || kind == CallKind::close;
    case CameTo::nothing:
    case CameTo::neither:
      return is_read(kind);
    case CameTo::threw:
      return is_read(kind) || kind == CallKind::open || kind == CallKind::close;
    default:
      return true;
  }
}

// ---- writing

Json seen_json(const SeenEvent& seen) {
  Json json = Json::object();
  if (seen.event != SeenEvent::unknown) json["event"] = seen.event;
  json["offset"] = seen.offset;
  if (seen.type != SeenEvent::unknown) json["type"] = seen.type;
  if (!seen.intact) json["intact"] = false;
  return json;
}

template <typename Value>
void add(Json& json, const char* name, const Value& value, const Value& standard) {
  if (value != standard) json[name] = value;
}

Json call_json(const Call& call) {
  static const Call standard;
  Json json{
      {"kind", to_string(call.kind)}, {"came_to", to_string(call.came_to)}, {"actor", call.actor}};
  if (has_cursor(call.kind)) json["cursor"] = call.cursor;
  json["invoked"] = call.invoked;
  add(json, "returned", call.returned, standard.returned);
  add(json, "cancelled", call.cancelled, standard.cancelled);
  add(json, "offset", call.offset, standard.offset);
  add(json, "told", call.told, standard.told);
  add(json, "first", call.first, standard.first);
  add(json, "count", call.count, standard.count);
  add(json, "offsets", call.offsets, standard.offsets);
  add(json, "types", call.types, standard.types);
  if (gives_event(call)) json["seen"] = seen_json(call.seen);
  add(json, "completions", call.completions, standard.completions);
  add(json, "inside_call", call.inside_call, false);
  add(json, "foreign_executor", call.foreign_executor, false);
  return json;
}

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename List, typename Write>
std::string lines(const List& list, Write write) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "\n  " : ",\n  ") + line(write(each));
  return text;
}

// ---- reading

[[noreturn]] void refuse(std::size_t call, std::string_view reason) {
  throw std::invalid_argument(fmt::format("calls[{}]{}", call, reason));
}

std::uint32_t index(const Field& field, std::size_t size, std::string_view list) {
  const std::uint64_t value = field.count();
  if (value >= size)
    throw std::invalid_argument(
        fmt::format("{} is {}, and there are only {} {}", field.path(), value, size, list));
  return static_cast<std::uint32_t>(value);
}

template <typename Value>
void read(const Field& field, const char* name, Value& value) {
  if (field.has(name))
    value = static_cast<Value>(field.at(name).count(std::numeric_limits<Value>::max()));
}

void read(const Field& field, const char* name, bool& value) {
  if (field.has(name)) value = field.at(name).flag();
}

template <typename Enumeration, std::size_t size>
Enumeration named(const Field& field, const std::array<std::string_view, size>& names) {
  const std::string name = field.text();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw std::invalid_argument(
        fmt::format("{} is '{}', which nothing is called", field.path(), name));
  return static_cast<Enumeration>(at - names.begin());
}

SeenEvent read_seen(const Field& field, const Record& record) {
  field.has_only({"event", "offset", "type", "intact"});
  SeenEvent seen;
  if (field.has("event")) seen.event = index(field.at("event"), record.sent.size(), "sent events");
  seen.offset = field.at("offset").count();
  if (field.has("type")) seen.type = index(field.at("type"), record.types.size(), "types");
  read(field, "intact", seen.intact);
  return seen;
}

Call read_call(const Field& field, const Record& record) {
  field.has_only({"kind", "came_to", "actor", "cursor", "invoked", "returned", "cancelled",
                  "offset", "told", "first", "count", "offsets", "types", "seen", "completions",
                  "inside_call", "foreign_executor"});
  Call call;
  call.kind = named<CallKind>(field.at("kind"), kind_names);
  call.came_to = named<CameTo>(field.at("came_to"), outcome_names);
  call.actor = index(field.at("actor"), record.actors.size(), "actors");
  if (has_cursor(call.kind))
    call.cursor = index(field.at("cursor"), record.cursors.size(), "cursors");
  call.invoked = field.at("invoked").count();
  read(field, "returned", call.returned);
  read(field, "cancelled", call.cancelled);
  read(field, "offset", call.offset);
  read(field, "told", call.told);
  read(field, "first", call.first);
  read(field, "count", call.count);
  if (field.has("offsets"))
    for (const Field& each : field.at("offsets").elements()) call.offsets.push_back(each.count());
  if (field.has("types"))
    for (const Field& each : field.at("types").elements())
      call.types.push_back(index(each, record.types.size(), "types"));
  if (gives_event(call) || field.has("seen")) call.seen = read_seen(field.at("seen"), record);
  read(field, "completions", call.completions);
  read(field, "inside_call", call.inside_call);
  read(field, "foreign_executor", call.foreign_executor);
  return call;
}

void check_call(const Record& record, std::size_t number) {
  const Call& call = record.calls[number];
  if (!can_come_to(call.kind, call.came_to))
    refuse(number, fmt::format(".came_to is '{}', which {} can't come to", to_string(call.came_to),
                               to_string(call.kind)));
  if ((call.came_to == CameTo::pending) != (call.returned == never))
    refuse(number, call.returned == never ? ".returned is missing"
                                          : ".returned is there, and the call is pending");
  if (call.returned <= call.invoked) refuse(number, ".returned is not after its invocation");
  if (number > 0 && call.invoked <= record.calls[number - 1].invoked)
    refuse(number, ".invoked is not after that of the call before");
  if (std::uint64_t{call.first} + call.count > record.sent.size())
    refuse(number, ".count goes beyond the sent events");
  if (!call.offsets.empty() && call.offsets.size() != call.count)
    refuse(number, ".offsets are not one an event");
  for (std::size_t i = 1; i < call.types.size(); ++i)
    if (call.types[i] <= call.types[i - 1]) refuse(number, ".types don't rise");
}

void check_ticks(const Record& record) {
  std::vector<std::pair<Tick, std::size_t>> ticks;
  for (std::size_t number = 0; number < record.calls.size(); ++number) {
    ticks.emplace_back(record.calls[number].invoked, number);
    if (record.calls[number].returned != never)
      ticks.emplace_back(record.calls[number].returned, number);
  }
  std::sort(ticks.begin(), ticks.end());
  for (std::size_t i = 1; i < ticks.size(); ++i)
    if (ticks[i].first == ticks[i - 1].first)
      refuse(ticks[i].second,
             fmt::format(" uses tick {}, as calls[{}] does", ticks[i].first, ticks[i - 1].second));
}

/// What belongs to one event or one cursor only.
void check_owners(const Record& record) {
  std::vector<bool> appended(record.sent.size());
  std::vector<Tick> busy(record.cursors.size(), 0);
  for (std::size_t number = 0; number < record.calls.size(); ++number) {
    const Call& call = record.calls[number];
    if (call.kind == CallKind::append) {
      for (std::uint32_t event = call.first; event < call.first + call.count; ++event) {
        if (appended[event])
          refuse(number, fmt::format(" appends event {}, as a call before does", event));
        appended[event] = true;
      }
    } else if (call.kind == CallKind::reopen || call.kind == CallKind::crash) {
      busy.assign(busy.size(), 0);
    } else if (has_cursor(call.kind) && call.kind != CallKind::close) {
      if (call.invoked < busy[call.cursor])
        refuse(number, fmt::format(" overlaps with a call of the same cursor, {}",
                                   record.cursors[call.cursor]));
      busy[call.cursor] = call.returned;
    }
  }
}

Record read_record(std::string_view text) {
  const Json json = parse_strictly(text);
  const Field whole(json, "the whole");
  whole.has_only(
      {"types", "supported", "actors", "cursors", "sent", "calls", "final_phase", "quiescent"});
  Record record;
  for (const Field& each : whole.at("types").elements()) record.types.push_back(each.text());
  record.supported = static_cast<std::uint32_t>(whole.at("supported").count(record.types.size()));
  for (const Field& each : whole.at("actors").elements()) record.actors.push_back(each.text());
  for (const Field& each : whole.at("cursors").elements()) record.cursors.push_back(each.text());
  for (const Field& each : whole.at("sent").elements()) {
    each.has_only({"type", "token"});
    record.sent.push_back(
        {index(each.at("type"), record.types.size(), "types"), each.optional_text("token")});
  }
  for (const Field& each : whole.at("calls").elements()) {
    record.calls.push_back(read_call(each, record));
    check_call(record, record.calls.size() - 1);
  }
  read(whole, "final_phase", record.final_phase);
  read(whole, "quiescent", record.quiescent);
  check_ticks(record);
  check_owners(record);
  return record;
}

}  // namespace

std::string_view to_string(CallKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(CameTo came_to) {
  return outcome_names.at(static_cast<std::size_t>(came_to));
}

std::string to_json(const Record& record) {
  const auto sent = [](const SentEvent& event) {
    Json json{{"type", event.type}};
    if (!event.token.empty()) json["token"] = event.token;
    return json;
  };
  std::string rest;
  if (record.final_phase != never) rest += fmt::format(",\n\"final_phase\":{}", record.final_phase);
  if (record.quiescent) rest += ",\n\"quiescent\":true";
  return fmt::format(
      "{{\"types\":{},\n\"supported\":{},\n\"actors\":{},\n\"cursors\":{},\n\"sent\":[{}],\n"
      "\"calls\":[{}]{}}}\n",
      line(record.types), record.supported, line(record.actors), line(record.cursors),
      lines(record.sent, sent), lines(record.calls, call_json), rest);
}

Record record_from_json(std::string_view text) {
  try {
    return read_record(text);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("not a record: {}", error.what()));
  }
}

}  // namespace streamtest
