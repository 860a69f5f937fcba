#include "scripted.hpp"

#include <streamtest/schedule/search.hpp>
#include <streamtest/simulation/determinism.hpp>
#include <streamtest/simulation/strand.hpp>
#include <streamtest/simulation/timer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using Channel = asio::experimental::channel<void(error_code, int)>;

// ---- What Asio's own parts do on it

constexpr int the_end = -1;

// The end is an event: channels of Boost 1.81 forget what they have buffered when they are closed.
awaitable<void> produce(Channel& channel, int count) {
  for (int i = 0; i < count; ++i) co_await channel.async_send(error_code(), i, use_awaitable);
  co_await channel.async_send(error_code(), the_end, use_awaitable);
}

awaitable<void> consume(Channel& channel, std::vector<int>& got) {
  do got.push_back(co_await channel.async_receive(use_awaitable));
  while (got.back() != the_end);
}

TEST(SimulatedCoroutines, TalkThroughAChannelInEveryOrder) {
  const auto uniform = make_uniform(1);
  std::set<std::uint64_t> hashes;
  for (int i = 0; i < 300; ++i) {
    Context context;
    Channel channel(context.executor("channel"), 1);
    std::vector<int> got;
    asio::co_spawn(context.executor("producer"), produce(channel, 3), asio::detached);
    asio::co_spawn(context.executor("consumer"), consume(channel, got), asio::detached);
    const Outcome outcome = context.run(*uniform);
    ASSERT_EQ(outcome.end, End::quiescent) << to_text(outcome);
    ASSERT_EQ(outcome.work, 0U);
    ASSERT_EQ(got, (std::vector{0, 1, 2, the_end}));
    hashes.insert(outcome.hash);
  }
  EXPECT_GT(hashes.size(), 5U) << "it was the same order again and again";
}

awaitable<void> sleep(Timer::duration duration) {
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(*executor.target<Executor>(), duration);
  co_await timer.async_wait(use_awaitable);
}

TEST(SimulatedCoroutines, RaceAndAreCancelledOneByOne) {
  using namespace asio::experimental::awaitable_operators;
  Context context;
  Channel channel(context.executor("channel"));
  std::string order;
  const auto body = [&]() -> awaitable<void> {
    const auto first = co_await (channel.async_receive(use_awaitable) || sleep(1h));
    order += first.index() == 1 ? "timed out " : "received ";
    co_await (sleep(1h) && sleep(3h));
    order += "both ";
    const auto second = co_await (sleep(5h) || sleep(2h));
    order += second.index() == 1 ? "shorter " : "longer ";
  };
  asio::co_spawn(context.executor("one"), body, asio::detached);
  const Outcome outcome = run(context);
  EXPECT_EQ(order, "timed out both shorter ");
  EXPECT_EQ(outcome.now.time_since_epoch(), 6h);
  EXPECT_EQ(outcome.work, 0U);
  EXPECT_EQ(outcome.pending_timers, 0U);
}

TEST(SimulatedCoroutines, CountAsWorkWhileTheyAreSuspended) {
  Context context;
  Channel channel(context.executor("channel"));
  std::vector<int> got;
  asio::co_spawn(context.executor("consumer"), consume(channel, got), asio::detached);
  const Outcome outcome = run(context);
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_GE(outcome.work, 1U);
}

TEST(SimulatedCoroutines, SettleWithinTheirProgram) {
  Context context;
  Channel channel(context.executor("channel"));
  std::vector<int> got;
  std::vector<std::size_t> seen;
  const auto driver = [&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      seen.push_back(got.size());
      co_await channel.async_send(error_code(), i, use_awaitable);
      co_await context.async_settled(use_awaitable);
    }
    seen.push_back(got.size());
  };
  asio::co_spawn(context.executor("consumer"), consume(channel, got), asio::detached);
  asio::co_spawn(context.executor("driver"), driver, asio::detached);
  run(context);
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2, 3}));
}

// ---- The end of suspended coroutines

/// Counts those that live; what it does at its end needs the executor.
class Resident {
 public:
  Resident(const asio::any_io_executor& executor, int& living)
      : executor_(executor), living_(&living) {
    ++*living_;
  }
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;
  ~Resident() {
    --*living_;
    asio::post(executor_, [] {});
  }

 private:
  asio::any_io_executor executor_;
  int* living_;
};

awaitable<void> wait_for_ever(Context& context, int depth, int& living) {
  const auto executor = co_await asio::this_coro::executor;
  const Resident resident(executor, living);
  if (depth > 0) co_await wait_for_ever(context, depth - 1, living);
  Timer timer(context.executor("timer"), never);
  co_await timer.async_wait(use_awaitable);
}

