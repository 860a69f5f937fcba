#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace streamtest {
namespace {

using Json = nlohmann::json;

void conclude(Report& report) {
  report.verdict = judge(report.profile, report.rules, report.role);
  report.exit_code = exit_code(report.verdict);
}

/// A report that stands: truncation is declared, no other capability is, and all that is supported
/// passed.
Report standing() {
  Report report;
  report.contract = contract_version;
  report.catalogue_hash = catalogue_hash();
  report.capabilities = {{"truncation", "strict"}};
  for (const Rule* rule : catalogue()) {
    RuleResult result;
    result.id = rule->id;
    result.level = rule->level;
    const bool supported = rule->needs.empty() || rule->needs == "truncation";
    result.verdict = supported ? Verdict::pass : Verdict::not_supported;
    result.cases = supported ? 1 : 0;
    report.rules.push_back(result);
  }
  conclude(report);
  return report;
}

RuleResult& rule(Report& report, std::string_view id) {
  return *std::ranges::find(report.rules, id, &RuleResult::id);
}

std::string lines(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += sentence + "\n";
  return text;
}

/// The complaints about a report, one a line.
std::string verified(const Report& report) {
  return lines(verify(to_json(report)));
}

/// The text is said to be unreadable, once, with these words.
testing::AssertionResult unreadable(std::string_view text, std::string_view words = "") {
  const std::vector<std::string> complaints = verify(text);
  if (complaints.size() == 1 && complaints[0].starts_with("it can't be read: ") &&
      complaints[0].find(words) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "verify said: " << lines(complaints);
}

TEST(Verify, ACertificateStands) {
  const Report report = standing();
  EXPECT_EQ(report.verdict, Whole::conformant);
  EXPECT_EQ(verified(report), "");
}

TEST(Verify, AnHonestReportOfAFailureStands) {
  Report report = standing();
  rule(report, "ORD-1").verdict = Verdict::fail;
  conclude(report);
  EXPECT_EQ(verified(report), "");
}

TEST(Verify, APartialReportStandsWithEitherExitCode) {
  Report report = standing();
  rule(report, "ORD-1").verdict = Verdict::excluded;
  conclude(report);
  EXPECT_EQ(report.exit_code, 4);
  EXPECT_EQ(verified(report), "");
  report.exit_code = 0;
  EXPECT_EQ(verified(report), "");
}

TEST(Verify, ACoreReportNeedsOnlyTheCore) {
  Report report = standing();
  report.profile = Profile::core;
  for (RuleResult& result : report.rules)
    if (result.level == Level::should || !find_rule(result.id)->needs.empty())
      result.verdict = Verdict::not_selected;
  conclude(report);
  EXPECT_EQ(report.verdict, Whole::conformant);
  EXPECT_EQ(verified(report), "");
}

TEST(Verify, AnotherSchema) {
  std::string text = to_json(standing());
  text.replace(text.find("report/1"), 8, "report/9");
  EXPECT_TRUE(unreadable(text, "schema is 'streamtest-report/9'"));
}

TEST(Verify, AMissingRule) {
  Report report = standing();
  std::erase_if(report.rules, [](const RuleResult& result) { return result.id == "BLK-3"; });
  EXPECT_EQ(verified(report), "BLK-3 is missing\n");
}

TEST(Verify, ADoubledRule) {
  Report report = standing();
  const RuleResult again = rule(report, "BLK-3");
  report.rules.insert(report.rules.end(), {again, again});
  EXPECT_EQ(verified(report), "BLK-3 is there more than once\n");
}

TEST(Verify, AnUnknownRule) {
  Report report = standing();
  RuleResult unknown = rule(report, "BLK-3");
  unknown.id = "BLK-99";
  report.rules.push_back(unknown);
  EXPECT_EQ(verified(report), "'BLK-99' is no rule of the catalogue\n");
}

TEST(Verify, AChangedLevel) {
  Report report = standing();
  rule(report, "ORD-1").verdict = Verdict::fail;
  rule(report, "ORD-1").level = Level::should;
  conclude(report);
  EXPECT_EQ(report.verdict, Whole::conformant);
  EXPECT_EQ(verified(report), "ORD-1 is given as a should, and is a must\n");
}

TEST(Verify, AnotherCatalogueOrContract) {
  Report report = standing();
  report.catalogue_hash = "0000000000000000";
  EXPECT_EQ(
      verified(report),
      "it was judged by another catalogue: its hash is '0000000000000000', and this kit's is " +
          catalogue_hash() + "\n");
  report = standing();
  report.contract = "0.9";
  EXPECT_EQ(verified(report), "it was judged by contract version '0.9', and this kit knows 1.0\n");
}

TEST(Verify, AVerdictThatDoesNotFollow) {
  Report report = standing();
  rule(report, "ORD-1").verdict = Verdict::fail;
  EXPECT_EQ(verified(report),
            "the verdict is given as conformant, and not_conformant follows from the rules\n"
            "the exit code is given as 0, and 1 follows from the rules\n");
}

TEST(Verify, AnExitCodeThatDoesNotFollow) {
  Report report = standing();
  report.exit_code = 4;
  EXPECT_EQ(verified(report), "the exit code is given as 4, and 0 follows from the rules\n");
}

TEST(Verify, NotSupportedAlthoughDeclared) {
  Report report = standing();
  rule(report, "TRN-1").verdict = Verdict::not_supported;
  EXPECT_EQ(verified(report),
            "TRN-1 is given as not supported, and the truncation "
            "that it needs is declared\n");
  report.capabilities = {{"truncation", "none"}};
  EXPECT_EQ(verified(report), "");
}

TEST(Verify, APassWithoutACase) {
  Report report = standing();
  rule(report, "BLK-3").cases = 0;
  EXPECT_EQ(verified(report), "BLK-3 is given as passed without a case\n");
}

TEST(Verify, ASelectionIsNoCertificate) {
  Report report = standing();
  rule(report, "ORD-1").verdict = Verdict::not_selected;
  conclude(report);
  EXPECT_EQ(report.verdict, Whole::conformant);
  EXPECT_EQ(verified(report), "it is no certificate: 1 rule was not selected\n");
}

/// A report on a handler that stands.
Report standing_handler() {
  Report report = standing();
  report.role = Role::handler;
  for (RuleResult& result : report.rules) {
    const bool own = role_of(*find_rule(result.id)) == Role::handler;
    result.verdict = own ? Verdict::pass : Verdict::not_selected;
    result.cases = own ? 1 : 0;
  }
  conclude(report);
  return report;
}

TEST(Verify, AHandlersCertificateStandsWithoutTheRulesForStreams) {
  for (const Profile profile : {Profile::core, Profile::full, Profile::strict}) {
    Report report = standing_handler();
    report.profile = profile;
    conclude(report);
    EXPECT_EQ(report.verdict, Whole::conformant);
    EXPECT_EQ(verified(report), "");
  }
}

TEST(Verify, AHandlersOwnRulesMustBeSelected) {
  for (const Profile profile : {Profile::core, Profile::full}) {
    Report report = standing_handler();
    report.profile = profile;
    rule(report, "HND-2").verdict = Verdict::not_selected;
    conclude(report);
    EXPECT_EQ(verified(report), "it is no certificate: 1 rule was not selected\n");
  }
}

TEST(Verify, AHandlerHasNotPassedARuleForStreams) {
  Report report = standing_handler();
  rule(report, "ORD-1").verdict = Verdict::pass;
  rule(report, "ORD-1").cases = 1;
  EXPECT_EQ(verified(report), "ORD-1 is given as pass, and is not a rule for a handler\n");
}

TEST(Verify, AnUnknownRole) {
  std::string text = to_json(standing());
  text.replace(text.find("\"stream\""), 8, "\"bridge\"");
  EXPECT_TRUE(unreadable(text, "subject.role is 'bridge'"));
}

TEST(Verify, WhatIsNoReportIsSaidAndNotThrown) {
  for (const std::string_view text :
       {"", "not JSON", "null", "[]", "{}", "1", "\"schema\"", "\xFF\xFE", "1e999",
        R"({"schema": null})", R"({"schema": {}, "schema": []})", "{\"schema\": \"\xFF\"}"})
    EXPECT_TRUE(unreadable(text)) << text;
  const std::size_t deep = 100000;
  EXPECT_TRUE(unreadable(std::string(deep, '[')));
  EXPECT_TRUE(unreadable(std::string(deep, '[') + std::string(deep, ']')));
}

TEST(Verify, EveryTruncationIsNoticed) {
  Report report = standing();
  report.rules.resize(2);
  const std::string text = to_json(report);
  const std::size_t whole = text.rfind('}') + 1;
  for (std::size_t length = 0; length < whole; ++length)
    ASSERT_TRUE(unreadable(text.substr(0, length), "not JSON")) << length;
}

/// Every place in the report, so that no field is forgotten.
void all_paths(const Json& value, const Json::json_pointer& path,
               std::vector<Json::json_pointer>& paths) {
  paths.push_back(path);
  if (value.is_object())
    for (const auto& [name, member] : value.items()) all_paths(member, path / name, paths);
  if (value.is_array() && !value.empty()) all_paths(value[0], path / 0, paths);
}

TEST(Verify, WrongTypesAreSaidAndNotThrown) {
  Report report = standing();
  report.may_claim = {"twin"};
  const Json original = Json::parse(to_json(report));
  std::vector<Json::json_pointer> paths;
  all_paths(original, Json::json_pointer(), paths);
  ASSERT_GT(paths.size(), 30U);
  const Json wrong[] = {
      nullptr, true, -1, 0.5, "text", Json::array({Json::array()}), {{"a", {{"b", nullptr}}}}};
  for (const Json::json_pointer& path : paths) {
    for (const Json& value : wrong) {
      Json changed = original;
      changed[path] = value;
      const bool same_type = value.type() == original[path].type() ||
                             (original[path].is_number_float() && value.is_number());
      if (same_type)
        EXPECT_NO_THROW(verify(changed.dump())) << path << " " << value;
      else
        EXPECT_TRUE(unreadable(changed.dump())) << path << " " << value;
    }
  }
}

TEST(Verify, MissingAndAddedFieldsAreNoticed) {
  const Json original = Json::parse(to_json(standing()));
  std::vector<Json::json_pointer> paths;
  all_paths(original, Json::json_pointer(), paths);
  for (const Json::json_pointer& path : paths) {
    if (path.empty()) continue;
    const Json::json_pointer parent = path.parent_pointer();
    if (!original[parent].is_object() ||
        path.to_string().find("/capabilities/") != std::string::npos)
      continue;
    Json changed = original;
    changed[parent].erase(path.back());
    EXPECT_TRUE(unreadable(changed.dump(), "is missing")) << path;
    changed = original;
    changed[parent]["added"] = 1;
    EXPECT_TRUE(unreadable(changed.dump(), "unknown field 'added'")) << path;
  }
}

}  // namespace
}  // namespace streamtest
