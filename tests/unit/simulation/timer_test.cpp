#include "scripted.hpp"

#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/strategy.hpp>
#include <streamtest/simulation/timer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;

TEST(SimulatedTimer, LetsHoursPassInNoTime) {
  Context context;
  const Clock clock(context);
  Timer timer(context.executor("sleeper"));
  int left = 101;
  std::function<void(error_code)> sleep = [&](error_code error) {
    EXPECT_FALSE(error);
    if (left-- == 0) return;
    timer.expires_after(1h);
    timer.async_wait(sleep);
  };
  sleep({});
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::quiescent) << to_text(outcome);
  EXPECT_EQ(clock.now().time_since_epoch(), 101h);
  EXPECT_EQ(outcome.now, clock.now());
  EXPECT_EQ(outcome.steps, 101U);
}

TEST(SimulatedTimer, WaitsUntilNothingElseCanBeDone) {
  Context context;
  std::string order;
  Timer timer(context.executor("sleeper"), 1ns);
  timer.async_wait([&](error_code) { order += "timer "; });
  asio::post(context, [&] {
    order += "one ";
    asio::post(context, [&] { order += "two "; });
  });
  run(context);
  EXPECT_EQ(order, "one two timer ");
}

TEST(SimulatedTimer, IsReadyAtOnceIfItExpiredBefore) {
  Context context;
  Timer timer(context.executor("sleeper"));
  asio::post(context.executor("worker"), [] {});
  timer.async_wait([](error_code) {});
  Scripted chooser({});
  context.run(chooser);
  EXPECT_EQ(chooser.asked, (std::vector<std::string>{"01", "1"}));
}

TEST(SimulatedTimer, NeverCallsWithinACallOfItsOwnActor) {
  Context context;
  std::string order;
  Timer timer(context.executor("one"), 1h);
  timer.async_wait([&](error_code) { order += "timer "; });
  asio::post(context.executor("one"), [&] {
    timer.cancel();
    order += "end ";
  });
  run(context);
  EXPECT_EQ(order, "end timer ");
}

TEST(SimulatedTimer, IsNoReasonForAnOrdinaryQueueToLetTimePass) {
  Context context({.early_timers = true});
  Timer timer(context.executor("sleeper"), 1h);
  timer.async_wait([](error_code) {});
  for (int i = 0; i < 2; ++i)
    asio::post(context.executor("worker"),
               [&] { EXPECT_EQ(context.now().time_since_epoch(), 0h); });
  const auto fifo = make_fifo();
  (void)fifo->begin();
  EXPECT_EQ(context.run(*fifo).now.time_since_epoch(), 1h);
}

TEST(SimulatedTimer, FiresEarlierOnRequestAsAMoveOfTheClock) {
  // Whether the time-out or the handler comes first is a choice then.
  std::set<std::string> orders;
  for (std::uint32_t choice = 0; choice < 2; ++choice) {
    Context context({.early_timers = true});
    std::string order;
    Timer timer(context.executor("sleeper"), 1h);
    timer.async_wait([&](error_code) { order += "timer "; });
    asio::post(context.executor("worker"), [&] { order += "work "; });
    Replay replay(choice == 0 ? Schedule{} : Schedule{{{0, 1}}});
    context.run(replay);
    EXPECT_FALSE(replay.diverged());
    orders.insert(order);
  }
  EXPECT_EQ(orders, (std::set<std::string>{"timer work ", "work timer "}));
}

TEST(SimulatedTimer, DoesNotFireBeyondTheEndOfTheRunOnRequestEither) {
  Context context({.early_timers = true});
  Timer timer(context.executor("sleeper"), 1h);
  bool fired = false;
  timer.async_wait([&](error_code) { fired = true; });
  asio::post(context.executor("worker"), [] {});
  Replay replay({{{0, 1}}});
  const Outcome outcome = context.run(replay, Clock::time_point(1min));
  EXPECT_TRUE(replay.diverged()) << "the clock's move was offered";
  EXPECT_FALSE(fired);
  EXPECT_EQ(outcome.now.time_since_epoch(), 1min);
}

TEST(SimulatedTimer, FiresInTheOrderOfMoments) {
  Context context;
  std::string order;
  std::vector<Timer> timers;
  for (const auto& [name, after] :
       {std::pair{"c ", 3s}, std::pair{"a ", 1s}, std::pair{"b ", 2s}, std::pair{"now ", 0s}}) {
    timers.emplace_back(context.executor("sleeper"), after);
    timers.back().async_wait([&order, text = name](error_code) { order += text; });
  }
  run(context);
  EXPECT_EQ(order, "now a b c ");
}

