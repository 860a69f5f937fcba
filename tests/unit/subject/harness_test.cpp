#include "little_stream.hpp"

#include <gtest/gtest.h>

namespace streamtest {
namespace {

struct Claimant : LittleHarness {
  static Capabilities capabilities() { return {.conditional_append = true, .twin = true}; }
  using LittleHarness::LittleHarness;
};

TEST(Harness, HooksAreSeenFromItsMembers) {
  const SubjectFactory factory = make_factory<LittleHarness>("little");
  EXPECT_TRUE(factory.hooks.truncate);
  EXPECT_FALSE(factory.hooks.append_expecting);
  EXPECT_FALSE(factory.hooks.twin);
  EXPECT_FALSE(factory.hooks.fail_next_append);
  EXPECT_TRUE(contradictions(factory).empty());
}

TEST(Harness, AClaimWithoutItsHookIsAContradiction) {
  const SubjectFactory factory = make_factory<Claimant>("claimant");
  const std::vector<std::string> list = contradictions(factory);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_NE(list[0].find("append_expecting"), std::string::npos) << list[0];
  EXPECT_NE(list[1].find("twin"), std::string::npos) << list[1];
}

TEST(Harness, AHookWithoutItsClaimMayBeClaimed) {
  EXPECT_EQ(may_claim(make_factory<Claimant>("claimant")), std::vector<std::string>{"truncation"});
}

TEST(Harness, AVocabularyOfTwoTypesIsTooSmall) {
  SubjectFactory factory = make_factory<LittleHarness>("little");
  factory.vocabulary.event_types = {eventstream::EventType("a"), eventstream::EventType("b")};
  ASSERT_EQ(contradictions(factory).size(), 1U);
}

TEST(Harness, LimitsThatTheKitCanNotKeepAreContradictions) {
  SubjectFactory factory = make_factory<LittleHarness>("little");
  factory.capabilities.max_cursors = 4;
  factory.capabilities.max_filter_types = 3;
  EXPECT_TRUE(contradictions(factory).empty());
  factory.capabilities.max_cursors = 3;
  factory.capabilities.max_filter_types = 2;
  const std::vector<std::string> list = contradictions(factory);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_NE(list[0].find("max_cursors is below 4"), std::string::npos) << list[0];
  EXPECT_NE(list[1].find("max_filter_types is below 3"), std::string::npos) << list[1];
}

TEST(Harness, TheStreamsOwnInterfacesAreFound) {
  Scenario scenario;
  scenario.event_types = {eventstream::EventType("a")};
  const std::unique_ptr<Subject> subject = make_factory<LittleHarness>("little").make(scenario);
  EXPECT_NE(subject->native_stream(), nullptr);
  EXPECT_NE(subject->native_appender(), nullptr);
  EXPECT_THROW(subject->fail_next_append(), std::logic_error);
}

TEST(Capabilities, OnlyWhatIsDeclaredIsListed) {
  EXPECT_TRUE(declared({}).empty());
  const auto list = declared({.truncation = Truncation::held,
                              .max_event_size = 7,
                              .staleness = std::chrono::milliseconds(20)});
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0], (std::pair<std::string, std::string>("truncation", "held(any)")));
  EXPECT_EQ(list[1], (std::pair<std::string, std::string>("max_event_size", "7")));
  EXPECT_EQ(list[2], (std::pair<std::string, std::string>("staleness", "20 ms")));
}

}  // namespace
}  // namespace streamtest
