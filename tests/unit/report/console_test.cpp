#include "result.hpp"

#include <streamtest/report/console.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <regex>

namespace streamtest {
namespace {

using std::chrono::seconds;

/// A file without a name, and what was written to it.
class Paper {
 public:
  Paper() : file_(std::tmpfile()) {}
  ~Paper() { std::fclose(file_); }
  Paper(const Paper&) = delete;
  Paper& operator=(const Paper&) = delete;

  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    std::rewind(file_);
    std::string all;
    std::array<char, 4096> bytes;
    while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file_))
      all.append(bytes.data(), count);
    return all;
  }

 private:
  std::FILE* file_;
};

void run(Console& console, const RuleResult& line) {
  console.started(line.id);
  console.finished(line);
}

Report judged(Profile profile, std::vector<RuleResult> rules) {
  Report report;
  report.profile = profile;
  report.rules = std::move(rules);
  report.verdict = judge(profile, report.rules);
  return report;
}

std::string summary(const Report& report, bool terminal = false) {
  Paper paper;
  Console(paper.file(), terminal, 0, seconds(1)).summary(report);
  return paper.text();
}

TEST(ConsoleOnAPipe, WritesALineAChapterAndFailuresAsTheyCome) {
  Paper paper;
  Console console(paper.file(), false, 7, seconds(30));
  const std::vector<RuleResult> results{
      result("IDN-1", Verdict::pass),
      result("IDN-2", Verdict::pass),
      result("BLK-1", Verdict::pass),
      result("BLK-3", Verdict::fail,
             "BLK-3 failed: wake_up (blocking)\n  what was seen:\n\n    nothing\n"),
      result("BLK-5", Verdict::could_not_run, "no clock"),
      result("CAN-1", Verdict::pass),
      result("CAN-5", Verdict::not_supported),
  };
  for (const RuleResult& each : results) run(console, each);
  console.summary(judged(Profile::full, results));
  EXPECT_EQ(paper.text(), R"(IDN  identity                       2 passed
  BLK-3 failed: wake_up (blocking)
    what was seen:

      nothing
  BLK-5 could not run: no clock
BLK  blocking and waking            1 passed, 1 failed, 1 could not run
CAN  cancelling                     1 passed, 1 not supported
7 rules: 4 passed, 1 failed, 1 could not run, 1 not supported
failed: BLK-3
verdict: not_conformant
)");
}

TEST(ConsoleOnAPipe, SaysHowToSeeAFailureAgain) {
  Paper paper;
  Console console(paper.file(), false, 2, seconds(30));
  RuleResult failed = result("IDN-1", Verdict::flaky, "sometimes");
  failed.reproduce = "streamtest certify memory: --rule IDN-1";
  run(console, failed);
  failed.message = "IDN-2 failed:\n" + failed.reproduce;
  failed.id = "IDN-2";
  run(console, failed);
  EXPECT_EQ(paper.text(), R"(  IDN-1 flaky: sometimes
  see it again: streamtest certify memory: --rule IDN-1
  IDN-2 failed:
  streamtest certify memory: --rule IDN-1
IDN  identity                       0 passed, 2 flaky
)");
}

TEST(ConsoleOnAPipe, ChaptersThatRunTogetherGetOneLineEach) {
  Paper paper;
  Console console(paper.file(), false, 5, seconds(30));
  console.started("IDN-1");
  console.started("BLK-1");
  console.finished(result("IDN-1", Verdict::pass));
  console.finished(result("BLK-1", Verdict::pass));
  console.started("BLK-2");
  console.started("IDN-2");
  console.finished(result("BLK-2", Verdict::pass));
  console.finished(result("IDN-2", Verdict::pass));
  EXPECT_EQ(paper.text(), "IDN  identity                       2 passed\n");
  run(console, result("CAN-1", Verdict::pass));
  EXPECT_EQ(paper.text(), R"(IDN  identity                       2 passed
BLK  blocking and waking            2 passed
CAN  cancelling                     1 passed
)");
}

TEST(ConsoleOnAPipe, AChapterThatNeverEndedIsShownBeforeTheSummary) {
  Paper paper;
  Console console(paper.file(), false, 3, seconds(30));
  run(console, result("BLK-1", Verdict::pass));
  console.started("BLK-2");
  console.summary(judged(Profile::full, {result("BLK-1", Verdict::pass)}));
  EXPECT_EQ(paper.text(), R"(BLK  blocking and waking            1 passed
1 rule: 1 passed
verdict: conformant
)");
}

