#include "scripted_source.hpp"

#include <eventstream/async.hpp>
#include <memorystream/stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

#include <random>
#include <thread>

// Races, to be run under ThreadSanitizer and AddressSanitizer. Each repeats a collision with
// another distance.

namespace eventstream {
namespace {

namespace asio = boost::asio;

constexpr int rounds = 400;

void spin(int turns) {
  for (std::atomic<int> i = 0; i < turns; ++i) {
  }
}

TEST(Races, NotifyAgainstDestruction) {
  for (int round = 0; round < rounds; ++round) {
    auto scripted = std::make_unique<Scripted>();
    const std::shared_ptr<Script> script = scripted->script;
    std::jthread notifier([&] {
      spin(round % 97 * 10);
      script->give(1);
    });
    (void)scripted->cursor.next_until(std::chrono::steady_clock::now() +
                                      std::chrono::microseconds(round % 50));
    scripted.reset();
    notifier.join();
    ASSERT_TRUE(script->released);
    ASSERT_FALSE(script->overlapped);
  }
}

TEST(Races, CloseAgainstPoll) {
  for (int round = 0; round < rounds; ++round) {
    Scripted scripted;
    scripted.script->idle =
        round % 2 == 0 ? Script::Answer(Errc::skipped) : Script::Answer(Event{1, {}});
    std::atomic<bool> begun = false;
    std::jthread reader([&] {
      begun = true;
      while (scripted.cursor.next()) {
      }
    });
    while (!begun) std::this_thread::yield();
    spin(round % 89 * 10);
    ASSERT_TRUE(scripted.cursor.close());
    ASSERT_TRUE(scripted.script->released);
    reader.join();
    ASSERT_FALSE(scripted.script->overlapped);
  }
}

TEST(Races, CancelAgainstEvent) {
  for (int round = 0; round < rounds; ++round) {
    Scripted scripted;
    std::stop_source stop;
    std::jthread canceller([&] {
      spin(round % 61 * 10);
      stop.request_stop();
    });
    std::jthread appender([&] {
      spin(round % 53 * 10);
      scripted.script->give(1);
    });
    const Result<Event> first = scripted.cursor.next(stop.get_token());
    if (!first) {
      ASSERT_EQ(first.error(), Errc::cancelled);
      ASSERT_EQ(scripted.cursor.next()->offset, 1U) << "the cancelled next took the event";
    }
  }
}

TEST(Races, OfClosesExactlyOneSucceeds) {
  for (int round = 0; round < rounds; ++round) {
    Scripted scripted;
    std::atomic<int> succeeded = 0;
    {
      std::vector<std::jthread> closers;
      for (int i = 0; i < 4; ++i)
        closers.emplace_back([&] { succeeded += scripted.cursor.close() ? 1 : 0; });
    }
    ASSERT_EQ(succeeded, 1);
  }
}

// A close once went on with what its reader had destroyed meanwhile.
TEST(Races, ACloseWakesAReaderThatDestroysTheCursor) {
  for (int round = 0; round < rounds; ++round) {
    auto scripted = std::make_unique<Scripted>();
    const std::shared_ptr<Script> script = scripted->script;
    Cursor& cursor = scripted->cursor;
    std::jthread reader([&] {
      EXPECT_EQ(cursor.next().error(), Errc::cursor_closed);
      scripted.reset();
    });
    scripted->until_waiting();
    spin(round % 59 * 10);
    EXPECT_TRUE(cursor.close());
    reader.join();
    ASSERT_TRUE(script->released);
  }
}

/// A context ends while another thread notifies the reads that wait on it, through an executor made
/// of the context's own.
template <typename MakeExecutor>
void a_context_dies(MakeExecutor make_executor) {
  for (int round = 0; round < rounds; ++round) {
    Scripted first;
    Scripted second;
    int calls = 0;
    std::jthread notifier;
    {
      asio::io_context context;
      const auto count = [&calls](auto, const Event&) { ++calls; };
      first.cursor.async_next(asio::bind_executor(context, count));
      context.poll();
      second.cursor.async_next(asio::bind_executor(make_executor(context), count));
      context.poll();
      notifier = std::jthread([&] {
        spin(round % 71 * 10);
        second.script->give(1);
        first.script->give(1);
      });
      spin(round % 67 * 10);
    }
    notifier.join();
    ASSERT_EQ(calls, 0);
    ASSERT_EQ(first.cursor.next()->offset, 1U);
    ASSERT_EQ(second.cursor.next()->offset, 1U);
  }
}

TEST(Races, AContextDiesWhileItsReadsAreNotified) {
  a_context_dies([](asio::io_context& context) { return context.get_executor(); });
}

// The strands' service is younger than the reads' own, unless that sees to it, and ends first.
TEST(Races, AContextDiesWhileAReadOnItsStrandIsNotified) {
  a_context_dies([](asio::io_context& context) { return asio::make_strand(context); });
}

TEST(Races, AContextDiesWhileAReadOnAnyExecutorIsNotified) {
  a_context_dies(
      [](asio::io_context& context) { return asio::any_io_executor(context.get_executor()); });
}

class Log {
 public:
  explicit Log(std::size_t events) : events_(events) {}

