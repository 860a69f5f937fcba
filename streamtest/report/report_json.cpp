#include <streamtest/report/report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <initializer_list>
#include <limits>
#include <set>
#include <stdexcept>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "streamtest-report/1";

/// A value of the text with its path, so that what is wrong is named. The library's own conversions
/// aren't used: they take -1 for a count and true for a number.
class Field {
 public:
  Field(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  Field at(const std::string& name) const {
    expect(value_->is_object(), "is not an object");
    const auto found = value_->find(name);
    const std::string path = path_.empty() ? name : path_ + "." + name;
    if (found == value_->end()) throw std::invalid_argument(path + " is missing");
    return {*found, path};
  }

  /// A field that nobody reads could claim anything, and a reader would believe it.
  void has_only(std::initializer_list<std::string_view> names) const {
    expect(value_->is_object(), "is not an object");
    const std::set<std::string_view> known(names);
    for (const auto& [name, value] : value_->items())
      expect(known.contains(name), fmt::format("has an unknown field '{}'", name));
  }

  std::vector<Field> elements() const {
    expect(value_->is_array(), "is not an array");
    std::vector<Field> fields;
    for (const Json& element : *value_)
      fields.emplace_back(element, fmt::format("{}[{}]", path_, fields.size()));
    return fields;
  }

  std::vector<std::pair<std::string, std::string>> members() const {
    expect(value_->is_object(), "is not an object");
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [name, value] : value_->items()) pairs.emplace_back(name, at(name).text());
    return pairs;
  }

  std::string text() const {
    expect(value_->is_string(), "is not a text");
    return value_->get<std::string>();
  }

  double number() const {
    expect(value_->is_number(), "is not a number");
    return value_->get<double>();
  }

  std::uint64_t count(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const {
    expect(value_->is_number_unsigned(), "is not a count");
    const auto value = value_->get<std::uint64_t>();
    expect(value <= most, "is too large");
    return value;
  }

  template <typename Enumeration>
  Enumeration one_of(std::initializer_list<Enumeration> values) const {
    const std::string name = text();
    for (const Enumeration value : values)
      if (to_string(value) == name) return value;
    throw std::invalid_argument(fmt::format("{} is '{}', which nothing is called", path_, name));
  }

  void expect(bool condition, std::string_view otherwise) const {
    if (!condition)
      throw std::invalid_argument(
          fmt::format("{} {}", path_.empty() ? "the report" : path_, otherwise));
  }

 private:
  const Json* value_;
  std::string path_;
};

/// Parses, and refuses an object that names a field twice: of two verdicts each reader would see
/// another one.
Json parse(std::string_view text) {
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
  run.has_only({"seed", "budget", "time_scale", "cores", "seconds", "programs", "schedules"});
  report.seed = run.at("seed").count();
  report.budget = run.at("budget").text();
  report.time_scale = run.at("time_scale").number();
  report.cores = static_cast<unsigned>(run.at("cores").count(std::numeric_limits<unsigned>::max()));
  report.seconds = run.at("seconds").number();
  report.programs = run.at("programs").count();
  report.schedules = run.at("schedules").count();
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
  whole["profile"] = to_string(report.profile);
  whole["catalogue_hash"] = report.catalogue_hash;
  whole["verdict"] = to_string(report.verdict);
  whole["exit_code"] = report.exit_code;
  whole["rules"] = std::move(rules);
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report report_from_json(std::string_view text) {
  const Json json = parse(text);
  const Field whole(json, "");
  const std::string found = whole.at("schema").text();
  if (found != schema)
    throw std::invalid_argument(fmt::format("schema is '{}', and not '{}'", found, schema));
  whole.has_only({"schema", "kit", "contract", "subject", "run", "profile", "catalogue_hash",
                  "verdict", "exit_code", "rules"});
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
  for (const Field& entry : whole.at("rules").elements()) report.rules.push_back(read_rule(entry));
  return report;
}

}  // namespace streamtest
