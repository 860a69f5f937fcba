#include <streamtest/history/strict_json.hpp>

#include <set>

namespace streamtest {

using Json = nlohmann::ordered_json;

Field Field::at(const std::string& name) const {
  expect(value_->is_object(), "is not an object");
  const auto found = value_->find(name);
  std::string path = path_.empty() ? name : path_ + "." + name;
  if (found == value_->end()) throw std::invalid_argument(path + " is missing");
  Field member(*found, what_);
  member.path_ = std::move(path);
  return member;
}

bool Field::has(const std::string& name) const {
  expect(value_->is_object(), "is not an object");
  return value_->contains(name);
}

void Field::has_only(std::initializer_list<std::string_view> names) const {
  expect(value_->is_object(), "is not an object");
  const std::set<std::string_view> known(names);
  for (const auto& [name, value] : value_->items())
    expect(known.contains(name), fmt::format("has an unknown field '{}'", name));
}

std::vector<Field> Field::elements() const {
  expect(value_->is_array(), "is not an array");
  std::vector<Field> fields;
  for (const Json& element : *value_) {
    Field field(element, what_);
    field.path_ = fmt::format("{}[{}]", path_, fields.size());
    fields.push_back(std::move(field));
  }
  return fields;
}

std::vector<std::pair<std::string, std::string>> Field::members() const {
  expect(value_->is_object(), "is not an object");
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : value_->items()) pairs.emplace_back(name, at(name).text());
  return pairs;
}

std::string Field::text() const {
  expect(value_->is_string(), "is not a text");
  return value_->get<std::string>();
}

std::string Field::optional_text(const std::string& name) const {
  return has(name) ? at(name).text() : std::string();
}

bool Field::flag() const {
  expect(value_->is_boolean(), "is neither true nor false");
  return value_->get<bool>();
}

double Field::number() const {
  expect(value_->is_number(), "is not a number");
  return value_->get<double>();
}

std::uint64_t Field::count(std::uint64_t most) const {
  expect(value_->is_number_unsigned(), "is not a count");
  const auto value = value_->get<std::uint64_t>();
  expect(value <= most, "is too large");
  return value;
}

void Field::expect(bool condition, std::string_view otherwise) const {
  if (!condition) throw std::invalid_argument(fmt::format("{} {}", path(), otherwise));
}

Json parse_strictly(std::string_view text) {
  std::vector<std::set<std::string>> open;
  const auto watch = [&open](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      open.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto name = parsed.get<std::string>();
      if (!open.back().insert(name).second)
        throw std::invalid_argument(fmt::format("the field '{}' is there twice", name));
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(fmt::format("not JSON: {}", error.what()));
  }
}

}  // namespace streamtest
