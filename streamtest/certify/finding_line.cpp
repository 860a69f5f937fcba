#include <streamtest/certify/finding_line.hpp>
#include <streamtest/history/explored_json.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <nlohmann/json.hpp>

namespace streamtest {

std::string started_line(const Rule& rule) {
  return nlohmann::json{{"started", rule.id}}.dump() + "\n";
}

std::string alive_line() {
  return nlohmann::json{{"alive", true}}.dump() + "\n";
}

std::string finding_line(const Finding& finding) {
  const RuleResult& result = finding.result;
  const nlohmann::json line{{"finished", result.id},
                            {"verdict", static_cast<int>(result.verdict)},
                            {"cases", result.cases},
                            {"seconds", result.seconds},
                            {"message", result.message},
                            {"reproduce", result.reproduce},
                            {"programs", finding.programs},
                            {"schedules", finding.schedules},
                            {"history", finding.history_json},
                            {"counterexample", finding.counterexample_name},
                            {"exploration", json_of(finding.explored)},
                            {"found_after", finding.found_after}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

ChildLine parse_line(std::string_view text) {
  ChildLine parsed;
  const nlohmann::json line = nlohmann::json::parse(text, nullptr, false);
  if (!line.is_object()) return parsed;
  if (line.contains("started")) {
    parsed.started = find_rule(line.at("started").get<std::string>());
    return parsed;
  }
  const Rule* rule =
      line.contains("finished") ? find_rule(line.at("finished").get<std::string>()) : nullptr;
  if (!rule) return parsed;
  Finding finding;
  finding.result.id = rule->id;
  finding.result.level = rule->level;
  finding.result.verdict = static_cast<Verdict>(line.at("verdict").get<int>());
  line.at("cases").get_to(finding.result.cases);
  line.at("seconds").get_to(finding.result.seconds);
  line.at("message").get_to(finding.result.message);
  line.at("reproduce").get_to(finding.result.reproduce);
  line.at("programs").get_to(finding.programs);
  line.at("schedules").get_to(finding.schedules);
  const nlohmann::ordered_json explored = line.at("exploration");
  finding.explored = explored_from_json(Field(explored, "exploration"));
  line.at("found_after").get_to(finding.found_after);
  line.at("history").get_to(finding.history_json);
  line.at("counterexample").get_to(finding.counterexample_name);
  parsed.finding = std::move(finding);
  return parsed;
}

}  // namespace streamtest