TEST(SimulatedTimer, TellsWhoWaitsThatItWasCancelled) {
  Context context;
  std::vector<error_code> errors;
  Timer timer(context.executor("sleeper"), 1h);
  for (int i = 0; i < 2; ++i) timer.async_wait([&](error_code error) { errors.push_back(error); });
  EXPECT_EQ(timer.cancel(), 2U);
  EXPECT_EQ(timer.cancel(), 0U);
  EXPECT_TRUE(errors.empty()) << "never within the call";
  EXPECT_EQ(run(context).now.time_since_epoch(), 0h);
  EXPECT_EQ(errors, std::vector<error_code>(2, asio::error::operation_aborted));
}

TEST(SimulatedTimer, CancelsWhenItIsSetAnewAndWhenItEnds) {
  Context context;
  std::vector<error_code> errors;
  const auto note = [&](error_code error) { errors.push_back(error); };
  std::optional<Timer> timer(std::in_place, context.executor("sleeper"), 1h);
  timer->async_wait(note);
  EXPECT_EQ(timer->expires_after(2h), 1U);
  timer->async_wait(note);
  timer.reset();
  run(context);
  EXPECT_EQ(errors, std::vector<error_code>(2, asio::error::operation_aborted));
}

TEST(SimulatedTimer, IsCancelledByItsMoveOnlyWhereItWas) {
  Context context;
  std::string order;
  Timer first(context.executor("sleeper"), 1h);
  first.async_wait([&](error_code error) { order += error ? "cancelled " : "first "; });
  Timer second(context.executor("sleeper"), 2h);
  second.async_wait([&](error_code error) { order += error ? "cancelled " : "second "; });
  second = std::move(first);
  const Outcome outcome = run(context);
  EXPECT_EQ(order, "cancelled first ");
  EXPECT_EQ(outcome.now.time_since_epoch(), 1h);
}

TEST(SimulatedTimer, IsCancelledByTheHandlersSlotAlone) {
  Context context;
  asio::cancellation_signal signal;
  std::string order;
  Timer timer(context.executor("sleeper"), 1h);
  timer.async_wait(asio::bind_cancellation_slot(
      signal.slot(), [&](error_code error) { order += error ? "cancelled " : "fired "; }));
  timer.async_wait([&](error_code error) { order += error ? "cancelled too " : "fired "; });
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  EXPECT_EQ(order, "cancelled fired ");
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(run(context).end, End::quiescent) << "a slot that is late does nothing";
}

TEST(SimulatedTimer, CallsOnTheHandlersExecutor) {
  Context context;
  Timer timer(context.executor("sleeper"), 1h);
  timer.async_wait(asio::bind_executor(context.executor("other"), [](error_code) {}));
  struct Notes final : Chooser {
    std::size_t choose(std::span<const Move> moves) override {
      actors.push_back(moves.front().actor);
      return 0;
    }
    std::size_t pick(std::size_t) override { return 0; }
    std::vector<Actor> actors;
  } chooser;
  context.run(chooser);
  EXPECT_EQ(chooser.actors, std::vector<Actor>{1});
}

TEST(SimulatedTimer, DoesNotFireAtNever) {
  Context context;
  Timer timer(context.executor("sleeper"), never);
  timer.async_wait([](error_code) {});
  Timer overflow(context.executor("sleeper"), Clock::duration::max());
  EXPECT_EQ(overflow.expiry(), never);
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_EQ(outcome.pending_timers, 1U);
  EXPECT_EQ(outcome.work, 1U) << "who waits counts";
}

TEST(SimulatedContext, RunsUntilAMoment) {
  Context context;
  int fired = 0;
  Timer timer(context.executor("sleeper"));
  std::function<void(error_code)> tick = [&](error_code) {
    ++fired;
    timer.expires_at(timer.expiry() + 10s);
    timer.async_wait(tick);
  };
  timer.async_wait(tick);
  const Outcome outcome = run(context, Clock::time_point(35s));
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_EQ(fired, 4);
  EXPECT_EQ(outcome.now.time_since_epoch(), 35s);
  EXPECT_EQ(outcome.pending_timers, 1U);
  EXPECT_EQ(run(context, Clock::time_point(40s)).now.time_since_epoch(), 40s);
  EXPECT_EQ(fired, 5) << "up to the moment, that included";
}

TEST(SimulatedContext, HasAClockOfItsOwn) {
  Context one;
  Context two;
  Timer timer(one.executor("sleeper"), 1h);
  timer.async_wait([](error_code) {});
  run(one);
  EXPECT_EQ(one.now().time_since_epoch(), 1h);
  EXPECT_EQ(two.now().time_since_epoch(), 0h);
}

}  // namespace
}  // namespace streamtest::simulation
