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
  EXPECT_EQ(run(little, [](Bench&) { throw StreamLost("no"); }).result.verdict, Verdict::fail);
  EXPECT_EQ(run(little, [](Bench&) { throw std::bad_alloc(); }).result.verdict,
            Verdict::could_not_run);
}

struct Durable : LittleHarness {
  using LittleHarness::LittleHarness;
  static Capabilities capabilities() { return {.durability = Durability::process}; }
  static constexpr bool attaches = true;
};

TEST_F(RunnerTest, AClaimThatNeedsProcessesToKillDoesNotGoUncheckedWhereThereCanBeNone) {
  const SubjectFactory factory = make_factory<Durable>("durable");
  Runner runner(factory, settings, {});
  const Finding finding = runner.run(*find_rule("DUR-2"));
  EXPECT_EQ(finding.result.verdict, Verdict::could_not_run);
  EXPECT_NE(finding.result.message.find("link streamtest::suite_main"), std::string::npos)
      << finding.result.message;
}

struct Undamaged : LittleHarness {
  using LittleHarness::LittleHarness;
  static Capabilities capabilities() { return {.damage_detection = true}; }
  void reopen() {}
  void damage(Damage, std::uint64_t) {}
};

TEST_F(RunnerTest, DamageThatNeverComesUpProvesNothing) {
  const SubjectFactory factory = make_factory<Undamaged>("undamaged");
  Runner runner(factory, settings, {});
  EXPECT_EQ(runner.run(*find_rule("DUR-5")).result.verdict, Verdict::inconclusive);
}

/// A stream in another process that ends, or breaks the protocol, at one of its calls.
template <typename Exception, int call>
struct Elsewhere : LittleHarness {
  struct Cursor {
    eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
      if (call == 3) throw Exception("gone");
      return cursor.next(token);
    }
    eventstream::Result<void> close() {
      if (call == 4) throw Exception("gone");
      return cursor.close();
    }
    eventstream::Cursor cursor;
  };
  struct Stream {
    eventstream::Identity application() { return memory->application(); }
    eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token) {
      return memory->event_types(token);
    }
    eventstream::Result<Cursor> open(eventstream::Offset offset,
                                     const eventstream::EventTypeSet& filter,
                                     const std::stop_token& token) {
      if (call == 2) throw Exception("gone");
      auto cursor = memory->open(offset, filter, token);
      if (!cursor) return cursor.error();
      return Cursor{*std::move(cursor)};
    }
    memorystream::Stream* memory;
  };

  explicit Elsewhere(const Scenario& scenario) : LittleHarness(scenario), elsewhere{&memory} {
    if (call == 0) throw Exception("gone");
  }
  Stream& stream() { return elsewhere; }
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    if (call == 1) throw Exception("gone");
    return LittleHarness::append(batch);
  }

  Stream elsewhere;
};

template <typename Exception, int... calls>
void expect_all(const Settings& settings, Verdict verdict, std::integer_sequence<int, calls...>) {
  const auto expect = [&](const SubjectFactory& factory, int call) {
    Runner runner(factory, settings, {});
    const Finding finding = runner.run(*find_rule("CLS-1"));
    EXPECT_EQ(finding.result.verdict, verdict) << call << finding.result.message;
    EXPECT_NE(finding.result.message.find("gone"), std::string::npos) << call;
  };
  (expect(make_factory<Elsewhere<Exception, calls>>("elsewhere"), calls), ...);
}

TEST_F(RunnerTest, AStreamThatIsLostIsAFailWhicheverCallFindsItOut) {
  expect_all<StreamLost>(settings, Verdict::fail, std::make_integer_sequence<int, 5>());
}

TEST_F(RunnerTest, WhatComesToLightAfterACaseIsItsVerdict) {
  little.after_case = [] { throw StreamLost("died as it went"); };
  const Finding finding = run(little, [](Bench&) {});
  EXPECT_EQ(finding.result.verdict, Verdict::fail);
  EXPECT_NE(finding.result.message.find("died as it went"), std::string::npos);
}

TEST_F(RunnerTest, AHarnessFailureIsNotTheStreamsWhicheverCallItComesFrom) {
  expect_all<HarnessFailure>(settings, Verdict::could_not_run,
                             std::make_integer_sequence<int, 5>());
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

TEST(ReproduceCommand, SaysAllThatDecidedWhatWasCalledStuck) {
  const Rule& rule = *find_rule("BLK-3");
  Settings settings{.seed = 7};
  EXPECT_EQ(reproduce_command(rule, settings, {"memory:", "quick", "", ""}),
            "streamtest certify 'memory:' --rule BLK-3 --seed 7 --budget quick");
  settings.patience = std::chrono::milliseconds(500);
  settings.time_scale = 5;
  EXPECT_EQ(reproduce_command(rule, settings, {"memory:", "quick", "large", ""}),
            "streamtest certify 'memory:' --rule BLK-3 --seed 7 --budget quick --patience 0.5s "
            "--time-scale 5 --variant 'large'");
  EXPECT_EQ(reproduce_command(rule, settings, {"", "quick", "", ""}),
            "STREAMTEST_RULE=BLK-3 STREAMTEST_SEED=7 STREAMTEST_BUDGET=quick "
            "STREAMTEST_PATIENCE=0.5s STREAMTEST_TIME_SCALE=5 and this program again");
}

}  // namespace
}  // namespace streamtest