  void append_all() {
    std::vector<std::jthread> appenders;
    for (int i = 0; i < 2; ++i) {
      appenders.emplace_back([this] {
        Envelope envelope;
        envelope.source_application = {"a", "a"};
        for (std::size_t n = 0; n < events_ / 2; ++n) {
          envelope.type = EventType(n % 3 == 0 ? "B" : "A");
          const Parcel parcel(envelope);
          (void)stream.append({&parcel, 1});
        }
      });
    }
  }

  memorystream::Stream stream{
      {.application = {"a", "a"}, .event_types = {EventType("A"), EventType("B")}}};

 private:
  std::size_t events_;
};

TEST(Races, BlockingReadersWithRandomCancelsSeeEveryEventOnceInOrder) {
  constexpr std::size_t events = 4000;
  Log log(events);
  std::vector<std::jthread> readers;
  std::atomic<int> wrong = 0;
  for (unsigned reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      std::mt19937 random(reader);
      Cursor cursor = log.stream.open(0, {EventType("A"), EventType("B")}).value();
      for (Offset expected = 0; expected < events;) {
        std::stop_source stop;
        std::jthread canceller;
        if (random() % 16 == 0)
          canceller = std::jthread([&stop, turns = static_cast<int>(random() % 500)] {
            spin(turns);
            stop.request_stop();
          });
        const Result<Event> event = cursor.next(stop.get_token());
        if (event)
          wrong += event->offset == expected++ ? 0 : 1;
        else
          wrong += event.error() == Errc::cancelled ? 0 : 1;
      }
    });
  }
  log.append_all();
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

/// Reads on until it has seen everything, cancelling now and then.
struct AsyncReader {
  asio::io_context& context;
  Cursor cursor;
  std::mt19937 random;
  Offset expected = 0;
  Offset end = 0;
  int wrong = 0;
  asio::cancellation_signal signal = {};

  void go() {
    if (expected == end) return;
    cursor.async_next(asio::bind_cancellation_slot(
        signal.slot(),
        asio::bind_executor(context, [this](boost::system::error_code error, const Event& event) {
          if (error)
            wrong += error == Errc::cancelled ? 0 : 1;
          else
            wrong += event.offset == expected++ ? 0 : 1;
          go();
        })));
    if (random() % 8 == 0)
      asio::post(context, [this] { signal.emit(asio::cancellation_type::terminal); });
  }
};

TEST(Races, AsynchronousReadersWithRandomCancelsSeeEveryEventOnceInOrder) {
  constexpr std::size_t events = 4000;
  Log log(events);
  asio::io_context context;
  std::deque<AsyncReader> readers;
  for (unsigned i = 0; i < 3; ++i) {
    readers.emplace_back(context, log.stream.open(0, {EventType("A"), EventType("B")}).value(),
                         std::mt19937(i), Offset{0}, Offset{events});
    readers.back().go();
  }
  std::jthread runner([&] { context.run(); });
  log.append_all();
  runner.join();
  for (const AsyncReader& reader : readers) EXPECT_EQ(reader.wrong, 0);
}

}  // namespace
}  // namespace eventstream
