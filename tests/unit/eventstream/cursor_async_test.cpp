#include "scripted_source.hpp"

#include <eventstream/async.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace eventstream {
namespace {

namespace asio = boost::asio;

/// Where one asynchronous read completes.
struct Landing {
  int calls = 0;
  std::optional<Result<Event>> outcome;

  auto handler(asio::io_context& context) {
    return asio::bind_executor(context, [this](boost::system::error_code error, Event event) {
      ++calls;
      outcome = error ? Result<Event>(error) : Result<Event>(std::move(event));
    });
  }
};

TEST(AsyncNext, NeverCompletesInlineAndPollsOnItsExecutorOnly) {
  asio::io_context context;
  Scripted scripted;
  Landing landing;
  scripted.script->give(1);
  scripted.cursor.async_next(landing.handler(context));
  EXPECT_EQ(landing.calls, 0);
  EXPECT_EQ(scripted.script->polls, 0);
  context.run();
  EXPECT_EQ(landing.calls, 1);
  EXPECT_EQ((*landing.outcome)->offset, 1U);
}

TEST(AsyncNext, ANotifyCompletesAParkedRead) {
  asio::io_context context;
  Scripted scripted;
  Landing landing;
  scripted.cursor.async_next(landing.handler(context));
  context.poll();
  EXPECT_EQ(landing.calls, 0);
  EXPECT_FALSE(context.stopped()) << "a parked read is work";
  scripted.script->give(2);
  EXPECT_EQ(landing.calls, 0);
  context.run();
  EXPECT_EQ((*landing.outcome)->offset, 2U);
  EXPECT_EQ(scripted.script->unwatches, scripted.script->watches);
}

/// An executor whose posts from another thread than its maker's come back only when they are let.
struct LingeringExecutor {
  asio::io_context* context;
  std::thread::id maker;
  std::atomic<bool>* let;

