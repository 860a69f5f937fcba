#include "scripted_source.hpp"

#include <eventstream/consumer.hpp>
#include <eventstream/memory_handler.hpp>
#include <memorystream/stream.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

namespace eventstream {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

const Identity application{"app", "app-key"};
const EventType a{"A"};
const EventType b{"B"};

Parcel parcel(const EventType& type, std::string id = "id") {
  Envelope envelope;
  envelope.source_application = application;
  envelope.type = type;
  envelope.message_id = envelope.causation_id = envelope.correlation_id = std::move(id);
  return Parcel(std::move(envelope));
}

/// Time passes at once, and is written down; stops the consumer after so many sleeps.
class CountingClock final : public Clock {
 public:
  explicit CountingClock(std::stop_source stop, std::size_t most) : stop_(stop), most_(most) {}
  bool wait_for(nanoseconds duration, const std::stop_token& token) override {
    slept.push_back(duration);
    if (slept.size() == most_) stop_.request_stop();
    return !token.stop_requested();
  }
  std::vector<nanoseconds> slept;

 private:
  std::stop_source stop_;
  std::size_t most_;
};

/// A consumer on a memory stream with a handler of the test's.
struct Feed {
  explicit Feed(MemoryHandler::Apply apply, std::size_t most_sleeps = 1)
      : clock(std::make_shared<CountingClock>(stop, most_sleeps)),
        handler({a, EventType("wanted, never produced")}, std::move(apply)) {
    options.clock = clock;
    options.backoff = [](std::uint64_t failures) { return seconds(failures); };
    options.log = [this](const ConsumerFailure& failure) {
      steps.emplace_back(failure.step);
      errors.push_back(failure.error);
    };
  }
  void append(std::initializer_list<EventType> types) {
    std::vector<Parcel> batch;
    for (const EventType& type : types) batch.push_back(parcel(type));
    ASSERT_TRUE(stream.append(batch).has_value());
  }
  Result<void> run() { return Consumer(stream, handler, options).run(stop.get_token()); }

