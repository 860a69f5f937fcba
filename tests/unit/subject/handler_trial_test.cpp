#include "little_handler.hpp"

#include <streamtest/subject/handler_trial.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

/// A handler that a test can disturb.
struct Disturbed : LittleHandlerHarness {
  explicit Disturbed(const Scenario& scenario) : LittleHandlerHarness(scenario) { last = this; }
  static inline Disturbed* last = nullptr;
};

class HandlerTrialTest : public testing::Test {
 protected:
  std::string breach(const std::function<void()>& action) {
    try {
      action();
    } catch (const Violation& violation) {
      return violation.message();
    }
    return "none";
  }

  SubjectFactory factory = make_factory<Disturbed>("disturbed");
  Settings settings;
  std::unique_ptr<Driver> driver = make_threads_driver();
  std::shared_ptr<History> history = std::make_shared<History>();
  Bench bench{factory, settings, *driver, history, "HND-1", "trial", {}};
  HandlerTrial trial{bench};
};

TEST_F(HandlerTrialTest, ACorrectHandlerStands) {
  trial.must_stand();
  trial.must_handle(trial.event(0, 0));
  trial.must_handle(trial.event(1, 7));
  trial.must_refuse(0, trial.event(1, 8));
  EXPECT_EQ(trial.next(0), 1U);
  EXPECT_EQ(trial.next(1), 8U);
  EXPECT_EQ(trial.next(2), 0U);
}

TEST_F(HandlerTrialTest, AnEffectThatIsLostOrDoubledIsSeen) {
  trial.must_handle(trial.event(0, 3));
  Disturbed::last->applied.push_back(Disturbed::last->applied.front());
  EXPECT_NE(breach([&] { trial.must_stand(); }).find("expected events 3, seen events 3 3"),
            std::string::npos);
  Disturbed::last->applied.clear();
  EXPECT_NE(breach([&] { trial.must_stand(); }).find("expected events 3, seen none"),
            std::string::npos);
}

TEST_F(HandlerTrialTest, AnEffectOfNoEventIsTheHarnessesFailure) {
  Disturbed::last->applied.push_back("rubbish");
  EXPECT_THROW(trial.must_stand(), HarnessFailure);
}

TEST_F(HandlerTrialTest, AnOffsetThatMovedByItselfIsSeen) {
  const eventstream::Event event = trial.event(2, 5);
  (void)Disturbed::last->memory_handler.handle_event(0, event);
  EXPECT_NE(breach([&] { trial.must_stand(); }).find("expected 0, seen 6"), std::string::npos);
}

TEST_F(HandlerTrialTest, AFailureMayHaveDoneBoth) {
  const eventstream::Event event = trial.event(0, 5);
  (void)Disturbed::last->memory_handler.handle_event(0, event);
  EXPECT_TRUE(trial.accept(event, eventstream::Errc::backend_failure));
  EXPECT_EQ(trial.next(0), 6U);
  EXPECT_FALSE(trial.accept(trial.event(0, 6), eventstream::Errc::backend_failure));
  EXPECT_EQ(trial.next(0), 6U);
}

TEST_F(HandlerTrialTest, ASuccessThatDidNothingIsSeen) {
  EXPECT_NE(breach([&] { trial.accept(trial.event(0, 5), {}); }).find("expected 6, seen 0"),
            std::string::npos);
}

TEST_F(HandlerTrialTest, ARefusalWhereSuccessIsDueIsSeen) {
  const eventstream::Event event = trial.event(0, 5);
  (void)Disturbed::last->memory_handler.handle_event(0, event);
  EXPECT_NE(
      breach([&] { trial.must_handle(trial.event(0, 6)); }).find("expected success, seen conflict"),
      std::string::npos);
}

}  // namespace
}  // namespace streamtest