  asio::execution_context& query(asio::execution::context_t) const noexcept { return *context; }
  static constexpr auto query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  template <typename Function>
  void execute(Function function) const {
    asio::post(*context, std::move(function));
    if (std::this_thread::get_id() != maker) let->wait(false);
  }
  bool operator==(const LingeringExecutor&) const = default;
};

// Once a read wasn't parked while the post that woke the one before was still on its way back: it
// looked again and again and used the processor that the post needed (BLK-5).
TEST(AsyncNext, AReadIsParkedWhileThePostThatWokeItIsStillReturning) {
  asio::io_context context;
  const auto work = asio::make_work_guard(context);
  std::atomic<bool> let = false;
  Scripted scripted;
  int calls = 0;
  scripted.cursor.async_next(
      asio::bind_executor(LingeringExecutor{&context, std::this_thread::get_id(), &let},
                          [&](boost::system::error_code, const Event&) { ++calls; }));
  context.poll();
  Waker waker;
  {
    std::lock_guard lock(scripted.script->mutex);
    waker = scripted.script->waker;
  }
  std::jthread spurious([&] { waker.notify(); });
  context.run_one();
  EXPECT_EQ(scripted.script->polls, 2);
  EXPECT_EQ(context.poll_one(), 0U) << "it looks again though nothing has happened";
  let = true;
  let.notify_all();
  spurious.join();
  scripted.script->give(1);
  context.run_one();
  EXPECT_EQ(calls, 1);
}

TEST(AsyncNext, ANotifyDuringTheLookIsNotLost) {
  asio::io_context context;
  Scripted scripted;
  Landing landing;
  scripted.script->on_watch = [&](const Waker& waker) {
    waker.notify();
    scripted.script->on_watch = nullptr;
    std::lock_guard lock(scripted.script->mutex);
    scripted.script->idle = Event{3, {}};
  };
  scripted.cursor.async_next(landing.handler(context));
  context.run();
  EXPECT_EQ((*landing.outcome)->offset, 3U);
}

TEST(AsyncNext, ManyNotifiesMakeOneLook) {
  asio::io_context context;
  Scripted scripted;
  Landing landing;
  scripted.cursor.async_next(landing.handler(context));
  context.poll();
  Waker waker;
  {
    std::lock_guard lock(scripted.script->mutex);
    waker = scripted.script->waker;
  }
  const int before = scripted.script->polls;
  for (int i = 0; i < 100; ++i) waker.notify();
  context.poll();
  EXPECT_EQ(scripted.script->polls, before + 1);
  EXPECT_TRUE(scripted.cursor.close());
  context.run();
  EXPECT_EQ(landing.outcome->error(), Errc::cursor_closed);
}

TEST(AsyncNext, ACancelLosesNothing) {
  asio::io_context context;
  Scripted scripted;
  Landing landing;
  asio::cancellation_signal signal;
  scripted.cursor.async_next(asio::bind_cancellation_slot(signal.slot(), landing.handler(context)));
  context.poll();
  signal.emit(asio::cancellation_type::terminal);
  scripted.script->give(4);  // comes between the cancel and the completion
  context.run();
  EXPECT_EQ(landing.outcome->error(), Errc::cancelled);
  EXPECT_EQ(scripted.cursor.next()->offset, 4U);
}

TEST(AsyncNext, ACancelThatComesLateMissesTheNextRead) {
  asio::io_context context;
  Scripted scripted;
  Landing first;
  Landing second;
  asio::cancellation_signal signal;
  scripted.script->give(1);
  scripted.cursor.async_next(asio::bind_cancellation_slot(signal.slot(), first.handler(context)));
  context.run();
  context.restart();
  scripted.cursor.async_next(second.handler(context));
  context.poll();
  signal.emit(asio::cancellation_type::terminal);
  context.poll();
  EXPECT_EQ(second.calls, 0);
  scripted.script->give(2);
  context.run();
  EXPECT_EQ((*second.outcome)->offset, 2U);
}

TEST(AsyncNext, ASecondReadIsBusy) {
  asio::io_context context;
  Scripted scripted;
  Landing first;
  Landing second;
  scripted.cursor.async_next(first.handler(context));
  scripted.cursor.async_next(second.handler(context));
  context.poll();
  EXPECT_EQ(second.outcome->error(), Errc::busy);
  EXPECT_EQ(scripted.cursor.next().error(), Errc::busy);
  EXPECT_EQ(scripted.cursor.try_next().error(), Errc::busy);
  scripted.script->give(1);
  context.run();
  EXPECT_EQ((*first.outcome)->offset, 1U);
}

// While the read before is still on its way to its handler.
TEST(AsyncNext, AReadThatStartsAfterCloseIsClosedAtOnce) {
  asio::io_context context;
  Scripted scripted;
  Landing before;
  Landing after;
  scripted.cursor.async_next(before.handler(context));
  context.poll();
  EXPECT_TRUE(scripted.cursor.close());
  scripted.cursor.async_next(after.handler(context));
  context.run();
  EXPECT_EQ(before.outcome->error(), Errc::cursor_closed);
  EXPECT_EQ(after.outcome->error(), Errc::cursor_closed);
}

TEST(AsyncNext, DestroyingTheCursorCompletesWithClosedOnce) {
  asio::io_context context;
  Landing landing;
  auto scripted = std::make_unique<Scripted>();
  const std::shared_ptr<Script> script = scripted->script;
  scripted->cursor.async_next(landing.handler(context));
  context.poll();
  scripted.reset();
  EXPECT_TRUE(script->released);
  EXPECT_EQ(landing.calls, 0);
  context.run();
  EXPECT_EQ(landing.calls, 1);
  EXPECT_EQ(landing.outcome->error(), Errc::cursor_closed);
}

TEST(AsyncNext, AHandlerMayOwnTheCursor) {
  asio::io_context context;
  auto script = std::make_shared<Script>();
  auto cursor = std::make_shared<Cursor>(std::make_unique<ScriptedSource>(script));
  bool called = false;
  cursor->async_next(asio::bind_executor(
      context, [owned = cursor, &called](auto, const Event&) { called = true; }));
  cursor.reset();
  context.poll();
  script->give(1);
  context.run();
  EXPECT_TRUE(called);
  EXPECT_TRUE(script->released);
}

TEST(AsyncNext, AContextThatDiesDropsAParkedReadAndNothingIsLost) {
  Scripted scripted;
  Landing landing;
  {
    asio::io_context context;
    scripted.cursor.async_next(landing.handler(context));
    context.poll();
  }
  EXPECT_EQ(landing.calls, 0);
  EXPECT_EQ(scripted.script->unwatches, scripted.script->watches);
  scripted.script->give(8);
  EXPECT_EQ(scripted.cursor.next()->offset, 8U);
}

TEST(AsyncNext, AContextThatDiesDropsAQueuedReadAndNothingIsLost) {
  Scripted scripted;
  Landing landing;
  {
    asio::io_context context;
    scripted.cursor.async_next(landing.handler(context));
    context.poll();
    scripted.script->give(8);  // queued on the context by now
  }
  EXPECT_EQ(landing.calls, 0);
  EXPECT_EQ(scripted.cursor.next()->offset, 8U);
}

TEST(AsyncNext, AContextThatDiesUnwindsACoroutineThatOwnsItsCursor) {
  auto script = std::make_shared<Script>();
  {
    asio::io_context context;
    asio::co_spawn(
        context,
        [cursor = Cursor(std::make_unique<ScriptedSource>(script))]() mutable
            -> asio::awaitable<void> { (void)co_await cursor.async_next(asio::use_awaitable); },
        asio::detached);
    context.poll();
    EXPECT_FALSE(script->released);
  }
  EXPECT_TRUE(script->released);
}

asio::awaitable<void> read_two(Cursor& cursor, std::vector<Offset>& seen) {
  for (int i = 0; i < 2; ++i)
    seen.push_back((co_await cursor.async_next(asio::use_awaitable)).offset);
}

TEST(AsyncNext, CoroutinesRead) {
  asio::io_context context;
  Scripted scripted;
  std::vector<Offset> seen;
  asio::co_spawn(context, read_two(scripted.cursor, seen), asio::detached);
  context.poll();
  scripted.script->give(1);
  context.poll();
  scripted.script->give(2);
  context.run();
  EXPECT_EQ(seen, (std::vector<Offset>{1, 2}));
}

TEST(AsyncNext, ACursorThatWasMovedFromIsClosed) {
  asio::io_context context;
  Scripted scripted;
  const Cursor taken = std::move(scripted.cursor);
  Landing landing;
  scripted.cursor.async_next(landing.handler(context));
  context.run();
  EXPECT_EQ(landing.outcome->error(), Errc::cursor_closed);
}

}  // namespace
}  // namespace eventstream
