#include "../../mutants/gallery.hpp"
#include "../subject/little_stream.hpp"
#include "failing_streams.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/counterexample.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace streamtest {
namespace {

struct Uncut : LittleHarness {
  using LittleHarness::LittleHarness;
  static Capabilities capabilities() { return {}; }
};

struct Giving : LittleHarness {
  using LittleHarness::LittleHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel>) {
    throw HarnessFailure("the disk is full");
  }
};

Finding run(const SubjectFactory& factory, const char* rule, Settings settings = {},
            Delivery delivery = Delivery::blocking) {
  Runner runner(factory, settings, {"memory:", "default", "", ""});
  return runner.run(*find_rule(rule), Case{rule, "explored_schedules", run_exploration}, delivery);
}

/// Threads that are stuck refer to it until the process ends.
const SubjectFactory& sleepy() {
  static const auto& factory = *new SubjectFactory(mutants::make("T-2"));
  return factory;
}

bool controlled() {
  return make_controlled_way() != nullptr;
}

TEST(Exploration, AReaderThatIsLeftAsleepIsFoundAndShownInFull) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const Finding finding = run(sleepy(), "BLK-3");
  ASSERT_EQ(finding.result.verdict, Verdict::fail) << finding.result.message;
  const std::string& message = finding.result.message;
  for (const char* part : {"the program, run by controlled threads", "next of c",
                           "what happened, a line a moment:\n", "| * ", "it replayed 3 of 3 times"})
    EXPECT_NE(message.find(part), std::string::npos) << part << "\nin\n" << message;
  EXPECT_FALSE(finding.history_json.empty());
  EXPECT_GT(finding.found_after, 0U);
  EXPECT_EQ(finding.found_after, finding.schedules) << "shrinking and replays don't count";
}

TEST(Exploration, WhereThreadsStoodIsToldForEachSwitchAndEachCallThatNeverReturned) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const Finding finding = run(sleepy(), "BLK-3");
  ASSERT_EQ(finding.result.verdict, Verdict::fail) << finding.result.message;
  const Counterexample saved = counterexample_from_json(finding.history_json);
  const std::size_t never_returned =
      static_cast<std::size_t>(std::ranges::count(saved.record.calls, never, &Call::returned));
  ASSERT_GE(never_returned, 1U);
  EXPECT_GE(saved.places.size(), never_returned);
  EXPECT_LE(saved.places.size(), never_returned + saved.schedule.deviations.size());
  for (std::size_t i = 0; i < saved.places.size(); ++i) {
    const bool in_the_end = i + never_returned >= saved.places.size();
    EXPECT_NE(saved.places[i].find(in_the_end ? " never came back from " : " went on while "),
              std::string::npos)
        << saved.places[i];
    EXPECT_NE(finding.result.message.find(saved.places[i]), std::string::npos) << saved.places[i];
  }
}

TEST(Exploration, ACorrectStreamPassesWithCountedProgramsAndSchedules) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const SubjectFactory little = make_factory<LittleHarness>("little");
  for (const Delivery delivery : {Delivery::blocking, Delivery::asynchronous}) {
    const Finding finding = run(little, "ORD-5", {}, delivery);
    EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
    EXPECT_GE(finding.programs, 2U);
    EXPECT_LE(finding.programs, 48U);
    EXPECT_EQ(finding.schedules, finding.programs * 12);
    EXPECT_EQ(finding.result.cases, finding.schedules + 1) << "one warms up";
    EXPECT_EQ(finding.found_after, 0U);
    const Explored& explored = finding.explored;
    EXPECT_EQ(explored.ways,
              (std::map<std::string, std::uint64_t>{{"controlled threads", finding.programs}}));
    std::uint64_t orders = 0;
    for (const auto& [strategy, count] : explored.strategies) orders += count;
    EXPECT_EQ(orders, finding.schedules);
    EXPECT_EQ(explored.strategies.at("PCT 2"), finding.programs);
    const Explored::Situation& needed = explored.situations.at("an append during a read");
    EXPECT_EQ(needed.met, (std::set<std::string>{"ORD-5"}));
    EXPECT_TRUE(needed.missed.empty());
    EXPECT_TRUE(needed.programs > 0 && needed.programs <= finding.programs) << needed.programs;
    EXPECT_LE(needed.bounds.at(2), explored.bounds.at(2));
  }
}

TEST(Exploration, ABreachOfAnotherRulePasses) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  EXPECT_EQ(run(sleepy(), "CON-2").result.verdict, Verdict::pass);
}

TEST(Exploration, IsInconclusiveIfWhatTheRuleIsAboutNeverCame) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const SubjectFactory uncut = make_factory<Uncut>("uncut");
  const Finding finding = run(uncut, "TRN-4", {.budget = std::chrono::milliseconds(1)});
  EXPECT_EQ(finding.result.verdict, Verdict::inconclusive);
  EXPECT_NE(
      finding.result.message.find("in 40 programs there never was a truncation during a read"),
      std::string::npos)
      << finding.result.message;
  EXPECT_EQ(finding.programs, 40U);
  EXPECT_EQ(finding.explored.situations.at("a truncation during a read").missed,
            (std::set<std::string>{"TRN-4"}));
}

TEST(Exploration, AHarnessThatGivesUpIsNotTheStreamsFault) {
  const SubjectFactory giving = make_factory<Giving>("giving");
  const Finding finding = run(giving, "ORD-5");
  EXPECT_EQ(finding.result.verdict, Verdict::could_not_run);
  EXPECT_NE(finding.result.message.find("the disk is full"), std::string::npos)
      << finding.result.message;
}

TEST(Exploration, AStreamWhoseProcessEndsHasFailed) {
  const SubjectFactory lost = make_factory<failing::Losing<StreamLost>>("lost");
  const Finding finding = run(lost, "CON-2");
  EXPECT_EQ(finding.result.verdict, Verdict::fail);
  EXPECT_NE(finding.result.message.find("gone"), std::string::npos) << finding.result.message;
}

TEST(Exploration, AReadThatThrowsBreaksTheRuleWhateverItIs) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const SubjectFactory throwing = make_factory<failing::Throwing>("throwing");
  const Finding finding = run(throwing, "CLS-4");
  ASSERT_EQ(finding.result.verdict, Verdict::fail) << finding.result.message;
  EXPECT_NE(finding.result.message.find("outcomes are values: no such page"), std::string::npos)
      << finding.result.message;
  const Counterexample saved = counterexample_from_json(finding.history_json);
  EXPECT_EQ(saved.anomaly, AnomalyKind::exception);
  EXPECT_NE(finding.result.message.find("it replayed 3 of 3 times"), std::string::npos);
}

// Where each run waits, one simpler program alone took longer than all shrinking may: forty runs,
// of a read or more each.
TEST(Exploration, ShrinkingEndsInTheMiddleOfASimplerProgramWhoseRunsWait) {
  failing::WrongOnceCursor::reads = 0;
  SubjectFactory factory = make_factory<failing::WrongOnce>("wrong-once");
  factory.in_another_process = true;  // free threads then
  const Finding finding = run(factory, "CLS-2");
  EXPECT_EQ(finding.result.verdict, Verdict::fail);
  EXPECT_NE(finding.result.message.find("the first read fails"), std::string::npos)
      << finding.result.message;
  EXPECT_LT(failing::WrongOnceCursor::reads, 40U);
}

}  // namespace
}  // namespace streamtest
