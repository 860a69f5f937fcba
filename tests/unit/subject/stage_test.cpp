#include <eventstream/consumer.hpp>
#include <streamtest/subject/stage.hpp>

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Steps = std::vector<Step>;

const EventType type{"A"};

Event event(eventstream::Offset offset) {
  eventstream::Envelope envelope;
  envelope.type = type;
  envelope.source_application = {"app", "app"};
  envelope.message_id = envelope.causation_id = envelope.correlation_id = std::to_string(offset);
  return {offset, eventstream::Parcel(std::move(envelope))};
}

Script script() {
  return {.application = {"app", "app"},
          .produced = {type},
          .wanted = {type},
          .events = {event(0), event(2)}};
}

class StageTest : public testing::Test {
 protected:
  std::shared_ptr<Stage> stage(Script script) {
    return std::make_shared<Stage>(std::move(script), nullptr, 0, std::make_shared<History>(),
                                   "consumer");
  }
  Steps steps(const Stage& stage) {
    Steps list;
    for (const Act& act : stage.acts()) list.push_back(act.step);
    return list;
  }
};

TEST_F(StageTest, ACursorGivesTheScriptAndThenWaits) {
  const auto made = stage(script());
  auto cursor = made->stream().open(1, {type});
  EXPECT_EQ(cursor->next()->offset, 2U);
  EXPECT_EQ(cursor->try_next().error(), Errc::not_yet);
  EXPECT_EQ(made->open_cursors(), 1U);
  EXPECT_TRUE(cursor->close());
  EXPECT_EQ(made->open_cursors(), 0U);
  EXPECT_EQ(steps(*made), (Steps{Step::open, Step::read, Step::close}));
}

TEST_F(StageTest, TheHandlerTakesWhatIsDueAndNothingElse) {
  const auto made = stage(script());
  EXPECT_EQ(made->handler().handle_event(0, event(2)).error(), Errc::conflict);
  EXPECT_EQ(made->handler().handle_event(1, event(0)).error(), Errc::conflict);
  EXPECT_EQ(made->handler().handle_event(0, {0, {}}).error(), Errc::conflict);
  EXPECT_TRUE(made->handler().handle_event(0, event(0)));
  EXPECT_EQ(*made->handler().next_offset({}), 1U);
  EXPECT_TRUE(made->handler().handle_event(1, event(2)));
  EXPECT_EQ(made->handled(), 2U);
}

TEST_F(StageTest, FaultsComeAtTheirTurn) {
  Script faulty = script();
  faulty.faults[{Step::next_offset, 1}] = {.manner = Fault::Manner::exception};
  faulty.faults[{Step::read, 0}] = {.error = Errc::truncated};
  faulty.faults[{Step::handle, 0}] = {.manner = Fault::Manner::elsewhere};
  const auto made = stage(faulty);
  EXPECT_TRUE(made->handler().next_offset({}));
  EXPECT_THROW((void)made->handler().next_offset({}), std::runtime_error);
  EXPECT_TRUE(made->handler().next_offset({}));
  auto cursor = made->stream().open(0, {type});
  EXPECT_EQ(cursor->next().error(), Errc::truncated);
  EXPECT_EQ(cursor->next().error(), Errc::truncated) << "a failed cursor stays so";
  EXPECT_EQ(made->handler().handle_event(0, event(0)).error(), Errc::conflict);
  EXPECT_EQ(*made->handler().next_offset({}), 1U) << "somebody else has handled it";
}

TEST_F(StageTest, ACallThatIsHeldStaysUntilItsTokenStops) {
  Script held = script();
  held.held = Turn{Step::event_types, 0};
  held.ends_held = Fault{.error = Errc::cancelled};
  const auto made = stage(held);
  std::jthread caller([&](const std::stop_token& token) {
    EXPECT_EQ(made->stream().event_types(token).error(), Errc::cancelled);
    made->returned({}, {});
  });
  EXPECT_EQ(made->await(seconds(10)), Stage::State::held);
  EXPECT_FALSE(made->await_return(milliseconds(0)));
  caller.request_stop();
  EXPECT_TRUE(made->await_return(seconds(10)));
}

TEST_F(StageTest, WhoGoesInCirclesIsStopped) {
  const auto made = stage(script());
  std::jthread caller([&](const std::stop_token& token) {
    while (!token.stop_requested()) (void)made->handler().next_offset({}, token);
  });
  EXPECT_EQ(made->await(seconds(10)), Stage::State::overrun);
}

TEST_F(StageTest, ADelayInSlicesIsOneThingDone) {
  const auto made = stage(script());
  const auto clock = made->clock();
  std::stop_source stop;
  for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(clock->wait_for(seconds(1), stop.get_token()));
  EXPECT_EQ(made->await(milliseconds(0)), Stage::State::running);
}

TEST_F(StageTest, WhoWaitsForNoTimeAtAllGoesInCircles) {
  const auto made = stage(script());
  std::jthread caller([&](const std::stop_token& token) {
    while (made->clock()->wait_for(seconds(0), token)) {
    }
  });
  EXPECT_EQ(made->await(seconds(10)), Stage::State::overrun);
}

TEST_F(StageTest, ADelayWithoutAnEndInSightIsOneOnlyIfItWasAdvised) {
  for (const bool advised : {false, true}) {
    const auto made = stage(script());
    {
      const auto cursor = made->stream().open(0, {type});
      if (advised) (void)made->strategy([](std::uint64_t) { return std::chrono::years(90); })(1);
    }
    std::jthread caller([&](const std::stop_token& token) {
      while (made->clock()->wait_for(seconds(1), token)) {
      }
    });
    EXPECT_EQ(made->await(seconds(10)), advised ? Stage::State::dozing : Stage::State::overrun);
  }
}

TEST_F(StageTest, ManyDelaysInSlicesAreLeftAsTheyAre) {
  const auto made = stage(script());
  std::jthread caller([&](const std::stop_token& token) {
    const auto clock = made->clock();
    while (!token.stop_requested()) {
      for (int i = 0; i < 30'000; ++i) (void)clock->wait_for(seconds(1), token);
      (void)made->handler().next_offset({}, token);
    }
  });
  EXPECT_EQ(made->await(seconds(10)), Stage::State::dozing);
}

TEST_F(StageTest, WhoDoesSomethingMayTakeItsTime) {
  const auto made = stage(script());
  std::jthread caller([&](const std::stop_token& token) {
    std::mutex mutex;
    std::condition_variable_any changed;
    // Longer than the patience in all, and shorter each.
    for (int i = 0; i < 10; ++i) {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, token, milliseconds(300), [] { return false; });
      (void)made->handler().next_offset({}, token);
    }
    made->returned({}, {});
  });
  EXPECT_EQ(made->await(seconds(2)), Stage::State::returned);
}

TEST_F(StageTest, EverythingHandledAndWaitingIsComplete) {
  const auto made = stage(script());
  eventstream::ConsumerOptions options;
  options.clock = made->clock();
  options.backoff = made->strategy([](std::uint64_t) { return seconds(1); });
  std::jthread runner([&](const std::stop_token& token) {
    made->returned(eventstream::Consumer(made->stream(), made->handler(), options).run(token), {});
  });
  EXPECT_EQ(made->await(seconds(10)), Stage::State::complete);
  EXPECT_EQ(made->handled(), 2U);
  runner.request_stop();
  EXPECT_TRUE(made->await_return(seconds(10)));
  EXPECT_EQ(made->result().error(), Errc::cancelled);
  EXPECT_EQ(made->open_cursors(), 0U);
}

}  // namespace
}  // namespace streamtest
