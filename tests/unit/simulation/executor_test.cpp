#include "scripted.hpp"

#include <streamtest/schedule/strategy.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/simulation/strand.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;

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

}  // namespace
}  // namespace streamtest::simulation
