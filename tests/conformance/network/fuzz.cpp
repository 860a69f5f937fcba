#include "fuzz_case.hpp"
#include "process.hpp"
#include "raw_call.hpp"

#include <google/protobuf/stubs/logging.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

// Clients of the network stream that misbehave: requests that are spoilt, in an order that no stub
// keeps, given up at any moment, and bytes that are no HTTP/2. The server must answer each as
// documented, and a client that behaves must be given every event meanwhile.
//
// Usage: network_fuzz SEED CASES [FIRST]     FIRST: the number of the first case, to see one again
// Prints progress, and for a case that went wrong its number, what was expected and what was seen.

namespace {

using network::FuzzedServer;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t round_of_cases = 1000;

void tell_progress(std::uint64_t cases, Clock::time_point begin) {
  // What the allocator keeps of giant messages would look like a leak.
  malloc_trim(0);
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  std::printf("%llu cases, %.0f s, %zu MiB, %zu threads\n", static_cast<unsigned long long>(cases),
              seconds.count(), network::resident_bytes() >> 20U, network::threads());
  std::fflush(stdout);
}

/// What went wrong, and in which case; empty if nothing did.
std::string run(std::uint64_t seed, std::uint64_t cases, std::uint64_t first) {
  FuzzedServer server;
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t number = first; number < first + cases; ++number) {
    const std::string where =
        "seed " + std::to_string(seed) + ", case " + std::to_string(number) + ": ";
    try {
      if (const std::string wrong = network::run_case(server, seed, number); !wrong.empty())
        return where + wrong;
    } catch (const std::exception& failure) {
      // What hangs can't be ended in good order.
      std::printf("%s%s\n", where.c_str(), failure.what());
      std::fflush(stdout);
      std::_Exit(1);
    }
    const std::uint64_t done = number - first + 1;
    if (done % round_of_cases != 0 && done != cases) continue;
    if (const std::string wrong = server.healthy(); !wrong.empty())
      return where + "or a case before it: " + wrong;
    if (done % (10 * round_of_cases) == 0 || done == round_of_cases || done == cases)
      tell_progress(done, begin);
  }
  return server.stop();
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3 && argument_count != 4) {
    std::fprintf(stderr, "usage: network_fuzz SEED CASES [FIRST]\n");
    return 2;
  }
  // What is wrong with the requests is known.
  setenv("GRPC_VERBOSITY", "NONE", 1);
  google::protobuf::SetLogHandler(nullptr);
  const auto number = [&](int i) { return std::strtoull(arguments[i], nullptr, 10); };
  const std::size_t threads = network::threads();
  std::string wrong = run(number(1), number(2), argument_count == 4 ? number(3) : 0);
  if (wrong.empty() && !network::holds_in_time([&] { return network::threads() <= threads; }))
    wrong = std::to_string(network::threads()) + " threads are left, " + std::to_string(threads) +
            " were there before";
  if (wrong.empty()) return 0;
  std::printf("%s\n", wrong.c_str());
  return 1;
}
