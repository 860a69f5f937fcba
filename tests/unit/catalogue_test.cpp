#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {
namespace {

using Ids = std::vector<std::string_view>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

int number_of(std::string_view id) {
  return std::stoi(std::string(id.substr(id.find('-') + 1)));
}

// "No … may" forbids as strictly as MUST NOT does, and these two say it that way.
bool forbids_in_plain_words(const Rule& rule) {
  static const std::set<std::string_view> ids{"BLK-3", "DUR-3"};
  return ids.contains(rule.id);
}

TEST(Catalogue, HasSeventeenChaptersInOrder) {
  const std::vector<std::string_view> expected{"IDN", "TYP", "OPN", "ORD", "FLT", "BLK",
                                               "CAN", "CLS", "LIF", "TRN", "CON", "APP",
                                               "DUR", "PAY", "ERR", "HND", "CNS"};
  std::vector<std::string_view> prefixes;
  for (const Chapter& chapter : chapters()) {
    prefixes.push_back(chapter.prefix);
    EXPECT_FALSE(chapter.title.empty()) << chapter.prefix;
    EXPECT_FALSE(chapter.rules.empty()) << chapter.prefix;
  }
  EXPECT_EQ(prefixes, expected);
}

TEST(Catalogue, IsItsChaptersOneAfterTheOther) {
  std::vector<const Rule*> expected;
  for (const Chapter& chapter : chapters())
    for (const Rule& rule : chapter.rules) expected.push_back(&rule);
  EXPECT_EQ(catalogue(), expected);
  EXPECT_EQ(catalogue().size(), 76U);
}

TEST(Catalogue, KeepsEachRuleOnceInItsChapterAndByNumber) {
  std::set<std::string_view> seen;
  for (const Chapter& chapter : chapters()) {
    int last = 0;
    for (const Rule& rule : chapter.rules) {
      EXPECT_TRUE(seen.insert(rule.id).second) << rule.id;
      EXPECT_EQ(chapter_of(rule.id), chapter.prefix) << rule.id;
      EXPECT_GT(number_of(rule.id), last) << rule.id;
      last = number_of(rule.id);
    }
  }
}

TEST(Catalogue, GivesEachRuleTheLevelOfItsStrictestWord) {
  for (const Rule* rule : catalogue()) {
    const bool must = contains(rule->sentence, "MUST");
    const bool should = contains(rule->sentence, "SHOULD");
    EXPECT_NE(must || should, forbids_in_plain_words(*rule)) << rule->id;
    EXPECT_EQ(rule->level == Level::must, must || forbids_in_plain_words(*rule)) << rule->id;
  }
}

TEST(Catalogue, LeavesNothingUnsaid) {
  std::set<std::string_view> intents;
  std::set<std::string_view> causes;
  for (const Rule* rule : catalogue()) {
    EXPECT_TRUE(rule->sentence.ends_with('.') || rule->sentence.ends_with(".)")) << rule->id;
    EXPECT_TRUE(rule->intent.ends_with('.')) << rule->id;
    EXPECT_TRUE(rule->causes.ends_with('.')) << rule->id;
    EXPECT_TRUE(intents.insert(rule->intent).second) << rule->id;
    EXPECT_TRUE(causes.insert(rule->causes).second) << rule->id;
    EXPECT_FALSE(rule->source.empty()) << rule->id;
    EXPECT_FALSE(rule->checked.empty()) << rule->id;
    EXPECT_EQ(rule->since, "1.0") << rule->id;
  }
}

TEST(Catalogue, NamesWhatARuleNeeds) {
  const auto needs_of = [](std::string_view id) { return find_rule(id)->needs; };
  EXPECT_EQ(needs_of("LIF-3"), "cursors_outlive_stream");
  EXPECT_EQ(needs_of("APP-2"), "fail_next_append");
  EXPECT_EQ(needs_of("APP-5"), "conditional_append");
  EXPECT_EQ(needs_of("DUR-1"), "reopen");
  EXPECT_EQ(needs_of("DUR-4"), "durability");
  EXPECT_EQ(needs_of("DUR-5"), "damage_detection");
  EXPECT_EQ(needs_of("ERR-3"), "network");
  EXPECT_EQ(needs_of("BLK-3"), "");
  for (const std::string_view id : match_rules("TRN-*")) EXPECT_EQ(needs_of(id), "truncation");
  for (const std::string_view id : match_rules("HND-*")) EXPECT_EQ(needs_of(id), "handler");
  for (const std::string_view id : match_rules("CNS-*")) EXPECT_EQ(needs_of(id), "consumer");
  EXPECT_EQ(std::ranges::count(catalogue(), std::string_view(), &Rule::needs), 49);
}

TEST(Catalogue, HasNoRuleThatIsUntested) {
  for (const Rule* rule : catalogue()) EXPECT_TRUE(rule->untested.empty()) << rule->id;
}

TEST(FindRule, FindsByTheWholeIdOnly) {
  for (const Rule* rule : catalogue()) EXPECT_EQ(find_rule(rule->id), rule);
  for (const std::string_view unknown : {"", "BLK", "BLK-", "BLK-9", "blk-1", "BLK_1", "BLK-1 "})
    EXPECT_EQ(find_rule(unknown), nullptr) << unknown;
}

TEST(MatchRules, TakesAnExactId) {
  EXPECT_EQ(match_rules("BLK-4"), Ids{"BLK-4"});
}

TEST(MatchRules, TakesAGlob) {
  EXPECT_EQ(match_rules("BLK-*"), (Ids{"BLK-1", "BLK-2", "BLK-3", "BLK-4", "BLK-5"}));
  EXPECT_EQ(match_rules("C*-7"), (Ids{"CLS-7", "CNS-7"}));
  EXPECT_EQ(match_rules("*N*-7"), (Ids{"TRN-7", "CNS-7"}));
  EXPECT_EQ(match_rules("BLK-4**"), Ids{"BLK-4"});
  EXPECT_EQ(match_rules("*").size(), catalogue().size());
}

TEST(MatchRules, TakesAnUnderscoreForADash) {
  EXPECT_EQ(match_rules("BLK_4"), Ids{"BLK-4"});
  EXPECT_EQ(match_rules("PAY_*"), (Ids{"PAY-1", "PAY-2"}));
}

TEST(MatchRules, IsEmptyIfNothingMatches) {
  for (const std::string_view pattern : {"", "BLK", "BLK-9", "XYZ-*", "blk-*", "BLK-?", "*-"})
    EXPECT_EQ(match_rules(pattern), Ids{}) << pattern;
}

TEST(CatalogueHash, IsSixteenHexadecimalDigitsAndStable) {
  const std::string hash = catalogue_hash();
  EXPECT_EQ(hash.size(), 16U);
  EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos) << hash;
  EXPECT_EQ(catalogue_hash(), hash);
}

