#include <networkstream/stream.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <thread>
#include <vector>

// Reads from any server by the network stream's client, for tests that kill the server meanwhile:
//
//   network_reader HOST:PORT KEY TYPE COUNT CURSORS
//
// The first cursor's offsets are printed as they come, one a line; behind them, how many cursors
// read as many events as they should, each offset behind the one before.

namespace {

using eventstream::EventType;

networkstream::Options options(const std::string& target, const std::string& key) {
  return {
      .target = target,
      .application = {"shop", key},
      .media_types = [](const EventType&) { return std::vector<std::string>{"application/json"}; },
      // A server comes back when the test says so.
      .patience = std::chrono::minutes(2)};
}

bool read(eventstream::Cursor& cursor, eventstream::Offset count, bool tell) {
  for (eventstream::Offset expected = 0; expected < count; ++expected) {
    const auto event = cursor.next();
    if (!event || event->offset != expected) return false;
    if (!tell) continue;
    std::printf("%llu\n", static_cast<unsigned long long>(event->offset));
    std::fflush(stdout);
  }
  return true;
}

}  // namespace

int main(int argument_count, char** first_argument) {
  const std::span arguments(first_argument, static_cast<std::size_t>(argument_count));
  if (arguments.size() != 6) {
    std::fputs("usage: network_reader HOST:PORT KEY TYPE COUNT CURSORS\n", stderr);
    return 2;
  }
  networkstream::Stream stream(options(arguments[1], arguments[2]));
  const eventstream::Offset count = std::stoull(arguments[4]);
  std::atomic<std::size_t> complete = 0;
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < std::stoul(arguments[5]); ++i)
      readers.emplace_back([&, i] {
        eventstream::Cursor cursor = stream.open(0, {EventType(arguments[3])}).value();
        if (read(cursor, count, i == 0)) ++complete;
      });
  }
  std::printf("complete %zu\n", complete.load());
  return 0;
}
