#include <memorystream/stream.hpp>
#include <streamtest/explore/replay.hpp>
#include <streamtest/subject/harness.hpp>

#include <gtest/gtest.h>

#include <chrono>

// Counterexamples run again on a stream that is right, on one that is wrong whatever the order, and
// where they can't be run.

namespace streamtest {
namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using Kind = Command::Kind;

/// The stream in memory; `lossy` acknowledges every second event and forgets it.
template <bool lossy>
struct Harness {
  static Capabilities capabilities() { return {}; }
  explicit Harness(const Scenario& scenario)
      : memory({.application = scenario.application, .event_types = scenario.event_types}) {}
  memorystream::Stream& stream() { return memory; }
  Result<Offsets> append(std::span<const Parcel> batch) {
    const std::size_t kept = lossy ? (batch.size() + 1) / 2 : batch.size();
    return consecutive(memory.append(batch.first(kept)), batch.size());
  }

  memorystream::Stream memory;
};

/// An appender of two events and a reader of the first, as free threads.
Counterexample lost_half() {
  return {.rule = "CON-2",
          .patience = std::chrono::seconds(10),
          .types = {"EventA", "EventB", "EventC"},
          .program = {.before = {{.kind = Kind::append, .types = {0, 1}}},
                      .actors = {{{.kind = Kind::append, .types = {2, 2}}},
                                 {{.kind = Kind::open, .types = {0}}, {.kind = Kind::next}}}},
          .way = "free threads",
          .strategy = "POS"};
}

class Replays : public testing::Test {
 protected:
  template <typename Subject>
  Replayed replay(const Counterexample& counterexample,
                  std::unique_ptr<Driver> driver = make_threads_driver()) {
    driver_ = std::move(driver);
    factory_ = make_factory<Subject>("sample");
    bench_ = std::make_unique<Bench>(factory_, settings_, *driver_, std::make_shared<History>(),
                                     counterexample.rule, "replay", Scenario());
    return replay_counterexample(*bench_, counterexample);
  }

  Settings settings_;
  SubjectFactory factory_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<Bench> bench_;
};

TEST_F(Replays, AStreamThatIsRightPassesEveryTime) {
  const Replayed replayed = replay<Harness<false>>(lost_half());
  EXPECT_EQ(replayed.failed, 0U);
  EXPECT_EQ(replayed.times, 100U);
  EXPECT_FALSE(replayed.again);
  EXPECT_EQ(replayed.trouble, "");
  EXPECT_EQ(to_text(replayed), "");
}

TEST_F(Replays, RunsAreCounted) {
  (void)replay<Harness<false>>(lost_half());
  EXPECT_EQ(bench_->programs(), 1U);
  EXPECT_EQ(bench_->schedules(), 0U) << "orders that nobody chose";
  EXPECT_EQ(bench_->counted(), 100U);
}

TEST_F(Replays, ReadsAsTheBenchDoes) {
  EXPECT_EQ(replay<Harness<false>>(lost_half(), make_asynchronous_driver()).times, 100U);
}

TEST_F(Replays, AFailureIsSaidWithWhatWasSeenThisTime) {
  const Replayed replayed = replay<Harness<true>>(lost_half());
  ASSERT_TRUE(replayed.again);
  EXPECT_EQ(replayed.failed, 1U);
  EXPECT_EQ(replayed.times, 1U) << "free threads go on until the first failure";
  EXPECT_FALSE(replayed.again->record.calls.empty());
  EXPECT_FALSE(replayed.again->calls.empty());
  EXPECT_EQ(replayed.again->program, lost_half().program);
  const std::string text = to_text(replayed);
  EXPECT_EQ(text.find(replayed.again->sentence), 0U) << text;
  EXPECT_NE(text.find("run by free threads"), std::string::npos) << text;
  EXPECT_NE(text.find("run again, it failed 1 of 1 times"), std::string::npos) << text;
}

TEST_F(Replays, PlacesOfAnotherRunAreNotTakenForThisOnes) {
  Counterexample saved = lost_half();
  saved.places = {"main never came back from lock in somewhere"};
  const Replayed replayed = replay<Harness<true>>(saved);
  ASSERT_TRUE(replayed.again);
  EXPECT_TRUE(replayed.again->places.empty()) << "nobody can say where free threads stood";
}

TEST_F(Replays, WhatFailsAgainIsAFileThatCanBeRead) {
  const Replayed replayed = replay<Harness<true>>(lost_half());
  ASSERT_TRUE(replayed.again);
  const std::string file = to_json(*replayed.again);
  EXPECT_EQ(to_json(counterexample_from_json(file)), file);
}

TEST_F(Replays, AWayThatIsNotThereIsNoVerdict) {
  Counterexample other = lost_half();
  other.way = "threads of another machine";
  const Replayed replayed = replay<Harness<true>>(other);
  EXPECT_FALSE(replayed.again);
  EXPECT_EQ(replayed.times, 0U);
  EXPECT_EQ(replayed.trouble,
            "it was found by threads of another machine, which can't be had here: this program has "
            "no control of threads, which is in streamtest::sched");
}

TEST_F(Replays, AStreamThatLacksWhatItTakesIsNotAsked) {
  Counterexample truncating = lost_half();
  truncating.program.actors.front().push_back({.kind = Kind::truncate, .offset = 1});
  EXPECT_THROW(replay<Harness<false>>(truncating), NotSupported);
}

}  // namespace
}  // namespace streamtest