  memorystream::Stream stream{{.application = application, .event_types = {a, b}}};
  std::stop_source stop;
  std::shared_ptr<CountingClock> clock;
  MemoryHandler handler;
  ConsumerOptions options;
  std::vector<std::string> steps;
  std::vector<boost::system::error_code> errors;
};

TEST(Consumer, HandlesEachWantedEventInOrder) {
  std::vector<Offset> handled;
  Feed* feed = nullptr;
  Feed made([&](const Event& event, const std::stop_token&) -> Result<void> {
    handled.push_back(event.offset);
    if (handled.size() == 3) feed->stop.request_stop();
    return {};
  });
  feed = &made;
  made.append({a, b, a, b, b, a});
  EXPECT_EQ(made.run().error(), Errc::cancelled);
  EXPECT_EQ(handled, (std::vector<Offset>{0, 2, 5}));
  EXPECT_EQ(made.handler.next_offset(application).value(), 6U);
  EXPECT_TRUE(made.clock->slept.empty());
}

TEST(Consumer, ReturnsIfNothingThatIsWantedIsProduced) {
  memorystream::Stream stream({.application = application, .event_types = {b}});
  MemoryHandler handler({a}, [](const Event&, const std::stop_token&) { return Result<void>(); });
  EXPECT_TRUE(Consumer(stream, handler).run({}).has_value());
}

TEST(Consumer, RetriesAFailedEventBeforeAnyLaterOneWithGrowingDelays) {
  std::vector<Offset> tried;
  Feed feed(
      [&](const Event& event, const std::stop_token&) -> Result<void> {
        tried.push_back(event.offset);
        if (tried.size() < 4) return Errc::backend_failure;
        if (event.offset == 1) throw std::runtime_error("a handler that throws");
        return {};
      },
      5);
  feed.append({a, a});
  EXPECT_EQ(feed.run().error(), Errc::cancelled);
  EXPECT_EQ(tried, (std::vector<Offset>{0, 0, 0, 0, 1, 1}));
  // Three failures of one event; it is handled, which counts from the beginning again; the other
  // one fails twice.
  EXPECT_EQ(feed.clock->slept,
            (std::vector<nanoseconds>{seconds(1), seconds(2), seconds(3), seconds(1), seconds(2)}));
  EXPECT_EQ(feed.steps, (std::vector<std::string>(5, "handle")));
}

/// A stream whose cursors play what a test has written down, one script an open.
class ScriptedStream final : public Stream {
 public:
  Identity application() const override { return eventstream::application; }
  Result<EventTypeSet> event_types(std::stop_token) const override { return EventTypeSet{a}; }
  Result<Cursor> open(Offset offset, const EventTypeSet&, std::stop_token) override {
    opened.push_back(offset);
    auto script = std::make_shared<Script>();
    if (!scripts.empty()) {
      for (auto& answer : scripts.front()) script->answers.push_back(std::move(answer));
      scripts.erase(scripts.begin());
    }
    return Cursor(std::make_unique<ScriptedSource>(script));
  }
  std::vector<Offset> opened;
  std::vector<std::vector<Result<Event>>> scripts;
};

struct ScriptedFeed {
  explicit ScriptedFeed(std::size_t most_sleeps)
      : clock(std::make_shared<CountingClock>(stop, most_sleeps)) {}
  void run() {
    ConsumerOptions options;
    options.clock = clock;
    options.backoff = [](std::uint64_t failures) { return seconds(failures); };
    EXPECT_EQ(Consumer(stream, handler, options).run(stop.get_token()).error(), Errc::cancelled);
  }
  std::stop_source stop;
  std::shared_ptr<CountingClock> clock;
  ScriptedStream stream;
  std::vector<Offset> handled;
  bool fails = false;
  MemoryHandler handler{{a}, [this](const Event& event, const std::stop_token&) -> Result<void> {
                          handled.push_back(event.offset);
                          return fails ? Result<void>(Errc::backend_failure) : Result<void>();
                        }};
};

TEST(Consumer, WhatMustNotBeHandledIsNot) {
  Envelope foreign = *parcel(a);
  foreign.source_application = {"other", "other"};
  Envelope anonymous = *parcel(a);
  anonymous.message_id.clear();
  const std::vector<Event> events{
      {4, parcel(a)}, {5, Parcel()}, {5, Parcel(foreign)}, {5, Parcel(anonymous)}, {5, parcel(b)}};
  ScriptedFeed feed(events.size());
  feed.stream.scripts.push_back({Event{4, parcel(a)}, events[0]});
  for (std::size_t i = 1; i < events.size(); ++i) feed.stream.scripts.push_back({events[i]});
  feed.run();
  EXPECT_EQ(feed.handled, std::vector<Offset>{4});
  EXPECT_EQ(feed.stream.opened, (std::vector<Offset>{0, 5, 5, 5, 5}));
}

TEST(Consumer, CountsFailuresByWhoseTheyAre) {
  ScriptedFeed feed(4);
  feed.fails = true;
  feed.stream.scripts = {{Errc::backend_failure},
                         {Event{0, parcel(a)}},     // read: the count begins again; fails: 1
                         {Event{0, parcel(a)}},     // read after the handler's failure: 2
                         {Errc::backend_failure}};  // 3
  feed.run();
  EXPECT_EQ(feed.clock->slept,
            (std::vector<nanoseconds>{seconds(1), seconds(1), seconds(2), seconds(3)}));
}

TEST(Consumer, StrangeDelaysAreMadeFiniteAndNotNegative) {
  ScriptedFeed feed(1);
  std::vector<nanoseconds> slept;
  const std::vector<Backoff> strategies{
      [](std::uint64_t) { return nanoseconds::min(); },
      [](std::uint64_t) { return nanoseconds::max(); },
      [](std::uint64_t) -> nanoseconds { throw std::runtime_error("no idea"); }};
  for (const Backoff& strategy : strategies) {
    std::stop_source stop;
    const auto clock = std::make_shared<CountingClock>(stop, 1);
    ScriptedStream stream;
    stream.scripts = {{Errc::backend_failure}};
    ConsumerOptions options;
    options.clock = clock;
    options.backoff = strategy;
    EXPECT_EQ(Consumer(stream, feed.handler, options).run(stop.get_token()).error(),
              Errc::cancelled);
    slept.push_back(clock->slept.at(0));
  }
  EXPECT_EQ(slept, (std::vector<nanoseconds>{nanoseconds(0), std::chrono::hours(24),
                                             std::chrono::minutes(1)}));
}

/// What has no other way to fail throws, the first time.
class ThrowingStream final : public Stream {
 public:
  Identity application() const override {
    if (std::exchange(throws_, false)) throw std::runtime_error("no application");
    return eventstream::application;
  }
  Result<EventTypeSet> event_types(std::stop_token) const override { return EventTypeSet{a}; }
  Result<Cursor> open(Offset, const EventTypeSet&, std::stop_token) override {
    opened = true;
    return Errc::backend_failure;
  }
  bool opened = false;

