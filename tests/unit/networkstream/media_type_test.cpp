#include <gtest/gtest.h>
#include <networkstream/media_type.hpp>

namespace networkstream {
namespace {

TEST(MediaTypes, OrderCaseAndBlanksOfParametersMeanNothing) {
  const auto one = parse_media_type("application/json; charset=utf-8; type=\"shop.Bought\"");
  const auto other = parse_media_type("  Application/JSON;TYPE=shop.Bought ;  Charset=utf-8");
  ASSERT_TRUE(one);
  EXPECT_EQ(one, other);
  EXPECT_EQ(one->name, "application/json");
  EXPECT_EQ(one->parameters.at("type"), "shop.Bought");
}

TEST(MediaTypes, ValuesOfParametersKeepTheirCase) {
  EXPECT_NE(parse_media_type("a/b; type=Bought"), parse_media_type("a/b; type=bought"));
}

TEST(MediaTypes, QuotedValuesHoldWhatATokenCant) {
  const auto parsed = parse_media_type(R"(a/b; x="1; \"2\" \\"; y="")");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->parameters.at("x"), R"(1; "2" \)");
  EXPECT_EQ(parsed->parameters.at("y"), "");
}

TEST(MediaTypes, ASemicolonMayStandAtTheEnd) {
  EXPECT_EQ(parse_media_type("a/b;"), parse_media_type("a/b"));
}

TEST(MediaTypes, WhatIsNoneIsNothing) {
  for (const char* text :
       {"", " ", "json", "/json", "application/", "a b/c", "a/b c", "a/b; x", "a/b; =1",
        "a/b; x=", "a/b; x=\"open", "a/b; x=1; X=2", "a/b; x=\"\\", "a/b,c/d"})
    EXPECT_FALSE(parse_media_type(text)) << "'" << text << "'";
}

}  // namespace
}  // namespace networkstream
