#include <streamtest/history/explored_json.hpp>
#include <streamtest/history/strict_json.hpp>
#include <streamtest/report/report.hpp>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "streamtest-report/1";

Json rule_json(const RuleResult& result) {
  Json entry;
  entry["id"] = result.id;
  entry["level"] = to_string(result.level);
  entry["verdict"] = to_string(result.verdict);
  entry["cases"] = result.cases;
  entry["seconds"] = result.seconds;
  entry["message"] = result.message;
  entry["reproduce"] = result.reproduce;
  return entry;
}

RuleResult read_rule(const Field& entry) {
  entry.has_only({"id", "level", "verdict", "cases", "seconds", "message", "reproduce"});
  RuleResult result;
  result.id = entry.at("id").text();
  result.level = entry.at("level").one_of({Level::must, Level::should});
  result.verdict = entry.at("verdict").one_of(
      {Verdict::pass, Verdict::fail, Verdict::known_failure, Verdict::not_supported,
       Verdict::excluded, Verdict::not_selected, Verdict::untested, Verdict::inconclusive,
       Verdict::could_not_run, Verdict::flaky});
  result.cases = entry.at("cases").count();
  result.seconds = entry.at("seconds").number();
  result.message = entry.at("message").text();
  result.reproduce = entry.at("reproduce").text();
  return result;
}

Json known_json(const KnownLine& line) {
  Json entry;
  entry["list"] = line.flaky ? "flaky" : "failures";
  entry["rule"] = line.rule;
  entry["variant"] = line.variant;
  entry["phrase"] = line.phrase;
  entry["issue"] = line.issue;
  entry["until"] = line.until;
  entry["fault"] = line.fault;
  return entry;
}

KnownLine read_known(const Field& entry) {
  entry.has_only({"list", "rule", "variant", "phrase", "issue", "until", "fault"});
  KnownLine line;
  const std::string list = entry.at("list").text();
  if (list != "flaky" && list != "failures")
    throw std::invalid_argument("known: there is no list '" + list + "'");
  line.flaky = list == "flaky";
  line.rule = entry.at("rule").text();
  line.variant = entry.at("variant").text();
  line.phrase = entry.at("phrase").text();
  line.issue = entry.at("issue").text();
  line.until = entry.at("until").text();
  line.fault = entry.at("fault").text();
  return line;
}

void read_subject(const Field& subject, Report& report) {
  subject.has_only({"name", "role", "target", "variant", "capabilities", "lacks", "may_claim"});
  report.subject = subject.at("name").text();
  report.role = subject.at("role").one_of({Role::stream, Role::handler, Role::consumer});
  report.target = subject.at("target").text();
  report.variant = subject.at("variant").text();
  report.capabilities = subject.at("capabilities").members();
  for (const Field& means : subject.at("lacks").elements()) report.lacks.push_back(means.text());
  for (const Field& claim : subject.at("may_claim").elements())
    report.may_claim.push_back(claim.text());
}

void read_run(const Field& run, Report& report) {
  run.has_only(
      {"seed", "budget", "time_scale", "cores", "seconds", "programs", "schedules", "exploration"});
  report.seed = run.at("seed").count();
  report.budget = run.at("budget").text();
  report.time_scale = run.at("time_scale").number();
  report.cores = static_cast<unsigned>(run.at("cores").count(std::numeric_limits<unsigned>::max()));
  report.seconds = run.at("seconds").number();
  report.programs = run.at("programs").count();
  report.schedules = run.at("schedules").count();
  report.explored = explored_from_json(run.at("exploration"));
}

}  // namespace

std::string to_json(const Report& report) {
  Json capabilities = Json::object();
  for (const auto& [name, value] : report.capabilities) capabilities[name] = value;
  Json rules = Json::array();
  for (const RuleResult& result : report.rules) rules.push_back(rule_json(result));
  Json whole;
  whole["schema"] = schema;
  whole["kit"]["version"] = report.kit_version;
  whole["kit"]["commit"] = report.kit_commit;
  whole["contract"]["version"] = report.contract;
  Json& subject = whole["subject"];
  subject["name"] = report.subject;
  subject["role"] = to_string(report.role);
  subject["target"] = report.target;
  subject["variant"] = report.variant;
  subject["capabilities"] = std::move(capabilities);
  subject["lacks"] = report.lacks;
  subject["may_claim"] = report.may_claim;
  Json& run = whole["run"];
  run["seed"] = report.seed;
  run["budget"] = report.budget;
  run["time_scale"] = report.time_scale;
  run["cores"] = report.cores;
  run["seconds"] = report.seconds;
  run["programs"] = report.programs;
  run["schedules"] = report.schedules;
  run["exploration"] = json_of(report.explored);
  whole["profile"] = to_string(report.profile);
  whole["catalogue_hash"] = report.catalogue_hash;
  whole["verdict"] = to_string(report.verdict);
  whole["exit_code"] = report.exit_code;
  whole["known"] = Json::array();
  for (const KnownLine& line : report.known) whole["known"].push_back(known_json(line));
  whole["rules"] = std::move(rules);
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report report_from_json(std::string_view text) {
  const Json json = parse_strictly(text);
  const Field whole(json, "the report");
  const std::string found = whole.at("schema").text();
  if (found != schema)
    throw std::invalid_argument(fmt::format("schema is '{}', and not '{}'", found, schema));
  whole.has_only({"schema", "kit", "contract", "subject", "run", "profile", "catalogue_hash",
                  "verdict", "exit_code", "known", "rules"});
  Report report;
  const Field kit = whole.at("kit");
  kit.has_only({"version", "commit"});
  report.kit_version = kit.at("version").text();
  report.kit_commit = kit.at("commit").text();
  const Field contract = whole.at("contract");
  contract.has_only({"version"});
  report.contract = contract.at("version").text();
  read_subject(whole.at("subject"), report);
  read_run(whole.at("run"), report);
  report.profile = whole.at("profile").one_of({Profile::core, Profile::full, Profile::strict});
  report.catalogue_hash = whole.at("catalogue_hash").text();
  report.verdict = whole.at("verdict").one_of(
      {Whole::conformant, Whole::partial, Whole::not_conformant, Whole::inconclusive});
  report.exit_code = static_cast<int>(whole.at("exit_code").count(255));
  for (const Field& entry : whole.at("known").elements()) report.known.push_back(read_known(entry));
  for (const Field& entry : whole.at("rules").elements()) report.rules.push_back(read_rule(entry));
  return report;
}

}  // namespace streamtest
