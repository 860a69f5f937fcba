#include <streamtest/certify/failure_text.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

TEST(FailureText, WhatWasSeenComesOutAgain) {
  const std::string seen = "next of c1 gave nothing\n\n  indented\nand more";
  const std::string text = failure_text(*find_rule("OPN-1"), "a_case (next)", seen, {}, "again");
  EXPECT_EQ(what_was_seen(text), seen);
}

TEST(FailureText, ATextOfAnotherShapeComesBackWhole) {
  EXPECT_EQ(what_was_seen("needs truncation"), "needs truncation");
}

TEST(ShellWord, IsOneWordWhateverIsInIt) {
  EXPECT_EQ(shell_word("memory:"), "'memory:'");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
}

}  // namespace
}  // namespace streamtest
