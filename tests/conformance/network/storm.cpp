#include "sample.hpp"

#include <memorystream/stream.hpp>
#include <streamtest/faults/address.hpp>
#include <streamtest/faults/proxy.hpp>

#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Readers of the network stream in a storm: while events are appended, a proxy cuts, delays, half
// closes and refuses their connections as the seed says. Each reader must be given every event of
// its types, once, in order, as it was appended.
//
// Usage: network_storm FIRST_SEED RUNS     prints a line for each run that went wrong, and how many

namespace {

using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using Random = std::mt19937_64;

constexpr Offset events = 300;
const eventstream::Identity application{"storm", "5a1e-storm"};
const std::array<EventType, 2> types{EventType("A"), EventType("B")};

eventstream::Envelope envelope(Offset offset) {
  return network::envelope(application, types[offset % 2], offset,
                           std::string(offset * 37 % 2000, 'x'));
}

/// What a reader had to be given and was not; empty if all is well.
std::string read_all(networkstream::Stream& stream, Offset first, const EventTypeSet& filter) {
  eventstream::Cursor cursor = stream.open(first, filter).value();
  for (Offset offset = first; offset < events; ++offset) {
    if (!filter.contains(types[offset % 2])) continue;
    const auto seen = cursor.next();
    if (!seen) return "event " + std::to_string(offset) + " became " + seen.error().message();
    if (seen->offset != offset || *seen->parcel != envelope(offset))
      return "event " + std::to_string(offset) + " became event " + std::to_string(seen->offset);
  }
  return "";
}

void strike(streamtest::FaultProxy& proxy, Random& random) {
  using streamtest::Direction;
  switch (random() % 6) {
    case 0:
      return proxy.cut();
    case 1:
      return proxy.limit(random() % 20'000);
    case 2:
      return proxy.half_close(random() % 2 == 0 ? Direction::to_client : Direction::to_server);
    case 3:
      return proxy.delay(std::chrono::microseconds(random() % 3'000));
    case 4:
      return proxy.refuse();
    default:
      return proxy.heal();
  }
}

void append_all(memorystream::Stream& memory, Random random) {
  for (Offset next = 0; next < events;) {
    std::vector<eventstream::Parcel> batch;
    for (auto left = 1 + random() % 4; left > 0 && next < events; --left)
      batch.emplace_back(envelope(next++));
    memory.append(batch).value();
    if (random() % 4 == 0) std::this_thread::yield();
  }
}

std::string run(networkstream::Server& server, std::uint64_t seed) {
  Random random(seed);
  const auto memory = std::make_shared<memorystream::Stream>(memorystream::Options{
      .application = application, .event_types = EventTypeSet({types[0], types[1]})});
  server.serve(application.key(), {.stream = memory,
                                   .media_types = {{types[0], {network::media_type}},
                                                   {types[1], {network::media_type}}}});
  const auto address = streamtest::address_in(server.address()).value();
  streamtest::FaultProxy proxy(address.host, address.port);
  networkstream::Options options = network::options(proxy.address(), application);
  options.prefetch = 1 + random() % 40;
  options.patience = std::chrono::minutes(2);
  options.first_backoff = std::chrono::milliseconds(1);
  options.longest_backoff = std::chrono::milliseconds(10);
  networkstream::Stream stream(std::move(options));
  std::array<std::string, 3> wrong;
  std::atomic<int> reading = static_cast<int>(wrong.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < wrong.size(); ++i)
      threads.emplace_back([&, i, first = i == 0 ? 0 : random() % 50] {
        const EventTypeSet all{types[0], types[1]};
        wrong.at(i) = read_all(stream, first, i == 2 ? EventTypeSet{types[1]} : all);
        --reading;
      });
    threads.emplace_back([&, choices = Random(random())] { append_all(*memory, choices); });
    // As many faults as there are, and then the network is whole.
    for (auto faults = 3 + random() % 12; faults > 0 && reading > 0; --faults) {
      strike(proxy, random);
      const auto until =
          std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 8'000);
      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    }
    proxy.heal();
  }
  for (std::size_t i = 0; i < wrong.size(); ++i)
    if (!wrong.at(i).empty()) return "reader " + std::to_string(i) + ": " + wrong.at(i);
  return "";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) {
    std::fprintf(stderr, "usage: network_storm FIRST_SEED RUNS\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(arguments[1], nullptr, 10);
  const std::uint64_t runs = std::strtoull(arguments[2], nullptr, 10);
  networkstream::Server server({});
  std::uint64_t wrong = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const std::string what = run(server, seed);
    if (what.empty()) continue;
    ++wrong;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), what.c_str());
  }
  std::printf("%llu of %llu runs went wrong\n", static_cast<unsigned long long>(wrong),
              static_cast<unsigned long long>(runs));
  return wrong == 0 ? 0 : 1;
}
