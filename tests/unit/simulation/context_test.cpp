#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/strategy.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/simulation/strand.hpp>
#include <streamtest/simulation/timer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;

/// In the order without deviations.
Outcome run(Context& context) {
  Replay replay({});
  return context.run(replay);
}

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

/// Notes what it is asked, and makes the moves it was told.
class Scripted final : public Chooser {
 public:
  explicit Scripted(std::vector<std::size_t> choices) : choices_(std::move(choices)) {}

  std::size_t choose(std::span<const Move> moves) override {
    std::string text;
    for (const Move& move : moves) text += std::to_string(move.actor);
    asked.push_back(text);
    return asked.size() <= choices_.size() ? choices_[asked.size() - 1] : 0;
  }
  std::size_t pick(std::size_t) override { return 0; }

  std::vector<std::string> asked;  ///< the actors of the moves

 private:
  std::vector<std::size_t> choices_;
};

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

// ---- Executors

TEST(SimulatedExecutor, IsAnIoExecutor) {
  Context context;
  const asio::any_io_executor any = context.executor("one");
  EXPECT_EQ(any, asio::any_io_executor(context.executor("one")));
  EXPECT_NE(any, asio::any_io_executor(context.executor("two")));
  EXPECT_EQ(&asio::query(any, asio::execution::context), &context);
  bool ran = false;
  asio::post(any, [&, only_moved = std::make_unique<int>(3)] { ran = *only_moved == 3; });
  run(context);
  EXPECT_TRUE(ran);
  EXPECT_EQ(any.target<Executor>()->actor(), 0U);
}

/// What is done by a handler of "one" that gives another handler to that executor, and goes on.
template <class Give>
std::string order_of(Give give, const char* to = "one") {
  Context context;
  std::string order;
  asio::post(context.executor("one"), [&] {
    order += "begin ";
    give(context.executor(to), [&] { order += "inner "; });
    order += "end ";
  });
  run(context);
  return order;
}

const auto post = [](auto executor, auto handler) { asio::post(executor, handler); };
const auto defer = [](auto executor, auto handler) { asio::defer(executor, handler); };
const auto dispatch = [](auto executor, auto handler) { asio::dispatch(executor, handler); };

TEST(SimulatedExecutor, PostsAndDefersToALaterStep) {
  EXPECT_EQ(order_of(post), "begin end inner ");
  EXPECT_EQ(order_of(defer), "begin end inner ");
}

TEST(SimulatedExecutor, DispatchesAtOnceWithinItsActorOnly) {
  EXPECT_EQ(order_of(dispatch), "begin inner end ");
  EXPECT_EQ(order_of(dispatch, "two"), "begin end inner ");
  const auto through_any = [](const asio::any_io_executor& executor, auto handler) {
    asio::dispatch(executor, handler);
  };
  EXPECT_EQ(order_of(through_any), "begin inner end ");
}

TEST(SimulatedExecutor, MakesAStepOfADispatchIfAskedTo) {
  const auto never_inline = [](const Executor& executor, auto handler) {
    asio::dispatch(executor.inline_dispatch(false), handler);
  };
  EXPECT_EQ(order_of(never_inline), "begin end inner ");
  const auto through_any = [](const Executor& executor, auto handler) {
    asio::dispatch(asio::any_io_executor(executor.inline_dispatch(false)), handler);
  };
  EXPECT_EQ(order_of(through_any), "begin end inner ");
}

TEST(SimulatedExecutor, DispatchesNothingAtOnceOutsideOfARun) {
  Context context;
  bool ran = false;
  asio::dispatch(context, [&] { ran = true; });
  EXPECT_FALSE(ran);
}

TEST(SimulatedExecutor, CountsWorkIfAskedTo) {
  Context context;
  {
    const auto tracked =
        asio::require(context.get_executor(), asio::execution::outstanding_work.tracked);
    const asio::any_io_executor any = tracked;
    Executor assigned = context.get_executor();
    assigned = tracked;
    EXPECT_EQ(run(context).work, 3U);
    assigned = context.get_executor();
    EXPECT_EQ(run(context).work, 2U);
  }
  EXPECT_EQ(run(context).work, 0U);
}

// ---- Strands

/// How many steps three handlers of a strand take, and between which of them another actor came.
template <class StrandType>
std::pair<std::uint64_t, std::string> three_on(StrandType strand, Context& context) {
  std::string order;
  for (const char letter : {'a', 'b', 'c'})
    asio::post(strand, [&order, letter] { order += letter; });
  asio::post(context.executor("other"), [&] { order += '-'; });
  Scripted chooser({0, 1});
  const Outcome outcome = context.run(chooser);
  return {outcome.steps, order};
}

TEST(SimulatedStrand, KeepsEachHandlerAStep) {
  Context context;
  const auto [steps, order] = three_on(Strand(context.executor("one")), context);
  EXPECT_EQ(steps, 4U);
  EXPECT_EQ(order, "a-bc");
}

TEST(SimulatedStrand, IsWhereAsiosStrandHidesThem) {
  Context context;
  const auto [steps, order] = three_on(asio::make_strand(context.executor("one")), context);
  EXPECT_LT(steps, 4U);
}

TEST(SimulatedStrand, KeepsItsOrderWhateverIsChosen) {
  const auto uniform = make_uniform(1);
  for (int i = 0; i < 200; ++i) {
    Context context;
    Strand strand(context.executor("one"));
    std::string order;
    for (const char letter : {'a', 'b', 'c', 'd'})
      asio::post(strand, [&order, letter] { order += letter; });
    context.run(*uniform);
    ASSERT_EQ(order, "abcd");
  }
}

TEST(SimulatedStrand, DispatchesAtOnceWithinItself) {
  Context context;
  const asio::any_io_executor strand = Strand(context.executor("one"));
  std::string order;
  asio::post(strand, [&] {
    asio::dispatch(strand, [&] { order += "inner "; });
    asio::post(strand, [&] { order += "later "; });
    order += "end ";
  });
  run(context);
  EXPECT_EQ(order, "inner end later ");
}

TEST(SimulatedStrand, GoesOnAfterAHandlerThatThrows) {
  Context context;
  Strand strand(context.executor("one"));
  bool ran = false;
  asio::post(strand, [] { throw std::runtime_error("mine"); });
  asio::post(strand, [&] { ran = true; });
  EXPECT_THROW(run(context), std::runtime_error);
  run(context);
  EXPECT_TRUE(ran);
}

TEST(SimulatedStrand, IsDrainedWithItsContext) {
  const auto alive = std::make_shared<int>(0);
  {
    Context context;
    Strand strand(context.executor("one"));
    for (int i = 0; i < 3; ++i) asio::post(strand, asio::bind_executor(strand, [alive, strand] {}));
    context.drain();
    EXPECT_EQ(alive.use_count(), 1) << "its tasks hold the strand, and it holds them";
  }
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
  Context context;
  std::thread([&] { asio::post(context, [&] { ran = true; }); }).join();
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
