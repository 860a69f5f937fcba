#include <gtest/gtest.h>
#include <testee/hello.hpp>

namespace testee {
namespace {

TEST(Hello, AllThatItSaysIsThere) {
  // What a reader doesn't know must be ignored.
  const Hello hello = hello_from(Json::parse(R"({
      "testee": 1, "name": "mystream 2", "capabilities": {"twin": true, "staleness": 7},
      "hooks": ["twin"], "lacks": ["application"], "event_types": ["A", "B", "C"],
      "identity": "uuid", "boundaries": [1, 500], "variants": ["small"], "colour": "blue"})"));
  EXPECT_EQ(hello.name, "mystream 2");
  EXPECT_EQ(hello.capabilities.at("twin"), true);
  EXPECT_EQ(hello.capabilities.at("staleness"), 7);
  EXPECT_EQ(hello.hooks, std::vector<std::string>{"twin"});
  EXPECT_EQ(hello.lacks, std::vector<std::string>{"application"});
  EXPECT_EQ(hello.event_types.size(), 3U);
  EXPECT_EQ(hello.identity, Hello::Identity::uuid);
  EXPECT_EQ(hello.boundaries, (std::vector<std::uint64_t>{1, 500}));
  EXPECT_EQ(hello.variants, std::vector<std::string>{"small"});
}

TEST(Hello, MostOfItMayBeLeftOut) {
  const Hello hello = hello_from({{"testee", 1}, {"name", "x"}});
  EXPECT_TRUE(hello.capabilities.empty());
  EXPECT_TRUE(hello.hooks.empty());
  EXPECT_EQ(hello.identity, Hello::Identity::name);
}

TEST(Hello, TheMemberThatIsWrongIsNamed) {
  const std::vector<std::pair<const char*, Json>> wrong{{"name", nullptr},
                                                        {"name", ""},
                                                        {"name", 7},
                                                        {"capabilities", Json::array({"twin"})},
                                                        {"capabilities", "twin"},
                                                        {"hooks", "twin"},
                                                        {"hooks", Json::array({1})},
                                                        {"hooks", Json::array({""})},
                                                        {"hooks", Json::array({"twin", "twin"})},
                                                        {"lacks", {{"application", true}}},
                                                        {"event_types", Json::array({nullptr})},
                                                        {"identity", "number"},
                                                        {"identity", 1},
                                                        {"boundaries", 500},
                                                        {"boundaries", Json::array({-1})},
                                                        {"boundaries", Json::array({0})},
                                                        {"boundaries", Json::array({1.5})},
                                                        {"variants", Json::array({Json::array()})}};
  for (const auto& [member, value] : wrong) {
    Json line{{"testee", 1}, {"name", "x"}};
    line[member] = value;
    try {
      (void)hello_from(line);
      ADD_FAILURE() << line;
    } catch (const Lost& lost) {
      EXPECT_TRUE(lost.misbehaved());
      EXPECT_NE(std::string(lost.what()).find("\"" + std::string(member) + "\""), std::string::npos)
          << lost.what();
    }
  }
  EXPECT_THROW((void)hello_from({{"testee", 1}}), Lost);
}

}  // namespace
}  // namespace testee