TEST(ConsoleSummary, NamesClaimsAndFailedShoulds) {
  Report report =
      judged(Profile::full, {result("ORD-1", Verdict::pass), result("BLK-5", Verdict::fail)});
  report.may_claim = {"twin", "conditional_append"};
  EXPECT_EQ(summary(report), R"(2 rules: 1 passed, 1 failed
you may claim: twin, conditional_append
failed SHOULDs, which count in the profile strict only: BLK-5
verdict: conformant
)");
}

TEST(ConsoleSummary, InStrictAFailedShouldIsAFailure) {
  EXPECT_EQ(summary(judged(Profile::strict,
                           {result("ORD-1", Verdict::pass), result("BLK-5", Verdict::fail),
                            result("ORD-2", Verdict::flaky)})),
            R"(3 rules: 1 passed, 1 failed, 1 flaky
failed: BLK-5
flaky: ORD-2
verdict: not_conformant
)");
}

TEST(ConsoleSummary, SaysWhyItIsPartial) {
  EXPECT_EQ(
      summary(judged(Profile::full,
                     {result("ORD-1", Verdict::pass), result("ORD-2", Verdict::excluded),
                      result("BLK-5", Verdict::excluded), result("ORD-3", Verdict::not_supported),
                      result("TRN-1", Verdict::not_supported)})),
      R"(5 rules: 1 passed, 2 excluded, 2 not supported
excluded: ORD-2
not supported: ORD-3
verdict: partial
)");
}

TEST(Summary, SaysWhatWasExploredAndWhatThatIsWorth) {
  Report report = judged(Profile::full, {result("IDN-1", Verdict::pass)});
  report.explored.ways = {{"controlled threads", 2}, {"free threads", 1}};
  report.explored.weaker_because = {"the stream has connections"};
  report.explored.strategies = {{"FIFO", 2}, {"PCT 2", 20}};
  report.explored.bounds = {{2, 0.01234}, {3, 0.5}};
  EXPECT_EQ(summary(report), R"(1 rule: 1 passed
explored by controlled threads: 2 programs, 22 orders; a bug of depth 2 that each can show is found with p >= 0.012
explored by free threads: 1 program, because the stream has connections
verdict: conformant
)");
}

TEST(Summary, OrdersAndBoundsAreThoseOfAllWaysInWhichTheyWereChosen) {
  Report report = judged(Profile::full, {result("IDN-1", Verdict::pass)});
  report.explored.ways = {
      {"controlled threads", 2}, {"free threads", 3}, {"simulated handlers", 1}};
  report.explored.strategies = {{"FIFO", 3}};
  report.explored.bounds = {{2, 0.5}};
  EXPECT_EQ(summary(report), R"(1 rule: 1 passed
explored by controlled threads: 2 programs and by simulated handlers: 1 program, 3 orders; a bug of depth 2 that each can show is found with p >= 0.5
explored by free threads: 3 programs
verdict: conformant
)");
}

TEST(Summary, SaysWhyTheOrdersAreNotThoseOfAStrongerWay) {
  Report report = judged(Profile::full, {result("IDN-1", Verdict::pass)});
  report.explored.ways = {{"controlled threads", 2}};
  report.explored.weaker_because = {"handlers can't be simulated: it spins"};
  report.explored.strategies = {{"FIFO", 3}};
  EXPECT_EQ(summary(report), R"(1 rule: 1 passed
explored by controlled threads: 2 programs, 3 orders
not explored in a stronger way, because handlers can't be simulated: it spins
verdict: conformant
)");
}

TEST(ConsoleSummary, SaysWhyItIsInconclusive) {
  EXPECT_EQ(summary(judged(Profile::full,
                           {result("ORD-1", Verdict::pass), result("ORD-2", Verdict::inconclusive),
                            result("ORD-3", Verdict::excluded)})),
            R"(3 rules: 1 passed, 1 inconclusive, 1 excluded
inconclusive: ORD-2
verdict: inconclusive
)");
  EXPECT_EQ(summary(judged(Profile::full, {})), "0 rules\nno rule passed\nverdict: inconclusive\n");
}

TEST(ConsoleSummary, ASelectionIsNoCertificate) {
  EXPECT_EQ(summary(judged(Profile::full,
                           {result("ORD-1", Verdict::pass), result("ORD-2", Verdict::not_selected),
                            result("TRN-1", Verdict::not_selected)})),
            R"(3 rules: 1 passed, 2 not selected
no certificate: 2 rules not selected
verdict: conformant, of what was selected
)");
}

