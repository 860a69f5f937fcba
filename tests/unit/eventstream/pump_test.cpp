#include <eventstream/cursor.hpp>
#include <eventstream/pump.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>

namespace eventstream {
namespace {

/// A backend of events without contents: those below `end`, in pages of `page_size`.
struct Backend {
  Result<Page> load(Offset from) {
    std::lock_guard lock(mutex);
    ++loads;
    if (failure != Errc{} && from >= fails_from) return std::exchange(failure, Errc{});
    Page page{.events = {}, .position = from, .at_end = false};
    for (; page.position < end && page.position < from + page_size; ++page.position)
      if (page.position >= first_match) page.events.push_back({page.position, {}});
    page.at_end = page.position >= end;
    return page;
  }
  void grow(Offset count) {
    std::lock_guard lock(mutex);
    end += count;
  }
  LoadPage loader() {
    return [this](Offset from) { return load(from); };
  }

  std::mutex mutex;
  Offset end = 0;
  Offset page_size = 3;
  Offset first_match = 0;
  Errc failure{};
  Offset fails_from = 0;
  int loads = 0;
};

std::future<Result<Event>> start_read(Cursor& cursor) {
  return std::async(std::launch::async, [&cursor] { return cursor.next(); });
}

TEST(Pump, NeedsAThread) {
  EXPECT_THROW(Pump(0), std::invalid_argument);
}

TEST(Pump, GivesEveryEventAcrossPages) {
  Backend backend;
  backend.end = 10;
  Pump pump;
  Cursor cursor(pump.open(2, backend.loader()));
  for (Offset offset = 2; offset < 10; ++offset) EXPECT_EQ(cursor.next()->offset, offset);
}

/// Until the pump's only thread has nothing to do for others: it takes turns.
void settle(Pump& pump) {
  Backend other;
  other.end = 1;
  for (int turn = 0; turn < 10; ++turn)
    EXPECT_EQ(Cursor(pump.open(0, other.loader())).next()->offset, 0U);
}

TEST(Pump, LoadsTwoPagesAheadAndNoMore) {
  Backend backend;
  backend.end = 100;
  Pump pump;
  Cursor cursor(pump.open(0, backend.loader()));
  EXPECT_EQ(cursor.next()->offset, 0U);
  settle(pump);
  EXPECT_EQ(backend.loads, 3);
  for (Offset offset = 1; offset <= 3; ++offset) EXPECT_EQ(cursor.next()->offset, offset);
  settle(pump);
  EXPECT_EQ(backend.loads, 4);
}

TEST(Pump, WhoIsAboutToWaitHearsThatTheEndIsKnownNow) {
  Backend empty;
  Pump pump;
  std::latch gate(1);
  const std::unique_ptr<PumpSource> source = pump.open(0, [&](Offset from) {
    gate.wait();
    return empty.load(from);
  });
  EXPECT_EQ(source->poll().error(), Errc::not_yet);
  gate.count_down();
  settle(pump);
  EXPECT_FALSE(source->watch({})) << "its owner may have another place to go on at the end";
  EXPECT_EQ(source->poll().error(), Errc::not_yet);
  EXPECT_TRUE(source->watch({}));
  source->unwatch();
}

TEST(Pump, AFailureIsToldBehindThePagesThatWait) {
  for (const Errc failure : {Errc::backend_failure, Errc::truncated}) {
    Backend backend;
    backend.end = 7;
    backend.failure = failure;
    backend.fails_from = 6;
    Pump pump;
    Cursor cursor(pump.open(0, backend.loader()));
    EXPECT_EQ(cursor.next()->offset, 0U);
    settle(pump);
    for (Offset offset = 1; offset < 6; ++offset) EXPECT_EQ(cursor.next()->offset, offset);
    EXPECT_EQ(cursor.next().error(), failure);
    if (failure == Errc::truncated)
      EXPECT_EQ(cursor.next().error(), failure) << "for ever";
    else
      EXPECT_EQ(cursor.next()->offset, 6U) << "it was tried again";
  }
}

TEST(Pump, AWakeDuringALoadIsNotForgotten) {
  Backend backend;
  std::promise<void> loading;
  std::latch gate(1);
  Pump pump;
  bool first = true;
  const std::unique_ptr<PumpSource> source = pump.open(0, [&](Offset from) {
    Result<Page> page = backend.load(from);
    if (std::exchange(first, false)) loading.set_value();
    gate.wait();
    return page;
  });
  EXPECT_EQ(source->poll().error(), Errc::not_yet);
  loading.get_future().wait();
  backend.grow(1);
  pump.wake();
  gate.count_down();
  settle(pump);
  EXPECT_EQ(source->poll()->offset, 0U);
}

TEST(Pump, GoesOnThroughPagesInWhichNothingMatches) {
  Backend backend;
  backend.end = 1000;
  backend.first_match = 999;
  Pump pump;
  Cursor cursor(pump.open(0, backend.loader()));
  EXPECT_EQ(cursor.next()->offset, 999U);
}

TEST(Pump, ALongRunOfOneCursorDoesNotKeepAnotherWaiting) {
  Backend endless;
  endless.end = endless.first_match = ~Offset{0};
  Backend other;
  other.end = 1;
  Pump pump;
  Cursor searching(pump.open(0, endless.loader()));
  EXPECT_EQ(searching.try_next().error(), Errc::not_yet);
  Cursor cursor(pump.open(0, other.loader()));
  EXPECT_EQ(cursor.next()->offset, 0U);
}

TEST(Pump, AWakeBringsWhatCameBehindTheEnd) {
  Backend backend;
  Pump pump;
  Cursor cursor(pump.open(0, backend.loader()));
  for (Offset offset = 0; offset < 100; ++offset) {
    auto read = start_read(cursor);
    backend.grow(1);
    pump.wake();
    EXPECT_EQ(read.get()->offset, offset);
  }
}

TEST(Pump, LooksAgainAtTheEndWhenItIsToldTo) {
  Backend backend;
  Pump pump;
  const std::unique_ptr<PumpSource> source = pump.open(0, backend.loader());
  EXPECT_FALSE(source->look_again()) << "nothing was looked at yet";
  while (!source->look_again()) EXPECT_EQ(source->poll().error(), Errc::not_yet);
  backend.grow(1);
  Result<Event> event = Errc::not_yet;
  while (event.has_error() && event.error() == Errc::not_yet) event = source->poll();
  EXPECT_EQ(event->offset, 0U);
  EXPECT_EQ(source->position(), 1U);
}

TEST(Pump, TellsAFailureOnceAndTriesAgain) {
  Backend backend;
  backend.end = 2;
  backend.failure = Errc::backend_failure;
  Pump pump;
  Cursor cursor(pump.open(0, backend.loader()));
  EXPECT_EQ(cursor.next().error(), Errc::backend_failure);
  EXPECT_EQ(cursor.next()->offset, 0U);
  EXPECT_EQ(cursor.next()->offset, 1U);
}

TEST(Pump, AFailureBehindTheEndIsTriedAgainToo) {
  Backend backend;
  Pump pump;
  Cursor cursor(pump.open(0, backend.loader()));
  auto read = start_read(cursor);
  {
    std::lock_guard lock(backend.mutex);
    backend.failure = Errc::backend_failure;
    backend.end = 1;
  }
  pump.wake();
  // The first load may have met the failure or the end; either way nothing is lost.
  Result<Event> event = read.get();
  if (!event) event = cursor.next();
  EXPECT_EQ(event->offset, 0U);
}

TEST(Pump, TruncatedIsForEver) {
  Pump pump;
  Cursor cursor(pump.open(0, [](Offset) -> Result<Page> { return Errc::truncated; }));
  EXPECT_EQ(cursor.next().error(), Errc::truncated);
  EXPECT_EQ(cursor.try_next().error(), Errc::truncated);
}

TEST(Pump, AnExceptionIsAFailureOfTheBackend) {
  Pump pump;
  Cursor cursor(pump.open(0, [](Offset) -> Result<Page> { throw std::runtime_error("no"); }));
  EXPECT_EQ(cursor.next().error(), Errc::backend_failure);
}

TEST(Pump, ClosingWaitsForNoLoad) {
  std::latch loading(1);
  std::promise<void> go_on;
  Pump pump;
  Cursor cursor(pump.open(0, [&, wait = go_on.get_future().share()](Offset from) {
    loading.count_down();
    wait.wait();
    return Result<Page>(Page{.events = {{from, {}}}, .position = from + 1, .at_end = true});
  }));
  EXPECT_EQ(cursor.try_next().error(), Errc::not_yet);
  loading.wait();
  EXPECT_TRUE(cursor.close().has_value());
  go_on.set_value();
}

TEST(Pump, StoppingClosesWhoWaitsAndWhoComesLater) {
  Backend backend;
  Pump pump;
  Cursor waiting(pump.open(0, backend.loader()));
  Cursor idle(pump.open(0, backend.loader()));
  auto read = start_read(waiting);
  pump.stop();
  pump.stop();
  EXPECT_EQ(read.get().error(), Errc::cursor_closed);
  EXPECT_EQ(idle.next().error(), Errc::cursor_closed);
  EXPECT_EQ(Cursor(pump.open(0, backend.loader())).next().error(), Errc::cursor_closed);
}

TEST(Pump, StoppingDropsWhatWasLoaded) {
  Backend backend;
  backend.end = 3;
  auto pump = std::make_unique<Pump>();
  Cursor cursor(pump->open(0, backend.loader()));
  EXPECT_EQ(cursor.next()->offset, 0U);
  pump.reset();
  EXPECT_EQ(cursor.next().error(), Errc::cursor_closed);
}

TEST(Pump, ManyCursorsOnFewThreadsAgainstWakesAndCloses) {
  Backend backend;
  Pump pump(2);
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        Cursor cursor(pump.open(0, backend.loader()));
        for (Offset offset = 0; offset < static_cast<Offset>(i + 3 * round % 40); ++offset)
          EXPECT_EQ(cursor.next()->offset, offset);
      }
    });
  std::thread appender([&] {
    while (!done) {
      backend.grow(1);
      pump.wake();
    }
  });
  for (std::thread& reader : readers) reader.join();
  done = true;
  appender.join();
}

}  // namespace
}  // namespace eventstream
