#include <streamtest/explore/counterexample.hpp>
#include <streamtest/explore/focus.hpp>
#include <streamtest/history/strict_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Command::Kind;

/// The number of the form, not of the kit: it changes when an older kit couldn't read the file.
constexpr std::uint64_t form = 1;
/// Each is a thread.
constexpr std::size_t most_actors = 64;
constexpr std::size_t most_slots = 64;
constexpr std::string_view last = "last";

constexpr std::array<std::pair<Kind, std::string_view>, 9> command_names{
    {{Kind::append, "append"},
     {Kind::open, "open"},
     {Kind::next, "next"},
     {Kind::try_next, "try_next"},
     {Kind::cancelled_next, "cancelled_next"},
     {Kind::cancel, "cancel"},
     {Kind::close, "close"},
     {Kind::destroy, "destroy"},
     {Kind::truncate, "truncate"}}};

[[noreturn]] void refuse(const Field& field, std::string_view reason) {
  throw std::invalid_argument(fmt::format("{} {}", field.path(), reason));
}

// ---- writing

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json offset_json(eventstream::Offset offset) {
  return offset == last_offset ? Json(last) : Json(offset);
}

Json types_json(const Command& command, const std::vector<std::string>& types) {
  Json names = Json::array();
  for (const std::size_t type : command.types) names.push_back(types.at(type));
  return names;
}

Json command_json(const Command& command, const std::vector<std::string>& types) {
  const std::string cursor = fmt::format("c{}", command.slot + 1);
  switch (command.kind) {
    case Kind::append:
      return {{"append", types_json(command, types)}};
    case Kind::open:
      return {{"open", cursor},
              {"offset", offset_json(command.offset)},
              {"types", types_json(command, types)}};
    case Kind::truncate:
      return {{"truncate", offset_json(command.offset)}};
    default:
      break;
  }
  const auto name =
      std::ranges::find(command_names, command.kind, [](const auto& entry) { return entry.first; });
  if (name == command_names.end())
    throw std::invalid_argument("a command that programs of several actors don't have");
  return {{std::string(name->second), cursor}};
}

std::string part(const Program& program, const std::vector<std::string>& types,
                 std::string_view margin) {
  std::string text;
  for (const Command& command : program)
    text += fmt::format("{}\n{}  {}", text.empty() ? "" : ",", margin,
                        line(command_json(command, types)));
  return text.empty() ? "[]" : fmt::format("[{}\n{}]", text, margin);
}

std::string program_json(const Counterexample& counterexample) {
  std::string actors;
  for (const Program& actor : counterexample.program.actors)
    actors += fmt::format("{}\n      {}", actors.empty() ? "" : ",",
                          part(actor, counterexample.types, "      "));
  return fmt::format("{{\n    \"before\": {},\n    \"actors\": [{}\n    ]\n  }}",
                     part(counterexample.program.before, counterexample.types, "    "), actors);
}

std::string places_json(const Counterexample& counterexample) {
  std::string text;
  for (const std::string& place : counterexample.places)
    text += fmt::format("{}\n    {}", text.empty() ? "" : ",", line(place));
  return fmt::format("[{}\n  ]", text);
}

// ---- reading

/// A value that is looked at in both ways: by the field for what must be so, by the JSON for what
/// may be.
struct Node {
  Field field;
  const Json* json;

  Node at(const std::string& name) const {
    Field member = field.at(name);
    return {std::move(member), &json->at(name)};
  }
  std::vector<Node> elements() const {
    std::vector<Node> nodes;
    for (Field& each : field.elements())
      nodes.push_back({std::move(each), &json->at(nodes.size())});
    return nodes;
  }
};

std::size_t slot_of(const Field& field) {
  const std::string name = field.text();
  const std::string_view number = std::string_view(name).substr(name.empty() ? 0 : 1);
  std::size_t slot = 0;
  const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), slot);
  if (!name.starts_with('c') || error != std::errc() || rest != number.data() + number.size())
    refuse(field, fmt::format("is '{}', and cursors are called c1, c2 and so on", name));
  if (slot == 0 || slot > most_slots)
    refuse(field, fmt::format("is '{}', and there are only c1 to c{}", name, most_slots));
  return slot - 1;
}

