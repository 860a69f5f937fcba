#include "../memorystream/log.hpp"

#include <eventstream/async.hpp>
#include <streamtest/schedule/search.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/simulation/determinism.hpp>
#include <streamtest/simulation/timer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

// A real stream, which knows nothing of the simulation, read by coroutines on it.

namespace streamtest::simulation {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

struct Reader {
  explicit Reader(eventstream::Cursor its) : cursor(std::move(its)) {}

  eventstream::Cursor cursor;
  std::vector<eventstream::Offset> offsets;
  error_code end;
};

/// Reads until an error, and now and then gives up and reads again.
awaitable<void> read_all(Context& context, Reader& reader) {
  using namespace asio::experimental::awaitable_operators;
  const auto read = [&]() -> awaitable<void> {
    error_code error;
    const auto event =
        co_await reader.cursor.async_next(asio::redirect_error(use_awaitable, error));
    if (!error)
      reader.offsets.push_back(event.offset);
    else if (error != boost::system::errc::operation_canceled)
      reader.end = error;
  };
  const auto time_out = [&]() -> awaitable<void> {
    Timer timer(context.executor("time-out"), 1s);
    co_await timer.async_wait(use_awaitable);
  };
  while (!reader.end) co_await (read() || time_out());
}

awaitable<void> append_some(Log& log, int count) {
  for (int i = 0; i < count; ++i) {
    (void)log.append({Log::a, Log::b});
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
  }
}

streamtest::Run read_while_appending(Chooser& chooser) {
  Context context({.early_timers = true});
  Log log;
  std::vector<Reader> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(*log.stream.open(0, {Log::b}));
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(context.executor("reader " + std::to_string(i)),
                   read_all(context, readers[static_cast<std::size_t>(i)]), asio::detached);
  for (int i = 0; i < 2; ++i)
    asio::co_spawn(context.executor("appender " + std::to_string(i)), append_some(log, 3),
                   asio::detached);
  Outcome outcome = context.run(chooser, Clock::time_point(2s));
  std::string failure;
  for (Reader& reader : readers) {
    if (reader.offsets != std::vector<eventstream::Offset>{1, 3, 5, 7, 9, 11}) failure = "missed";
    (void)reader.cursor.close();
  }
  outcome = context.run(chooser, Clock::time_point(4s));
  if (outcome.end != End::quiescent) failure = to_text(outcome);
  for (const Reader& reader : readers)
    if (reader.end != eventstream::Errc::cursor_closed) failure = "still open";
  if (outcome.work != 0) failure = "somebody still waits";
  return {.failure = failure, .hash = outcome.hash};
}

TEST(SimulatedMemoryStream, LosesNothingInAnyOrderThatIsTried) {
  const auto portfolio = make_portfolio(1);
  std::set<std::uint64_t> orders;
  const RunProgram program = [&](Chooser& chooser) {
    streamtest::Run run = read_while_appending(chooser);
    orders.insert(run.hash);
    return run;
  };
  std::uint64_t schedules = 0;
  const auto found = search(*portfolio, program, [&] { return schedules < 300; }, schedules);
  EXPECT_FALSE(found) << found->run.failure << ": " << to_text(shrink(*found, program).schedule);
  EXPECT_GT(orders.size(), 200U);
}

TEST(SimulatedMemoryStream, IsDeterministic) {
  EXPECT_EQ(find_nondeterminism(read_while_appending, 0, 100), std::nullopt);
}

/// Three readers that wait for what doesn't come.
void let_readers_wait(Context& context, Log& log) {
  const auto read = [](eventstream::Cursor cursor) -> awaitable<void> {
    for (;;) (void)co_await cursor.async_next(use_awaitable);
  };
  for (Actor i = 0; i < 3; ++i)
    asio::co_spawn(context.executor(i), read(*log.stream.open(0, Log::both)), asio::detached);
  (void)log.append({Log::a});
  Replay replay({});
  const Outcome outcome = context.run(replay);
  EXPECT_EQ(outcome.end, End::quiescent);
  EXPECT_GE(outcome.work, 3U) << "they wait";
  EXPECT_EQ(log.stream.statistics().waiting, 3U);
}

TEST(SimulatedMemoryStream, MayEndBeforeItsReaders) {
  Context context;
  {
    Log log;
    let_readers_wait(context, log);
    context.drain();
  }
  Replay replay({});
  EXPECT_EQ(context.run(replay).work, 0U) << "they were told that it is closed";
}

TEST(SimulatedMemoryStream, OutlivesTheContextOfItsReaders) {
  Log log;
  {
    Context context;
    let_readers_wait(context, log);
  }
  EXPECT_EQ(log.stream.statistics().waiting, 0U) << "their coroutines are unwound";
}

}  // namespace
}  // namespace streamtest::simulation
