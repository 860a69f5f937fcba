#include <streamtest/history/explored_json.hpp>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Bounds& bounds) {
  Json entries = Json::array();
  for (const auto& [depth, probability] : bounds)
    entries.push_back({{"depth", depth}, {"p", probability}});
  return entries;
}

/// A second entry of the same key would hide the first one.
template <typename Map>
typename Map::mapped_type& add(Map& map, typename Map::key_type key, const Field& at) {
  const auto [place, is_new] = map.try_emplace(std::move(key));
  if (!is_new) throw std::invalid_argument(fmt::format("{} is there a second time", at.path()));
  return place->second;
}

Bounds read_bounds(const Field& field) {
  Bounds bounds;
  for (const Field& entry : field.elements()) {
    entry.has_only({"depth", "p"});
    const double probability = entry.at("p").number();
    if (!(probability >= 0 && probability <= 1))
      throw std::invalid_argument(fmt::format("{} is no probability", entry.at("p").path()));
    add(bounds, static_cast<unsigned>(entry.at("depth").count(100)), entry.at("depth")) =
        probability;
  }
  return bounds;
}

std::set<std::string> read_texts(const Field& field) {
  std::set<std::string> texts;
  for (const Field& entry : field.elements()) texts.insert(entry.text());
  return texts;
}

Json counted(const std::map<std::string, std::uint64_t>& counts, const char* name,
             const char* what) {
  Json entries = Json::array();
  for (const auto& [each, count] : counts) entries.push_back({{name, each}, {what, count}});
  return entries;
}

std::map<std::string, std::uint64_t> read_counted(const Field& field, const char* name,
                                                  const char* what) {
  std::map<std::string, std::uint64_t> counts;
  for (const Field& entry : field.elements()) {
    entry.has_only({name, what});
    add(counts, entry.at(name).text(), entry.at(name)) = entry.at(what).count();
  }
  return counts;
}

}  // namespace

Json json_of(const Explored& explored) {
  Json entry;
  entry["ways"] = counted(explored.ways, "way", "programs");
  entry["weaker_because"] = explored.weaker_because;
  entry["strategies"] = counted(explored.strategies, "strategy", "schedules");
  entry["labels"] = Json::array();
  for (const auto& [label, situation] : explored.situations)
    entry["labels"].push_back({{"label", label},
                               {"programs", situation.programs},
                               {"met", situation.met},
                               {"missed", situation.missed},
                               {"bounds", json_of(situation.bounds)}});
  entry["bounds"] = json_of(explored.bounds);
  return entry;
}

Explored explored_from_json(const Field& field) {
  field.has_only({"ways", "weaker_because", "strategies", "labels", "bounds"});
  Explored explored;
  explored.ways = read_counted(field.at("ways"), "way", "programs");
  explored.weaker_because = read_texts(field.at("weaker_because"));
  explored.strategies = read_counted(field.at("strategies"), "strategy", "schedules");
  for (const Field& entry : field.at("labels").elements()) {
    entry.has_only({"label", "programs", "met", "missed", "bounds"});
    Explored::Situation& situation =
        add(explored.situations, entry.at("label").text(), entry.at("label"));
    situation.programs = entry.at("programs").count();
    situation.met = read_texts(entry.at("met"));
    situation.missed = read_texts(entry.at("missed"));
    situation.bounds = read_bounds(entry.at("bounds"));
  }
  explored.bounds = read_bounds(field.at("bounds"));
  return explored;
}

}  // namespace streamtest