std::vector<std::size_t> types_of(const Field& field, const std::vector<std::string>& types) {
  std::vector<std::size_t> numbers;
  for (const Field& each : field.elements()) {
    const auto found = std::ranges::find(types, each.text());
    if (found == types.end())
      refuse(each, fmt::format("is '{}', which isn't among the types", each.text()));
    numbers.push_back(static_cast<std::size_t>(found - types.begin()));
  }
  if (numbers.empty()) refuse(field, "is empty");
  return numbers;
}

eventstream::Offset offset_of(const Node& node) {
  return *node.json == Json(last) ? last_offset : node.field.count();
}

Command read_command(const Node& node, const std::vector<std::string>& types) {
  if (!node.json->is_object() || node.json->empty()) refuse(node.field, "is no command");
  const std::string name = node.json->begin().key();
  const auto known =
      std::ranges::find(command_names, name, [](const auto& entry) { return entry.second; });
  if (known == command_names.end())
    refuse(node.field, fmt::format("begins with '{}', and no command is called so", name));
  Command command{.kind = known->first};
  const Field subject = node.field.at(name);
  if (command.kind == Kind::open)
    node.field.has_only({"open", "offset", "types"});
  else
    node.field.has_only({known->second});
  switch (command.kind) {
    case Kind::append:
      command.types = types_of(subject, types);
      break;
    case Kind::truncate:
      command.offset = offset_of(node.at(name));
      break;
    case Kind::open:
      command.offset = offset_of(node.at("offset"));
      command.types = types_of(node.field.at("types"), types);
      for (std::size_t i = 1; i < command.types.size(); ++i)
        if (command.types[i] <= command.types[i - 1])
          refuse(node.field.at("types"), "aren't in the order of the list of types, each once");
      [[fallthrough]];
    default:
      command.slot = slot_of(subject);
  }
  return command;
}

Program read_part(const Node& node, const std::vector<std::string>& types) {
  Program program;
  for (const Node& each : node.elements()) program.push_back(read_command(each, types));
  return program;
}

ConcurrentProgram read_program(const Node& node, const std::vector<std::string>& types) {
  node.field.has_only({"before", "actors"});
  ConcurrentProgram program;
  program.before = read_part(node.at("before"), types);
  const Node actors = node.at("actors");
  for (const Node& each : actors.elements()) program.actors.push_back(read_part(each, types));
  if (program.actors.size() > most_actors)
    refuse(actors.field, fmt::format("are more than {}", most_actors));
  return program;
}

std::vector<std::string> read_types(const Field& field) {
  std::vector<std::string> types;
  for (const Field& each : field.elements()) {
    if (std::ranges::find(types, each.text()) != types.end())
      refuse(each, fmt::format("is '{}' once more", each.text()));
    types.push_back(each.text());
  }
  if (types.empty()) refuse(field, "is empty");
  return types;
}

Delivery read_delivery(const Field& field) {
  return field.one_of({Delivery::blocking, Delivery::asynchronous});
}

AnomalyKind read_anomaly(const Field& field) {
  const std::optional<AnomalyKind> kind = anomaly_kind_from_text(field.text());
  if (!kind) refuse(field, fmt::format("is '{}', and no anomaly is called so", field.text()));
  return *kind;
}

Schedule read_schedule(const Field& field) {
  const std::optional<Schedule> schedule = schedule_from_text(field.text());
  if (!schedule)
    refuse(field, fmt::format("is '{}', which is no schedule: '-', or choices such as '4=1,17=2', "
                              "rising and none of them 0",
                              field.text()));
  return *schedule;
}

