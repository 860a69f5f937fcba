#include "../subject/little_stream.hpp"

#include <streamtest/certify/finding_line.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

struct Refusing : LittleHarness {
  using LittleHarness::LittleHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel>) {
    return eventstream::Errc::backend_failure;
  }
};

class RunnerTest : public testing::Test {
 protected:
  Finding run(const SubjectFactory& factory, void (*body)(Bench&)) {
    Runner runner(factory, settings, {"memory:", "quick", "", ""});
    return runner.run(*find_rule("BLK-1"), Case{"BLK-1", "made_up", body, Case::Reads::once},
                      Delivery::blocking);
  }

  SubjectFactory little = make_factory<LittleHarness>("little");
  Settings settings{.patience = std::chrono::milliseconds(200), .budget = std::chrono::seconds(3)};
};

TEST_F(RunnerTest, AnOrdinaryReturnIsAPassAndCounts) {
  const Finding finding = run(little, [](Bench& bench) { bench.count(7); });
  EXPECT_EQ(finding.result.verdict, Verdict::pass);
  EXPECT_EQ(finding.result.cases, 7U);
}

TEST_F(RunnerTest, AViolationIsAFailWithEverythingANeedyReaderWants) {
  const Finding finding = run(little, [](Bench& bench) {
    const auto trial = bench.trial();
    trial->append_one();
    bench.fail("it did the wrong thing");
  });
  EXPECT_EQ(finding.result.verdict, Verdict::fail);
  for (const char* part : {"BLK-1 failed: made_up (next)", "next MUST block",
                           "it did the wrong thing", "append(EventA) -> ok 0", "usual causes",
                           "streamtest certify 'memory:' --rule BLK-1 --seed 1 --budget quick"})
    EXPECT_NE(finding.result.message.find(part), std::string::npos) << part << "\nin\n"
                                                                    << finding.result.message;
  EXPECT_FALSE(finding.history_json.empty());
}

TEST_F(RunnerTest, OtherEndsHaveTheirVerdicts) {
  EXPECT_EQ(run(little, [](Bench&) { throw NotSupported("no"); }).result.verdict,
            Verdict::not_supported);
  EXPECT_EQ(run(little, [](Bench&) { throw Inconclusive("no"); }).result.verdict,
            Verdict::inconclusive);
  EXPECT_EQ(run(little, [](Bench&) { throw HarnessFailure("no"); }).result.verdict,
            Verdict::could_not_run);
  EXPECT_EQ(run(little, [](Bench&) { throw std::bad_alloc(); }).result.verdict,
            Verdict::could_not_run);
}

TEST_F(RunnerTest, AHarnessWhoseAppendFailsCouldNotRun) {
  const SubjectFactory refusing = make_factory<Refusing>("refusing");
  Runner runner(refusing, settings, {});
  const Finding finding = runner.run(*find_rule("ORD-1"));
  EXPECT_EQ(finding.result.verdict, Verdict::could_not_run);
  EXPECT_NE(finding.result.message.find("append"), std::string::npos) << finding.result.message;
}

TEST_F(RunnerTest, AFindingSurvivesItsLine) {
  Finding finding = run(little, [](Bench& bench) { bench.fail("line\nbreak \x01 \xff"); });
  const ChildLine line = parse_line(finding_line(finding));
  ASSERT_TRUE(line.finding);
  EXPECT_EQ(line.finding->result.id, "BLK-1");
  EXPECT_EQ(line.finding->result.verdict, Verdict::fail);
  EXPECT_EQ(line.finding->result.reproduce, finding.result.reproduce);
}

TEST_F(RunnerTest, GarbageBetweenLinesIsNoFinding) {
  for (const char* text :
       {"", "hello", "{}", "[1]", "{\"finished\":\"XXX-1\"}", "{\"started\":\"XXX-1\"}"}) {
    const ChildLine line = parse_line(text);
    EXPECT_EQ(line.started, nullptr) << text;
    EXPECT_FALSE(line.finding) << text;
  }
}

}  // namespace
}  // namespace streamtest