TEST(ConsoleSummary, RulesForStreamsAreNotMissedInAConsumer) {
  Report report = judged(Profile::full,
                         {result("ORD-1", Verdict::not_selected),
                          result("HND-1", Verdict::not_selected), result("CNS-1", Verdict::pass)});
  report.role = Role::consumer;
  EXPECT_EQ(summary(report), R"(1 rule for a consumer: 1 passed
verdict: conformant
)");
  report.rules.push_back(result("CNS-2", Verdict::not_selected));
  EXPECT_EQ(summary(report), R"(2 rules for a consumer: 1 passed, 1 not selected
no certificate: 1 rule not selected
verdict: conformant, of what was selected
)");
}

TEST(ConsoleSummary, WhatTheProfileLeavesOutIsNotMissing) {
  EXPECT_EQ(summary(judged(Profile::core,
                           {result("ORD-1", Verdict::pass), result("BLK-5", Verdict::not_selected),
                            result("TRN-1", Verdict::not_selected)})),
            R"(3 rules: 1 passed, 2 not selected
verdict: conformant
)");
}

TEST(ConsoleOnATerminal, RewritesOneLine) {
  Paper paper;
  Console console(paper.file(), true, 2, seconds(100));
  console.started("IDN-1");
  const std::string first = "[0/2] IDN-1  0 failed  100 s left";
  EXPECT_EQ(paper.text(), first);
  console.finished(result("IDN-1", Verdict::pass));
  console.started("IDN-2");
  console.finished(result("IDN-2", Verdict::pass));
  console.summary(judged(Profile::full, {result("IDN-1", Verdict::pass)}));
  const std::string blanks = "\r" + std::string(first.size(), ' ') + "\r";
  const std::string text = paper.text();
  EXPECT_TRUE(text.starts_with(first + blanks + "[1/2] IDN-1  0 failed")) << text;
  EXPECT_NE(text.find("\r[1/2] IDN-2  0 failed"), std::string::npos) << text;
  EXPECT_NE(text.find("\r[2/2] IDN-2  0 failed\r"), std::string::npos) << text;
  EXPECT_NE(text.find("\r1 rule: 1 passed\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("identity"), std::string::npos) << text;
}

TEST(ConsoleOnATerminal, CountsFailuresAndTimeLeft) {
  Paper paper;
  Console console(paper.file(), true, 3, std::chrono::minutes(10));
  console.started("IDN-1");
  console.finished(result("IDN-1", Verdict::fail, "why"));
  console.started("IDN-2");
  const std::string text = paper.text();
  EXPECT_TRUE(std::regex_search(text, std::regex("\r\\[1/3\\] IDN-2  1 failed  \\d+ s left$")))
      << text;
  EXPECT_NE(text.find("[0/3] IDN-1  0 failed  10 min left\r"), std::string::npos) << text;
}

/// Colours as the environment has them, put back at the end.
class NoColour {
 public:
  explicit NoColour(const char* value) {
    if (const char* before = std::getenv("NO_COLOR")) before_ = before;
    had_ = std::getenv("NO_COLOR") != nullptr;
    set(value);
  }
  ~NoColour() { set(had_ ? before_.c_str() : nullptr); }
  NoColour(const NoColour&) = delete;
  NoColour& operator=(const NoColour&) = delete;

 private:
  static void set(const char* value) {
    if (value)
      ::setenv("NO_COLOR", value, 1);
    else
      ::unsetenv("NO_COLOR");
  }
  bool had_ = false;
  std::string before_;
};

std::string failing_run(bool terminal) {
  Paper paper;
  Console console(paper.file(), terminal, 1, seconds(1));
  const RuleResult failed = result("IDN-1", Verdict::fail, "why");
  run(console, failed);
  console.summary(judged(Profile::full, {failed}));
  return paper.text();
}

TEST(ConsoleColour, OnATerminalOnlyAndNotAgainstTheEnvironment) {
  const NoColour allowed(nullptr);
  EXPECT_NE(failing_run(true).find("\x1B[31m"), std::string::npos);
  EXPECT_EQ(failing_run(false).find('\x1B'), std::string::npos);
  const NoColour refused("1");
  EXPECT_EQ(failing_run(true).find('\x1B'), std::string::npos);
}

TEST(Console, DoesNotPassOnControlCharacters) {
  Paper paper;
  Console console(paper.file(), false, 1, seconds(1));
  run(console, result("IDN-1", Verdict::fail, "a\x1B[2J\r\tb\x7F \xC2\x9Bz \xC3\xA9 \xC2"));
  EXPECT_TRUE(
      paper.text().starts_with("  IDN-1 failed: a\\x1b[2J\\x0d\tb\\x7f \\u009bz \xC3\xA9 \xC2\n"));
}

}  // namespace
}  // namespace streamtest
