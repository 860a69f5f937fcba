#include <eventstream/async.hpp>
#include <memorystream/stream.hpp>
#include <streamtest/schedule/search.hpp>
#include <streamtest/simulation/context.hpp>

#ifdef STREAMTEST_BENCH_THREADS
#include <streamtest/sched/sched.hpp>
#endif

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

// How fast the orders of a program on the memory stream are tried: simulated steps a second, and
// schedules of controlled threads a second. Both are the best of some runs, each on fresh streams
// in random orders; each order's outcome is checked. One processor does all of it.

namespace {

using eventstream::Offset;
using streamtest::Chooser;
using Clock = std::chrono::steady_clock;

constexpr int runs = 5;
constexpr Offset events = 20;

const eventstream::Identity owner{"bench", "bench"};
const eventstream::EventType type{"E"};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

memorystream::Stream make_stream() {
  return memorystream::Stream({.application = owner, .event_types = {type}});
}

void append(memorystream::Stream& stream) {
  eventstream::Envelope envelope;
  envelope.source_application = owner;
  envelope.type = type;
  const eventstream::Parcel parcel(std::move(envelope));
  if (!stream.append({&parcel, 1})) fail("an append failed");
}

/// Two handlers that append one after the other, and one that reads.
std::uint64_t simulate(Chooser& chooser) {
  streamtest::simulation::Context context;
  memorystream::Stream stream = make_stream();
  eventstream::Cursor cursor = stream.open(0, {type}).value();
  Offset read = 0;
  const std::function<void()> read_on = [&] {
    cursor.async_next(boost::asio::bind_executor(
        context.executor("reader"), [&](boost::system::error_code error, eventstream::Event event) {
          if (error || event.offset != read++) fail("a wrong event");
          if (read < events) read_on();
        }));
  };
  Offset appended = 0;
  std::function<void(const char*)> append_on = [&](const char* who) {
    boost::asio::post(context.executor(who), [&, who] {
      if (appended++ >= events) return;
      append(stream);
      append_on(who);
    });
  };
  read_on();
  append_on("one");
  append_on("two");
  const std::uint64_t steps = context.run(chooser).steps;
  if (read != events) fail("an event was lost");
  return steps;
}

#ifdef STREAMTEST_BENCH_THREADS
constexpr Offset events_of_threads = 2;

/// A thread that appends, and one that reads.
std::uint64_t control(Chooser& chooser) {
  const auto outcome = streamtest::sched::run({}, chooser, [] {
    memorystream::Stream stream = make_stream();
    eventstream::Cursor cursor = stream.open(0, {type}).value();
    std::jthread writer([&] {
      for (Offset i = 0; i < events_of_threads; ++i) append(stream);
    });
    for (Offset i = 0; i < events_of_threads; ++i)
      if (cursor.next().value().offset != i) fail("a wrong event");
  });
  if (outcome.verdict != streamtest::ThreadVerdict::ok) fail(outcome.message.c_str());
  return 1;
}
#endif

/// So many of what the program counts, a second.
double rate(std::uint64_t (*program)(Chooser&)) {
  double best = 0;
  for (int run = 0; run < runs; ++run) {
    const auto strategy = streamtest::make_uniform(static_cast<std::uint64_t>(run));
    std::uint64_t count = 0;
    std::uint64_t schedules = 0;
    const auto begin = Clock::now();
    const auto counted = [&](Chooser& chooser) {
      count += program(chooser);
      return streamtest::Run();
    };
    streamtest::search(
        *strategy, counted, [&] { return Clock::now() - begin < std::chrono::seconds(1); },
        schedules);
    const std::chrono::duration<double> taken = Clock::now() - begin;
    best = std::max(best, static_cast<double>(count) / taken.count());
  }
  return best;
}

}  // namespace

int main() {
  std::printf("simulated %.0f steps/s\n", rate(simulate));
#ifdef STREAMTEST_BENCH_THREADS
  std::printf("controlled %.0f schedules/s\n", rate(control));
#endif
}
