#include "scripted_source.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace eventstream {
namespace {

using std::chrono::steady_clock;

std::future<Result<Event>> start_next(Cursor& cursor, std::stop_token token = {}) {
  return std::async(std::launch::async, [&cursor, token] { return cursor.next(token); });
}

TEST(Cursor, NeedsASource) {
  EXPECT_THROW(Cursor(nullptr), std::invalid_argument);
}

TEST(Cursor, GivesWhatPollGives) {
  Scripted scripted;
  scripted.script->give(3);
  EXPECT_EQ(scripted.cursor.next()->offset, 3U);
  scripted.script->give(Errc::truncated);
  EXPECT_EQ(scripted.cursor.next().error(), Errc::truncated);
  scripted.script->give(Errc::backend_failure);
  EXPECT_EQ(scripted.cursor.try_next().error(), Errc::backend_failure);
}

TEST(Cursor, TryNextNeverWaits) {
  Scripted scripted;
  EXPECT_EQ(scripted.cursor.try_next().error(), Errc::not_yet);
  EXPECT_EQ(scripted.script->watches, 0);
}

TEST(Cursor, ANotifyWakesAWaitingNext) {
  Scripted scripted;
  auto read = start_next(scripted.cursor);
  scripted.until_waiting();
  scripted.script->give(7);
  EXPECT_EQ(read.get()->offset, 7U);
}

TEST(Cursor, ANotifyBetweenNothingYetAndTheWaitIsNotLost) {
  Scripted scripted;
  int looks = 0;
  // The event comes, and the notify with it, after poll said "nothing yet" and before the wait
  // begins.
  scripted.script->on_watch = [&](const Waker& waker) {
    if (++looks > 1) return;
    waker.notify();
  };
  scripted.script->on_poll = [&] {
    if (looks == 1) {
      std::lock_guard lock(scripted.script->mutex);
      if (scripted.script->answers.empty()) scripted.script->answers.emplace_back(Event{5, {}});
    }
  };
  EXPECT_EQ(scripted.cursor.next()->offset, 5U);
}

TEST(Cursor, AFailedWatchPollsAgain) {
  Scripted scripted;
  scripted.script->on_watch = [&](const Waker&) {
    std::lock_guard lock(scripted.script->mutex);
    scripted.script->answers.emplace_back(Event{1, {}});
  };
  EXPECT_EQ(scripted.cursor.next()->offset, 1U);
  EXPECT_EQ(scripted.script->refusals, 1);
  EXPECT_EQ(scripted.script->unwatches, 0);
}

TEST(Cursor, EachWatchIsEndedBeforeTheNextPoll) {
  Scripted scripted;
  auto read = start_next(scripted.cursor);
  for (int i = 0; i < 100; ++i) {
    scripted.until_waiting();
    Waker waker;
    {
      std::lock_guard lock(scripted.script->mutex);
      waker = scripted.script->waker;
    }
    waker.notify();  // spurious
  }
  scripted.until_waiting();
  scripted.script->give(1);
  EXPECT_EQ(read.get()->offset, 1U);
  EXPECT_FALSE(scripted.script->polled_while_watched);
  EXPECT_EQ(scripted.script->unwatches, scripted.script->watches);
}

TEST(Cursor, SkippedLetsACancelIn) {
  Scripted scripted;
  std::stop_source stop;
  scripted.script->idle = Errc::skipped;
  scripted.script->on_poll = [&] {
    if (scripted.script->polls == 1000) stop.request_stop();
  };
  EXPECT_EQ(scripted.cursor.next(stop.get_token()).error(), Errc::cancelled);
}

TEST(Cursor, SkippedLetsACloseIn) {
  Scripted scripted;
  scripted.script->idle = Errc::skipped;
  auto read = start_next(scripted.cursor);
  while (scripted.script->polls < 10) std::this_thread::yield();
  EXPECT_TRUE(scripted.cursor.close());
  EXPECT_EQ(read.get().error(), Errc::cursor_closed);
}

TEST(Cursor, SkippedLetsADeadlineIn) {
  Scripted scripted;
  scripted.script->idle = Errc::skipped;
  EXPECT_EQ(scripted.cursor.next_until(steady_clock::now()).error(), Errc::timed_out);
}

TEST(Cursor, ADeadlineGivesTimedOutAfterALastLook) {
  Scripted scripted;
  EXPECT_EQ(scripted.cursor.next_until(steady_clock::now() - std::chrono::hours(1)).error(),
            Errc::timed_out);
  EXPECT_EQ(scripted.script->unwatches, scripted.script->watches);
  scripted.script->give(4);
  EXPECT_EQ(scripted.cursor.next_until(steady_clock::now() - std::chrono::hours(1))->offset, 4U);
}

TEST(Cursor, PrecedenceIsClosedCancelledTruncatedEvent) {
  std::stop_source stop;
  stop.request_stop();
  Scripted scripted;
  scripted.script->give(1);
  EXPECT_EQ(scripted.cursor.next(stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(scripted.script->polls, 0);
  EXPECT_TRUE(scripted.cursor.close());
  EXPECT_EQ(scripted.cursor.next(stop.get_token()).error(), Errc::cursor_closed);
  EXPECT_EQ(scripted.cursor.next().error(), Errc::cursor_closed);
  EXPECT_EQ(scripted.cursor.try_next().error(), Errc::cursor_closed);
}

TEST(Cursor, ACancelStopsTheWaitingOnly) {
  Scripted scripted;
  std::stop_source stop;
  auto read = start_next(scripted.cursor, stop.get_token());
  scripted.until_waiting();
  stop.request_stop();
  EXPECT_EQ(read.get().error(), Errc::cancelled);
  EXPECT_EQ(scripted.script->unwatches, scripted.script->watches);
  scripted.script->give(9);
  EXPECT_EQ(scripted.cursor.next()->offset, 9U);
}

TEST(Cursor, ClosingWakesAWaitingNextAndReleasesTheSource) {
  Scripted scripted;
  auto read = start_next(scripted.cursor);
  scripted.until_waiting();
  EXPECT_TRUE(scripted.cursor.close());
  EXPECT_TRUE(scripted.script->released);
  EXPECT_EQ(read.get().error(), Errc::cursor_closed);
  EXPECT_EQ(scripted.cursor.close().error(), Errc::cursor_closed);
}

TEST(Cursor, ClosingWaitsForAPollInProgress) {
  Scripted scripted;
  std::promise<void> inside;
  std::promise<void> go;
  std::atomic<bool> polled = false;
  scripted.script->on_poll = [&] {
    inside.set_value();
    go.get_future().wait();
    polled = true;
  };
  scripted.script->give(2);
  auto read = start_next(scripted.cursor);
  inside.get_future().wait();
  auto closed = std::async(std::launch::async, [&] {
    const bool ok = static_cast<bool>(scripted.cursor.close());
    return ok && polled && scripted.script->released;
  });
  go.set_value();
  EXPECT_TRUE(closed.get());
  const Result<Event> outcome = read.get();
  EXPECT_TRUE(outcome || outcome.error() == Errc::cursor_closed);
  EXPECT_FALSE(scripted.script->overlapped);
}

TEST(Cursor, ASecondReadIsBusyAndDisturbsNothing) {
  Scripted scripted;
  auto read = start_next(scripted.cursor);
  scripted.until_waiting();
  EXPECT_EQ(scripted.cursor.next().error(), Errc::busy);
  EXPECT_EQ(scripted.cursor.try_next().error(), Errc::busy);
  scripted.script->give(6);
  EXPECT_EQ(read.get()->offset, 6U);
}

TEST(Cursor, AWakerThatOutlivesItsCursorDoesNothing) {
  auto script = std::make_shared<Script>();
  Waker kept;
  script->on_watch = [&](const Waker& waker) { kept = waker; };
  {
    Cursor cursor(std::make_unique<ScriptedSource>(script));
    (void)cursor.next_until(steady_clock::now());
  }
  kept.notify();
  Waker().notify();
  EXPECT_TRUE(script->released);
}

TEST(Cursor, DestroyingAndReplacingCloses) {
  Scripted one;
  Scripted other;
  one.cursor = std::move(other.cursor);
  EXPECT_TRUE(one.script->released);
  EXPECT_FALSE(other.script->released);
  EXPECT_EQ(other.cursor.next().error(), Errc::cursor_closed);
  EXPECT_EQ(other.cursor.close().error(), Errc::cursor_closed);
  other.script->give(1);
  EXPECT_EQ(one.cursor.next()->offset, 1U);
}

}  // namespace
}  // namespace eventstream