TEST(CatalogueMarkdown, HasEachRuleOnceAsAHeadingAndInFull) {
  const std::string text = catalogue_markdown();
  for (const Rule* rule : catalogue()) {
    const std::string level = rule->level == Level::must ? "MUST" : "SHOULD";
    const std::string heading = "\n### " + std::string(rule->id) + " (" + level + ")\n";
    EXPECT_EQ(count(text, heading), 1U) << rule->id;
    EXPECT_EQ(count(text, "\n### " + std::string(rule->id) + " "), 1U) << rule->id;
    EXPECT_TRUE(contains(text, rule->sentence)) << rule->id;
    EXPECT_TRUE(contains(text, rule->intent)) << rule->id;
    EXPECT_TRUE(contains(text, rule->causes)) << rule->id;
  }
  EXPECT_EQ(count(text, "\n### "), catalogue().size());
}

TEST(CatalogueMarkdown, SaysWhereItComesFrom) {
  const std::string text = catalogue_markdown();
  EXPECT_TRUE(contains(text, "`streamtest rules --markdown`"));
  EXPECT_TRUE(contains(text, std::string(contract_version)));
  EXPECT_TRUE(contains(text, catalogue_hash()));
}

TEST(CatalogueMarkdown, StatesEveryChapterAndDecisionOnce) {
  const std::string text = catalogue_markdown();
  for (const Chapter& chapter : chapters())
    EXPECT_EQ(count(text, "\n## " + std::string(chapter.prefix) + ": "), 1U) << chapter.prefix;
  EXPECT_EQ(count(text, "\n## Decisions\n"), 1U);
  for (int number = 1; number <= 18; ++number)
    EXPECT_EQ(count(text, "\n- **D" + std::to_string(number) + " "), 1U) << number;
}

}  // namespace
}  // namespace streamtest
