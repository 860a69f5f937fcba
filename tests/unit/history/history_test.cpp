#include <streamtest/history/history.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace streamtest {
namespace {

std::vector<Operation> some() {
  History history;
  const auto append = history.invoke("append", "case", "", "EventA");
  history.complete(append, {"ok", 0, {}, {}});
  history.invoke("next", "reader", "c1", "");
  return history.operations();
}

TEST(History, JsonGivesBackWhatWentIn) {
  const std::vector<Operation> before = some();
  const std::vector<Operation> after = history_from_json(to_json(before));
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].name, "append");
  EXPECT_EQ(after[0].outcome.offset, 0U);
  EXPECT_EQ(after[0].returned, before[0].returned);
  EXPECT_FALSE(after[1].returned.has_value());
  EXPECT_EQ(after[1].cursor, "c1");
}

TEST(History, BadJsonIsRefusedWithTheOperation) {
  for (const char* text : {"", "{", "[]", "{\"operations\":[{}]}",
                           "{\"operations\":[{\"name\":1}]}", "{\"operations\":7}"})
    EXPECT_THROW((void)history_from_json(text), std::invalid_argument) << text;
}

TEST(History, TextMarksWhatIsPendingAndSumsUpTheStart) {
  const std::string text = to_text(some(), {}, 1);
  EXPECT_NE(text.find("… 1 other operation\n"), std::string::npos) << text;
  EXPECT_NE(text.find("c1.next() -> pending"), std::string::npos) << text;
}

TEST(History, WhatTheTextOfAFailureNamesIsMarkedAlsoWhereItIsLongAgo) {
  History history;
  const auto done = [&](std::string name, std::string cursor, std::string arguments,
                        Outcome outcome) {
    history.complete(
        history.invoke(std::move(name), "case", std::move(cursor), std::move(arguments)),
        std::move(outcome));
  };
  done("append", "", "EventA", {"ok", 0, {}, {}});
  done("append", "", "2 events", {"ok", 1, {}, {}});
  done("open", "", "2, {EventA} as c1", {"ok", {}, {}, {}});
  done("open", "", "2, {EventA} as c12", {"ok", {}, {}, {}});
  done("next", "c1", "", {"event", 2, {}, {}});
  done("append", "", "EventA", {"ok", 3, {}, {}});
  done("next", "c1", "", {"truncated", {}, {}, {}});
  done("close", "c1", "", {"ok", {}, {}, {}});
  const std::vector<Operation> operations = history.operations();
  const Marked marked =
      named_operations(operations, "next of c1 gave truncated: expected event 2, or event");
  EXPECT_EQ(marked, (Marked{1, 2, 6}));
  const std::string text = to_text(operations, marked, 1);
  EXPECT_EQ(text.find("  … 1 other operation\n→    2"), 0U) << text;
  EXPECT_NE(text.find("  … 3 other operations\n→    7"), std::string::npos) << text;
}

TEST(History, PendingTextNamesEachCallWithItsAge) {
  const std::string text = pending_text(some(), std::chrono::seconds(7));
  EXPECT_EQ(text, "  c1.next() by reader, pending for 6 s\n");
}

TEST(History, ALateReturnAfterClearIsIgnored) {
  History history;
  const auto old = history.invoke("next", "reader", "c1", "");
  history.clear();
  history.invoke("open", "case", "", "");
  history.complete(old, {"event", 3, {}, {}});
  ASSERT_EQ(history.operations().size(), 1U);
  EXPECT_FALSE(history.operations().front().returned.has_value());
}

}  // namespace
}  // namespace streamtest