TEST(SimulatedCoroutines, AreDrainedWhereverTheyAreSuspended) {
  int living = 0;
  {
    Context context;
    Strand strand(context.executor("strand"));
    for (int depth = 0; depth < 3; ++depth) {
      asio::co_spawn(context.executor("one"), wait_for_ever(context, depth, living),
                     asio::detached);
      asio::co_spawn(strand, wait_for_ever(context, depth, living), asio::detached);
    }
    run(context);
    EXPECT_EQ(living, 12);
    asio::co_spawn(context.executor("new"), wait_for_ever(context, 1, living), asio::detached);
    context.drain();
    EXPECT_EQ(living, 0);
    EXPECT_EQ(run(context).steps, run(context).steps) << "nothing was left to run";
    asio::co_spawn(context.executor("one"), wait_for_ever(context, 2, living), asio::detached);
    run(context);
    EXPECT_EQ(living, 3);
  }
  EXPECT_EQ(living, 0) << "the destructor drains";
}

// ---- A log whose reader may sleep through an append

class SleepyLog {
 public:
  /// A reader that waits looks, lets others go on, and only then says that it waits, if it is to
  /// be wrong.
  SleepyLog(Context& context, bool wrong) : wrong_(wrong), bell_(context.executor("log"), never) {}

  awaitable<int> read(std::size_t position) {
    while (position >= events_.size()) {
      if (wrong_) co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
      ++waiting_;
      error_code error;
      co_await bell_.async_wait(asio::redirect_error(use_awaitable, error));
      --waiting_;
    }
    co_return events_[position];
  }

  void append(int event) {
    events_.push_back(event);
    if (waiting_ > 0) bell_.cancel();
  }

 private:
  bool wrong_;
  std::vector<int> events_;
  int waiting_ = 0;
  Timer bell_;
};

awaitable<void> append_three(SleepyLog& log) {
  for (int i = 0; i < 3; ++i) {
    log.append(i);
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
  }
}

awaitable<void> read_three(SleepyLog& log, std::vector<int>& got) {
  for (std::size_t i = 0; i < 3; ++i) got.push_back(co_await log.read(i));
}

struct LogProgram {
  bool wrong = false;

  streamtest::Run operator()(Chooser& chooser) const {
    Context context;
    SleepyLog log(context, wrong);
    std::vector<int> got;
    asio::co_spawn(context.executor("reader"), read_three(log, got), asio::detached);
    asio::co_spawn(context.executor("writer"), append_three(log), asio::detached);
    const Outcome outcome = context.run(chooser);
    std::string failure;
    if (outcome.end != End::quiescent)
      failure = to_text(outcome);
    else if (got.size() < 3)
      failure = "stuck";
    else if (got != std::vector{0, 1, 2})
      failure = "wrong events";
    context.drain();
    return {.failure = failure, .hash = outcome.hash};
  }
};

std::optional<Failing> find(Strategy& strategy, bool wrong, std::uint64_t most) {
  std::uint64_t schedules = 0;
  return search(strategy, LogProgram{wrong}, [&] { return schedules < most; }, schedules);
}

TEST(SimulatedLog, ThatSleepsThroughAnAppendIsFoundAndShrunk) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::unique_ptr<Strategy> strategies[] = {make_uniform(seed), make_pct(seed, 3),
                                                    make_pos(seed), make_bounded_search(2),
                                                    make_portfolio(seed)};
    for (const auto& strategy : strategies) {
      const auto found = find(*strategy, true, 41);
      ASSERT_TRUE(found) << strategy->name() << ", seed " << seed;
      EXPECT_EQ(found->run.failure, "stuck");
      const Failing small = shrink(*found, LogProgram{true});
      EXPECT_LE(small.schedule.deviations.size(), 1U) << to_text(small.schedule);
      EXPECT_EQ(replays(small, LogProgram{true}), 3U);
    }
  }
}

TEST(SimulatedLog, ThatDoesNotIsCleanInEveryOrder) {
  std::set<std::uint64_t> orders;
  const RunProgram program = [&](Chooser& chooser) {
    streamtest::Run run = LogProgram{false}(chooser);
    orders.insert(run.hash);
    return run;
  };
  const auto every = make_bounded_search(1000);
  std::uint64_t schedules = 0;
  const auto found = search(*every, program, [] { return true; }, schedules);
  EXPECT_FALSE(found) << found->run.failure << " in " << to_text(found->schedule);
  EXPECT_EQ(orders.size(), schedules) << "each order was made once";

  const std::set<std::uint64_t> all_orders = std::exchange(orders, {});
  const auto uniform = make_uniform(1);
  EXPECT_FALSE(search(*uniform, program, [&] { return schedules < 5000; }, schedules));
  EXPECT_EQ(orders, all_orders) << "as many as there are";
}

TEST(SimulatedLog, DoesTheSameAgainWithEachOf10000Seeds) {
  EXPECT_EQ(find_nondeterminism(LogProgram{true}, 0, 10'000), std::nullopt);
}

TEST(Determinism, ProbeTellsTheSeedOfAProgramThatIsNot) {
  const RunProgram program = [](Chooser& chooser) {
    Context context;
    asio::post(context, [&context] { context.note(std::random_device()()); });
    return streamtest::Run{.failure = "", .hash = context.run(chooser).hash};
  };
  EXPECT_EQ(find_nondeterminism(program, 7), std::optional<std::uint64_t>(7));
}

}  // namespace
}  // namespace streamtest::simulation
