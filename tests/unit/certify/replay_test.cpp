#include "../subject/little_stream.hpp"
#include "counterexamples.hpp"

#include <streamtest/certify/replay.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

// The library's door to counterexamples: what a test of one's own does with the text of a file.

namespace streamtest {
namespace {

using CameTo = CounterexampleReplay::CameTo;

/// Acknowledges every second event and forgets it.
struct Lossy : LittleHarness {
  using LittleHarness::LittleHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    return consecutive(memory.append(batch.first((batch.size() + 1) / 2)), batch.size());
  }
};

struct Small : LittleHarness {
  using LittleHarness::LittleHarness;
  static std::vector<std::string> variants() { return {"small"}; }
};

CounterexampleReplay replay(const SubjectFactory& factory, const Counterexample& counterexample) {
  return replay_counterexample(factory, to_json(counterexample));
}

TEST(ReplayCounterexample, AStreamThatIsRightPasses) {
  const CounterexampleReplay again = replay(make_factory<LittleHarness>("little"), two_appends());
  EXPECT_TRUE(again.passed()) << again.text;
  EXPECT_EQ(again.text, "");
}

TEST(ReplayCounterexample, AFailureIsTheBinarysText) {
  const CounterexampleReplay again = replay(make_factory<Lossy>("lossy"), two_appends());
  EXPECT_EQ(again.came_to, CameTo::failed);
  EXPECT_FALSE(again.passed());
  for (const char* part : {"CON-2 failed: a counterexample, replayed (next)", "what happened",
                           "run again, it failed 1 of 1 times", "see it again:\n    this test\n"})
    EXPECT_NE(again.text.find(part), std::string::npos) << part << "\nin\n" << again.text;
}

TEST(ReplayCounterexample, WhatCannotBeRunAsItWasIsNoPass) {
  Counterexample other = two_appends();
  other.way = "controlled threads";  // this program doesn't link what controls them
  const CounterexampleReplay again = replay(make_factory<Lossy>("lossy"), other);
  EXPECT_EQ(again.came_to, CameTo::could_not_run);
  EXPECT_EQ(again.text,
            "CON-2 could not be replayed: it was found by controlled threads, which can't be had "
            "here: this program has no control of threads, which is in streamtest::sched");
}

TEST(ReplayCounterexample, TakesTheVariantThatFailed) {
  Counterexample small = two_appends();
  small.variant = "small";
  EXPECT_TRUE(replay(make_factory<Small>("small"), small).passed());
  EXPECT_THROW(replay(make_factory<Small>("small"), two_appends()), std::invalid_argument);
  EXPECT_THROW(replay(make_factory<LittleHarness>("little"), small), std::invalid_argument);
}

TEST(ReplayCounterexample, AnotherTextIsRefused) {
  const SubjectFactory little = make_factory<LittleHarness>("little");
  EXPECT_THROW(replay_counterexample(little, "{}"), std::invalid_argument);
  EXPECT_THROW(replay_counterexample(little, "TEST"), std::invalid_argument);
}

}  // namespace
}  // namespace streamtest
