#include "little_stream.hpp"

#include <streamtest/subject/bench.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// Doesn't tell offsets.
struct Silent : LittleHarness {
  using LittleHarness::LittleHarness;
  Result<Offsets> append(std::span<const Parcel> batch) {
    const auto first = memory.append(batch);
    return first ? Result<Offsets>(Offsets()) : Result<Offsets>(first.error());
  }
};

struct Refusing : LittleHarness {
  using LittleHarness::LittleHarness;
  Result<Offsets> append(std::span<const Parcel>) { return Errc::backend_failure; }
};

struct Failing : LittleHarness {
  explicit Failing(const Scenario& scenario) : LittleHarness(scenario) {
    throw std::runtime_error("no server there");
  }
};

template <typename Harness>
class Table {
 public:
  std::unique_ptr<Trial> trial() { return bench.trial(); }

  SubjectFactory factory = make_factory<Harness>("little");
  Settings settings{.patience = std::chrono::milliseconds(300)};
  std::unique_ptr<Driver> driver = make_threads_driver();
  Bench bench{factory, settings, *driver, std::make_shared<History>(), "BLK-1", "unit", {}};
};

std::string violation(const std::function<void()>& act) {
  try {
    act();
  } catch (const Violation& seen) {
    return seen.message();
  }
  return "no violation";
}

TEST(Trial, LogsWhatWasAppendedWithItsOffsets) {
  Table<LittleHarness> table;
  const auto trial = table.trial();
  trial->append({0, 1});
  trial->append({2});
  ASSERT_EQ(trial->log().size(), 3U);
  EXPECT_EQ(trial->end(), 3U);
  EXPECT_EQ(trial->first_match(1, trial->filter({2}))->offset, 2U);
  EXPECT_FALSE(trial->first_match(1, trial->filter({0})));
}

TEST(Trial, LearnsOffsetsThatAppendDoesNotTell) {
  Table<Silent> table;
  const auto trial = table.trial();
  table.bench.together({[&] { trial->append({0, 1}); }, [&] { trial->append({2, 2, 2}); }});
  trial->append({0});
  const std::vector<Logged> log = trial->log();
  ASSERT_EQ(log.size(), 6U);
  for (std::size_t i = 0; i < log.size(); ++i) EXPECT_EQ(log[i].offset, i);
}

TEST(Trial, AFailedAppendIsTheHarnessesFailure) {
  Table<Refusing> table;
  const auto trial = table.trial();
  EXPECT_THROW(trial->append({0}), HarnessFailure);
}

TEST(Trial, AHarnessThatThrowsIsToldApart) {
  Table<Failing> table;
  try {
    (void)table.trial();
    FAIL() << "no exception";
  } catch (const HarnessFailure& failure) {
    EXPECT_NE(std::string(failure.what()).find("no server there"), std::string::npos)
        << failure.what();
  }
}

TEST(Pending, WaitingIsProvedByItsCause) {
  Table<LittleHarness> table;
  const auto trial = table.trial();
  Reader reader = trial->open(0, trial->filter({0}));
  reader.start_next().must_wait_until([&] {
    trial->append_one(1);
    return trial->append_one(0);
  });
  reader.start_next().must_wait_until([&]() -> Errc {
    (void)reader.close();
    return Errc::cursor_closed;
  });
}

TEST(Pending, AWrongOutcomeSaysWhatWasExpectedAndSeen) {
  Table<LittleHarness> table;
  const auto trial = table.trial();
  const std::vector<Logged> events = trial->append({0, 1});
  Reader reader = trial->open(0, trial->all_types());
  const std::string message = violation([&] { reader.must_deliver(events[1]); });
  EXPECT_NE(message.find("expected event 1 of type EventB"), std::string::npos) << message;
  EXPECT_NE(message.find("seen event 0 of type EventA"), std::string::npos) << message;
}

TEST(Pending, AStuckReadIsAViolationAfterThePatience) {
  Table<LittleHarness> table;
  const auto trial = table.trial();
  Reader reader = trial->open(0, trial->all_types());
  const std::string message = violation([&] { (void)reader.next(); });
  EXPECT_NE(message.find("is stuck"), std::string::npos) << message;
}

TEST(Pending, AReadThatReturnedBeforeItsCauseIsAViolation) {
  Table<LittleHarness> table;
  const auto trial = table.trial();
  trial->append_one(0);
  Reader reader = trial->open(0, trial->all_types());
  Pending pending = reader.start_next();
  ASSERT_TRUE(pending.returned_in_time());
  EXPECT_NE(violation([&] { pending.must_be_waiting(); }).find("did not wait"), std::string::npos);
}

TEST(Trial, LeavesNothingBehindWhenACaseFails) {
  Table<LittleHarness> table;
  {
    const auto trial = table.trial();
    Reader reader = trial->open(0, trial->all_types());
    (void)violation([&] { reader.start_next().must_deliver({}); });
  }
  EXPECT_EQ(table.driver->stuck(), 0U);
}

TEST(Witness, FailuresOfSeveralThreadsAreAllTold) {
  const Witness witness("CON-2", std::make_shared<History>());
  const std::string message = violation([&] {
    witness.together({[&] { witness.fail("one"); }, [&] { witness.fail("two"); }, [] {}});
  });
  EXPECT_NE(message.find("one"), std::string::npos);
  EXPECT_NE(message.find("two"), std::string::npos);
}

TEST(Witness, AHarnessFailureInAThreadStaysOne) {
  const Witness witness("CON-2", std::make_shared<History>());
  EXPECT_THROW(
      witness.together({[&] { witness.fail("one"); }, [] { throw HarnessFailure("down"); }}),
      HarnessFailure);
}

TEST(Bench, RoundsScaleWithTheBudgetAndRunAtLeastOnce) {
  Table<LittleHarness> table;
  table.settings.budget = std::chrono::milliseconds(1);
  Rounds few = table.bench.rounds(100);
  EXPECT_TRUE(few.more());
  EXPECT_FALSE(few.more());
  table.settings.budget = std::chrono::seconds(60);
  EXPECT_EQ(table.bench.size(1000, 10), 1000U);
  table.settings.budget = std::chrono::seconds(3);
  EXPECT_EQ(table.bench.size(1000, 10), 100U);
}

TEST(Bench, TheSeedDecidesTheRandomNumbers) {
  Table<LittleHarness> one;
  Table<LittleHarness> two;
  EXPECT_EQ(one.bench.random()(), two.bench.random()());
}

}  // namespace
}  // namespace streamtest