 private:
  mutable bool throws_ = true;
};

class ThrowingHandler final : public Handler {
 public:
  EventTypeSet event_types() const override {
    if (std::exchange(throws_, false)) throw std::runtime_error("no types");
    return {a};
  }
  Result<Offset> next_offset(const Identity&, std::stop_token) override { return 0; }
  Result<void> handle_event(Offset, const Event&, std::stop_token) override { return {}; }

 private:
  mutable bool throws_ = true;
};

TEST(Consumer, AnyExceptionIsAFailureLikeAnyOther) {
  ThrowingStream stream;
  ThrowingHandler handler;
  std::stop_source stop;
  const auto clock = std::make_shared<CountingClock>(stop, 3);
  std::vector<std::string> steps;
  ConsumerOptions options;
  options.clock = clock;
  options.log = [&](const ConsumerFailure& failure) { steps.emplace_back(failure.step); };
  EXPECT_EQ(Consumer(stream, handler, options).run(stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(steps, (std::vector<std::string>{"event types", "next offset", "open"}));
  EXPECT_TRUE(stream.opened);
}

TEST(Consumer, IsCancelledWhileItWaits) {
  // At the tail of the stream, for a permit, in its handler, and in its backoff.
  Semaphore taken(1);
  const auto permit = taken.acquire({});
  for (const std::string where : {"next", "permit", "handler", "backoff"}) {
    memorystream::Stream stream({.application = application, .event_types = {a}});
    std::latch inside(1);
    MemoryHandler handler({a}, [&](const Event&, const std::stop_token& token) -> Result<void> {
      inside.count_down();
      if (where == "backoff") return Errc::backend_failure;
      SteadyClock().wait_for(std::chrono::hours(1), token);
      return Errc::cancelled;
    });
    ConsumerOptions options;
    options.backoff = [](std::uint64_t) { return std::chrono::hours(1); };
    if (where == "permit")
      options.semaphore = std::shared_ptr<Semaphore>(&taken, [](Semaphore*) {});
    if (where != "next") {
      ASSERT_TRUE(stream.append(std::vector{parcel(a)}).has_value());
    }
    Result<void> result;
    {
      std::jthread runner([&](const std::stop_token& token) {
        result = Consumer(stream, handler, options).run(token);
      });
      if (where == "handler" || where == "backoff") inside.wait();
    }
    ASSERT_FALSE(result.has_value()) << where;
    EXPECT_EQ(result.error(), Errc::cancelled) << where;
  }
}

TEST(Consumer, NoMoreHandlersRunThanThereArePermits) {
  constexpr int consumers = 6;
  const auto semaphore = std::make_shared<Semaphore>(2);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> handled = 0;
  memorystream::Stream stream({.application = application, .event_types = {a}});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(stream.append(std::vector{parcel(a)}).has_value());
  std::vector<std::jthread> threads;
  std::latch all(consumers * 20);
  for (int i = 0; i < consumers; ++i)
    threads.emplace_back([&](const std::stop_token& token) {
      MemoryHandler handler({a}, [&](const Event&, const std::stop_token&) -> Result<void> {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --running;
        ++handled;
        all.count_down();
        return {};
      });
      ConsumerOptions options;
      options.semaphore = semaphore;
      (void)Consumer(stream, handler, options).run(token);
    });
  all.wait();
  threads.clear();
  EXPECT_EQ(handled, consumers * 20);
  EXPECT_LE(most, 2);
}

TEST(Semaphore, GivesAFreePermitAtOnceOrNone) {
  Semaphore semaphore(1);
  {
    const auto permit = semaphore.try_acquire();
    EXPECT_TRUE(permit.has_value());
    EXPECT_FALSE(semaphore.try_acquire().has_value());
  }
  EXPECT_TRUE(semaphore.try_acquire().has_value());
}

TEST(Backoff, GrowsToItsLongestAndStaysThere) {
  const Backoff backoff = exponential({.first = seconds(1), .longest = seconds(60), .jitter = 0});
  EXPECT_EQ(backoff(1), seconds(1));
  EXPECT_EQ(backoff(2), seconds(2));
  EXPECT_EQ(backoff(6), seconds(32));
  for (const std::uint64_t failures : {std::uint64_t{7}, std::uint64_t{100}, ~std::uint64_t{0}})
    EXPECT_EQ(backoff(failures), seconds(60));
}

TEST(Backoff, TheLargestDurationStaysWhatItIs) {
  const auto largest = std::chrono::nanoseconds::max();
  const Backoff backoff = exponential({.first = seconds(1), .longest = largest, .jitter = 0});
  EXPECT_EQ(backoff(100), largest);
}

TEST(Semaphore, WhoIsCancelledAsAPermitComesLetsAnotherHaveIt) {
  for (int round = 0; round < 200; ++round) {
    Semaphore semaphore(1);
    auto held = semaphore.try_acquire();
    ASSERT_TRUE(held);
    std::stop_source stop;
    std::jthread first([&] { static_cast<void>(semaphore.acquire(stop.get_token())); });
    std::jthread second([&] { static_cast<void>(semaphore.acquire({})); });
    std::jthread cancel([&] { stop.request_stop(); });
    held = {};  // the second must get it, whatever became of the first: else this test hangs
    first.join();
    second.join();
  }
}

TEST(Backoff, ChanceShortensADelayByItsPartAtMost) {
  const Backoff backoff = exponential({.first = seconds(8), .longest = seconds(8), .jitter = 0.25});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(backoff(1), seconds(6));
    EXPECT_LE(backoff(1), seconds(8));
  }
}

TEST(Backoff, RefusesValuesOutOfRange) {
  EXPECT_THROW(exponential({.first = seconds(0)}), std::invalid_argument);
  EXPECT_THROW(exponential({.first = seconds(100)}), std::invalid_argument);
  EXPECT_THROW(exponential({.factor = 0.5}), std::invalid_argument);
  EXPECT_THROW(exponential({.jitter = 1.5}), std::invalid_argument);
}

TEST(MemoryHandler, HoldsToTheExpectedOffset) {
  int applied = 0;
  MemoryHandler handler({a}, [&](const Event&, const std::stop_token&) -> Result<void> {
    ++applied;
    return {};
  });
  EXPECT_EQ(handler.next_offset(application).value(), 0U);
  EXPECT_EQ(handler.handle_event(3, {3, parcel(a)}).error(), Errc::conflict);
  EXPECT_TRUE(handler.handle_event(0, {3, parcel(a)}).has_value());
  EXPECT_EQ(handler.next_offset(application).value(), 4U);
  EXPECT_EQ(handler.handle_event(0, {3, parcel(a)}).error(), Errc::conflict);
  EXPECT_EQ(applied, 1);
}

}  // namespace
}  // namespace eventstream