Record read_record(const Node& node, const std::vector<std::string>& types) {
  Record record;
  try {
    record = record_from_json(line(*node.json));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("record is {}", error.what()));
  }
  if (record.types != types) refuse(node.field, "has other types than the program");
  return record;
}

std::string read_rule(const Field& field) {
  const std::string rule = field.text();
  if (std::ranges::find(explored_rules(), rule, &Focus::rule) == explored_rules().end())
    refuse(field, fmt::format("is '{}', and schedules aren't explored for such a rule", rule));
  return rule;
}

/// The order of the members is that of to_json().
Counterexample read_counterexample(std::string_view text) {
  const Json json = parse_strictly(text);
  const Node node{Field(json, "the whole"), &json};
  const Field& whole = node.field;
  if (const std::uint64_t version = whole.at("counterexample").count(); version != form)
    throw std::invalid_argument(fmt::format(
        "its form is number {}, and this kit reads number {}; use the kit that wrote it", version,
        form));
  whole.has_only({"counterexample", "kit", "target", "variant", "rule", "delivery", "anomaly",
                  "sentence", "patience_ms", "types", "program", "way", "schedule", "strategy",
                  "seed", "calls", "record", "places"});
  constexpr std::uint64_t a_day = 86'400'000;
  Counterexample read;
  read.kit = whole.at("kit").text();
  read.target = whole.at("target").text();
  read.variant = whole.at("variant").text();
  read.rule = read_rule(whole.at("rule"));
  read.delivery = read_delivery(whole.at("delivery"));
  read.anomaly = read_anomaly(whole.at("anomaly"));
  read.sentence = whole.at("sentence").text();
  read.patience = std::chrono::milliseconds(whole.at("patience_ms").count(a_day));
  if (read.patience.count() == 0) refuse(whole.at("patience_ms"), "is 0");
  read.types = read_types(whole.at("types"));
  read.program = read_program(node.at("program"), read.types);
  read.way = whole.at("way").text();
  read.schedule = read_schedule(whole.at("schedule"));
  read.strategy = whole.at("strategy").text();
  read.seed = whole.at("seed").count();
  read.record = read_record(node.at("record"), read.types);
  for (const Field& each : whole.at("calls").elements()) {
    const std::uint64_t call = each.count();
    if (call >= read.record.calls.size())
      refuse(each, fmt::format("is {}, and the record has only {} calls", call,
                               read.record.calls.size()));
    read.calls.push_back(call);
  }
  if (whole.has("places"))
    for (const Field& each : whole.at("places").elements()) read.places.push_back(each.text());
  return read;
}

}  // namespace

std::string to_json(const Counterexample& counterexample) {
  std::string record = to_json(counterexample.record);
  record.erase(record.find_last_not_of('\n') + 1);
  std::string text = fmt::format("{{\n  \"counterexample\": {}", form);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += fmt::format(",\n  \"{}\": {}", name, value);
  };
  add("kit", line(counterexample.kit));
  add("target", line(counterexample.target));
  add("variant", line(counterexample.variant));
  add("rule", line(counterexample.rule));
  add("delivery", line(to_string(counterexample.delivery)));
  add("anomaly", line(to_string(counterexample.anomaly)));
  add("sentence", line(counterexample.sentence));
  add("patience_ms", line(counterexample.patience.count()));
  add("types", line(counterexample.types));
  add("program", program_json(counterexample));
  add("way", line(counterexample.way));
  add("schedule", line(to_text(counterexample.schedule)));
  add("strategy", line(counterexample.strategy));
  add("seed", line(counterexample.seed));
  add("calls", line(counterexample.calls));
  add("record", record);
  if (!counterexample.places.empty()) add("places", places_json(counterexample));
  return text + "\n}\n";
}

Counterexample counterexample_from_json(std::string_view text) {
  try {
    return read_counterexample(text);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("not a counterexample: {}", error.what()));
  }
}

bool is_counterexample(std::string_view text) {
  const Json json = parse_strictly(text);
  return json.is_object() && json.contains("counterexample");
}

}  // namespace streamtest
