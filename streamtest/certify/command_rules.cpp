#include <streamtest/cases/case.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

/// The broken streams that prove each rule's check, from the gallery beside the binary; nothing if
/// it isn't installed.
std::optional<std::map<std::string, std::vector<std::string>>> mutants() {
  const std::string file = find_plugin("gallery");
  if (file.empty()) return std::nullopt;
  std::map<std::string, std::vector<std::string>> ids;
  for (const GalleryEntry& entry : load_gallery(file))
    if (!entry.odd) ids[entry.rule].push_back(entry.id);
  return ids;
}

Json cases_of(std::string_view id) {
  Json names = Json::array();
  for (const Case& each : all_cases())
    if (each.rule == id) names.push_back(each.name);
  return names;
}

void print_json(const std::vector<std::string_view>& ids) {
  Json list = Json::array();
  auto killed = mutants();
  for (const std::string_view id : ids) {
    const Rule& rule = *find_rule(id);
    list.push_back({{"id", rule.id},
                    {"level", to_string(rule.level)},
                    {"sentence", rule.sentence},
                    {"intent", rule.intent},
                    {"causes", rule.causes},
                    {"source", rule.source},
                    {"capability", rule.needs},
                    {"checked", rule.checked},
                    {"since", rule.since},
                    {"untested", rule.untested},
                    {"cases", cases_of(id)},
                    {"mutants", killed ? Json((*killed)[std::string(id)]) : Json(nullptr)}});
  }
  const Json whole{{"contract", contract_version}, {"hash", catalogue_hash()}, {"rules", list}};
  std::puts(whole.dump(1).c_str());
}

std::string in_a_cell(const std::vector<std::string>& names) {
  return names.empty() ? "–" : fmt::format("{}", fmt::join(names, ", "));
}

void print_table(const std::vector<std::string_view>& ids) {
  auto killed = mutants();
  if (!killed)
    throw UsageError("the gallery plug-in is not beside the binary (lib/streamtest/gallery.so)");
  std::puts(
      "| rule | level | needs | cases | broken streams that it catches |\n|---|---|---|---|---|");
  for (const std::string_view id : ids) {
    const Rule& rule = *find_rule(id);
    std::vector<std::string> cases;
    for (const Case& each : all_cases())
      if (each.rule == id) cases.push_back(fmt::format("`{}`", each.name));
    fmt::print("| {} | {} | {} | {} | {} |\n", rule.id, to_string(rule.level),
               rule.needs.empty() ? "–" : rule.needs, in_a_cell(cases),
               in_a_cell((*killed)[std::string(id)]));
  }
}

void explain(const Rule& rule) {
  fmt::print("{} ({}, since {})\n  {}\n  Why: {}\n", rule.id, to_string(rule.level), rule.since,
             rule.sentence, rule.intent);
  if (!rule.causes.empty()) fmt::print("  If it fails, look at: {}\n", rule.causes);
  if (!rule.needs.empty()) fmt::print("  Needs: {}\n", rule.needs);
  if (!rule.untested.empty()) fmt::print("  Not checked: {}\n", rule.untested);
  fmt::print("  Source: {}\n", rule.source);
  for (const Case& each : all_cases())
    if (each.rule == rule.id) fmt::print("  Case: {}\n", each.name);
}

}  // namespace

int command_rules(const std::string& pattern, RulesAs as) {
  if (as == RulesAs::markdown) {
    std::fputs(catalogue_markdown().c_str(), stdout);
    return 0;
  }
  const std::vector<std::string_view> ids = match_rules(pattern.empty() ? "*" : pattern);
  if (ids.empty())
    throw UsageError(fmt::format("'{}' matches no rule; `streamtest rules` lists them", pattern));
  if (as == RulesAs::json) {
    print_json(ids);
  } else if (as == RulesAs::table) {
    print_table(ids);
  } else if (pattern.empty()) {
    for (const std::string_view id : ids)
      fmt::print("{:6}  {:6}  {}\n", id, to_string(find_rule(id)->level), find_rule(id)->sentence);
  } else {
    for (const std::string_view id : ids) explain(*find_rule(id));
  }
  return 0;
}

int command_verify(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad())
    throw UsageError(fmt::format("{} can't be read; is the path right?", file));
  const std::vector<std::string> faults = verify(text);
  if (faults.empty()) {
    const Report report = report_from_json(text);
    fmt::print("{}: the report is complete and consistent; verdict {}\n", file,
               to_string(report.verdict));
    return 0;
  }
  for (const std::string& fault : faults) fmt::print("{}: {}\n", file, fault);
  return 1;
}

}  // namespace streamtest
