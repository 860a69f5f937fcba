#include "scripted.hpp"

#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/schedule/schedule.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/simulation/timer.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;

// ---- Order

TEST(SimulatedContext, RunsNothingButByRun) {
  Context context;
  bool ran = false;
  asio::post(context, [&] { ran = true; });
  EXPECT_FALSE(ran);
  const Outcome outcome = run(context);
  EXPECT_TRUE(ran);
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_EQ(outcome.steps, 1U);
}

TEST(SimulatedContext, NumbersActorsByFirstUseAndKnowsTheirNames) {
  Context context;
  EXPECT_EQ(context.executor("reader").actor(), 0U);
  EXPECT_EQ(context.executor("writer").actor(), 1U);
  EXPECT_EQ(context.executor("reader").actor(), 0U);
  EXPECT_EQ(context.executor(3).actor(), 3U);
  EXPECT_EQ(context.executor("late").actor(), 4U);
  EXPECT_EQ(context.name_of(1), "writer");
  EXPECT_EQ(context.name_of(3), "actor 3");
}

TEST(SimulatedContext, OffersTheActorThatMovedLastFirst) {
  Context context;
  std::string order;
  for (const Actor actor : {2U, 0U, 1U, 0U, 2U})
    asio::post(context.executor(actor), [&order, actor] { order += std::to_string(actor); });
  Scripted chooser({2, 1});
  context.run(chooser);
  EXPECT_EQ(chooser.asked, (std::vector<std::string>{"00122", "2200", "200", "00", "0"}));
  EXPECT_EQ(order, "12200");
}

TEST(SimulatedContext, OffersHandlersOfAnActorInTheirOrder) {
  Context context;
  std::string order;
  for (const char letter : {'a', 'b', 'c'})
    asio::post(context.executor("one"), [&order, letter] { order += letter; });
  Scripted chooser({1});
  context.run(chooser);
  EXPECT_EQ(order, "bac");
}

TEST(SimulatedContext, TellsMovesApartByActorAndSince) {
  Context context;
  struct Checks final : Chooser {
    std::size_t choose(std::span<const Move> moves) override {
      for (std::size_t i = 1; i < moves.size(); ++i) EXPECT_LT(moves[i - 1].since, moves[i].since);
      return moves.size() - 1;
    }
    std::size_t pick(std::size_t) override { return 0; }
  } chooser;
  for (int i = 0; i < 4; ++i) asio::post(context.executor("one"), [] {});
  EXPECT_EQ(context.run(chooser).steps, 4U);
}

TEST(SimulatedContext, RefusesAMoveThatIsNotThere) {
  Context context;
  asio::post(context, [] {});
  Scripted chooser({1});
  EXPECT_THROW(context.run(chooser), std::out_of_range);
}

TEST(SimulatedContext, LetsAnActorThatSpinsGiveWay) {
  Context context;
  bool done = false;
  std::function<void()> look = [&] {
    if (!done) asio::post(context.executor("looks"), look);
  };
  asio::post(context.executor("looks"), look);
  asio::post(context.executor("does"), [&] { done = true; });
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_LE(outcome.steps, 105U);
}

// ---- How runs end

TEST(SimulatedContext, EndsAProgramThatSpins) {
  Context context({.most_steps = 1000});
  std::function<void()> again = [&] { asio::post(context, again); };
  asio::post(context, again);
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::step_limit);
  EXPECT_EQ(outcome.steps, 1000U);
  EXPECT_EQ(run(context).steps, 2000U) << "a run has so many steps";
}

TEST(SimulatedContext, EndsQuiescentWithTheLastStepThatItMayMake) {
  Context context({.most_steps = 1});
  asio::post(context, [] {});
  EXPECT_EQ(run(context).end, End::quiescent);
}

TEST(SimulatedContext, EndsWhereItIsStoppedAndGoesOnFromThere) {
  Context context;
  int ran = 0;
  for (int i = 0; i < 3; ++i)
    asio::post(context, [&] {
      if (++ran == 2) context.stop();
    });
  EXPECT_EQ(run(context).end, End::stopped);
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(run(context).end, End::quiescent);
  EXPECT_EQ(ran, 3);
}

TEST(SimulatedContext, PassesOnWhatAHandlerThrowsAndGoesOn) {
  Context context;
  bool ran = false;
  asio::post(context, [] { throw std::runtime_error("mine"); });
  asio::post(context, [&] { ran = true; });
  EXPECT_THROW(run(context), std::runtime_error);
  EXPECT_FALSE(ran);
  run(context);
  EXPECT_TRUE(ran);
}

TEST(SimulatedContext, IsNotRunByAHandler) {
  Context context;
  asio::post(context, [&] { EXPECT_THROW(run(context), std::logic_error); });
  EXPECT_EQ(run(context).steps, 1U);
}

