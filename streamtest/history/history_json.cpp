#include <streamtest/history/history.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace streamtest {

using Json = nlohmann::ordered_json;

std::string to_json(const std::vector<Operation>& operations) {
  Json list = Json::array();
  for (const Operation& operation : operations) {
    Json entry;
    entry["name"] = operation.name;
    entry["actor"] = operation.actor;
    entry["cursor"] = operation.cursor;
    entry["arguments"] = operation.arguments;
    entry["invoked_ns"] = operation.invoked.count();
    entry["returned_ns"] = operation.returned ? Json(operation.returned->count()) : Json(nullptr);
    entry["outcome"] = operation.outcome.kind;
    entry["offset"] = operation.outcome.offset ? Json(*operation.outcome.offset) : Json(nullptr);
    entry["event_type"] = operation.outcome.event_type;
    entry["token"] = operation.outcome.token;
    list.push_back(std::move(entry));
  }
  Json whole;
  whole["operations"] = std::move(list);
  return whole.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Operation> history_from_json(std::string_view text) {
  std::size_t number = 0;
  try {
    std::vector<Operation> operations;
    const Json whole = Json::parse(text);
    for (const Json& entry : whole.at("operations")) {
      ++number;
      Operation operation;
      entry.at("name").get_to(operation.name);
      entry.at("actor").get_to(operation.actor);
      entry.at("cursor").get_to(operation.cursor);
      entry.at("arguments").get_to(operation.arguments);
      operation.invoked = std::chrono::nanoseconds(entry.at("invoked_ns").get<std::int64_t>());
      if (!entry.at("returned_ns").is_null())
        operation.returned = std::chrono::nanoseconds(entry.at("returned_ns").get<std::int64_t>());
      entry.at("outcome").get_to(operation.outcome.kind);
      if (!entry.at("offset").is_null())
        operation.outcome.offset = entry.at("offset").get<std::uint64_t>();
      entry.at("event_type").get_to(operation.outcome.event_type);
      entry.at("token").get_to(operation.outcome.token);
      operations.push_back(std::move(operation));
    }
    return operations;
  } catch (const Json::exception& error) {
    throw std::invalid_argument(
        fmt::format("not a history: operation {}: {}", number, error.what()));
  }
}

}  // namespace streamtest