TEST(SimulatedContext, TellsThatASteadyTimerStartedAThread) {
  Context context;
  asio::steady_timer timer(context);
  timer.expires_after(std::chrono::hours(1));
  timer.async_wait([](auto) {});
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::threads_appeared);
  EXPECT_GT(outcome.threads_now, outcome.threads_before);
  const std::string text = to_text(outcome);
  EXPECT_NE(text.find("take streamtest::simulation::Timer from the context"), std::string::npos)
      << text;
}

TEST(SimulatedContext, TellsThatAnotherThreadPostedThoughItIsGone) {
  bool ran = false;
  std::promise<Context*> made;
  // There before the context, so that it isn't what appeared: the system counts a thread for some
  // moments after it was joined, and a sanitizer starts one of its own with the first.
  std::thread poster([&] { asio::post(*made.get_future().get(), [&] { ran = true; }); });
  Context context;
  made.set_value(&context);
  poster.join();
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::threads_appeared);
  EXPECT_FALSE(ran);
  EXPECT_EQ(to_text(outcome).find("a handler was posted by another thread"), 0U);
}

TEST(SimulatedContext, DoesNotMindThreadsThatWereThereBefore) {
  std::jthread other([](const std::stop_token& token) {
    while (!token.stop_requested()) std::this_thread::yield();
  });
  Context context;
  asio::post(context, [] {});
  EXPECT_EQ(run(context).end, End::quiescent);
}

TEST(SimulatedContext, LetsTheProgramPick) {
  Context context;
  EXPECT_THROW((void)context.pick(2), std::logic_error);
  std::size_t picked = 0;
  asio::post(context, [&] { picked = context.pick(3); });
  Replay replay({{{1, 2}}});
  context.run(replay);
  EXPECT_EQ(picked, 2U) << "choice 0 is the step";
}

TEST(SimulatedContext, HashesWhoDidAndPostedWhatIsPickedAndNoted) {
  const auto hash_of = [](const char* first, const char* then, std::uint64_t noted) {
    Context context;
    (void)context.executor("a");
    asio::post(context.executor(first), [&] { asio::post(context.executor(then), [] {}); });
    asio::post(context, [&] { context.note(noted); });
    return run(context).hash;
  };
  EXPECT_EQ(hash_of("a", "b", 0), hash_of("a", "b", 0));
  EXPECT_NE(hash_of("a", "b", 0), hash_of("b", "a", 0));
  EXPECT_NE(hash_of("a", "a", 0), hash_of("a", "b", 0));
  EXPECT_NE(hash_of("a", "b", 0), hash_of("a", "b", 1));
}

TEST(SimulatedContext, HashesPostsThatAreNotRunAndPicksThatChangeNothing) {
  const auto hash_of = [](const char* name, std::uint32_t picks) {
    Context context;
    for (const char* known : {"a", "b"}) (void)context.executor(known);
    asio::post(context, [&] {
      asio::post(context.executor(name), [] {});
      (void)context.pick(3);
      context.stop();
    });
    Replay replay({{{1, picks}}});
    return context.run(replay).hash;
  };
  EXPECT_EQ(hash_of("a", 1), hash_of("a", 1));
  EXPECT_NE(hash_of("a", 1), hash_of("b", 1));
  EXPECT_NE(hash_of("a", 1), hash_of("a", 2));
}

TEST(SimulatedContext, TellsThreadsThatTookThePlaceOfOthers) {
  std::promise<pid_t> started;
  std::jthread other([&](const std::stop_token& token) {
    started.set_value(::gettid());
    while (!token.stop_requested()) std::this_thread::yield();
  });
  const auto listed =
      std::filesystem::path("/proc/self/task") / std::to_string(started.get_future().get());
  Context context;
  other.request_stop();
  other.join();
  // The system counts a thread for some moments after it was joined.
  while (std::filesystem::exists(listed)) std::this_thread::yield();
  EXPECT_EQ(run(context).end, End::quiescent);
  asio::steady_timer timer(context, std::chrono::hours(1));
  timer.async_wait([](auto) {});
  EXPECT_EQ(run(context).end, End::threads_appeared);
}

// ---- Settling

TEST(SimulatedContext, CompletesWhoWaitsForQuiescenceOneByOne) {
  Context context;
  std::string order;
  Timer timer(context.executor("one"), std::chrono::hours(1));
  timer.async_wait([&](auto) { order += "timer "; });
  context.async_settled([&](auto) {
    order += "first ";
    asio::post(context, [&] { order += "posted "; });
  });
  context.async_settled([&](auto) { order += "second "; });
  asio::post(context, [&] { order += "ready "; });
  run(context);
  EXPECT_EQ(order, "ready timer first posted second ");
}

}  // namespace
}  // namespace streamtest::simulation
