#include "bare_streams.hpp"
#include "counted_stream.hpp"
#include "process.hpp"
#include "sample.hpp"

#include <eventstream/async.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// Many cursors that wait at one server: none has a thread, what each costs of memory, and that one
// append reaches all. For comparison the same with bare callback streams of gRPC. Server and client
// are in this process.
//
// Usage: network_cursors ours|bare CURSORS CONNECTIONS     prints the figures

namespace {

using eventstream::EventType;
using network::must;
using Clock = std::chrono::steady_clock;

const eventstream::Identity application{"cursors", "c0450000-cursors"};

/// gRPC keeps some threads for a process and adds a few when there is much to do; none for a call.
constexpr std::size_t most_new_threads = 32;

/// The project's own.
class Cursors {
 public:
  explicit Cursors(std::size_t connections) {
    server_.serve(application.key(),
                  {.stream = stream_, .media_types = {{EventType("A"), {network::media_type}}}});
    for (std::size_t i = 0; i < connections; ++i)
      streams_.push_back(std::make_unique<networkstream::Stream>(
          network::options(server_.address(), application)));
  }
  ~Cursors() {
    cursors_.clear();
    pool_.join();
  }
  Cursors(const Cursors&) = delete;
  Cursors& operator=(const Cursors&) = delete;

  void open() {
    cursors_.push_back(streams_[cursors_.size() % streams_.size()]
                           ->open(stream_->memory.next_offset(), {EventType("A")})
                           .value());
    cursors_.back().async_next(boost::asio::bind_executor(
        pool_, [this](const boost::system::error_code& error, const eventstream::Event&) {
          if (!error) ++reached_;
        }));
  }
  std::size_t waiting() const { return stream_->memory.statistics().waiting; }
  void append() {
    const eventstream::Parcel parcel(
        network::envelope(application, EventType("A"), 1, "one for all"));
    stream_->memory.append({&parcel, 1}).value();
  }
  std::size_t reached() const { return reached_; }

 private:
  std::atomic<std::size_t> open_ = 0;
  const std::shared_ptr<network::CountedStream> stream_ = std::make_shared<network::CountedStream>(
      memorystream::Options{.application = application, .event_types = {EventType("A")}}, open_);
  networkstream::Server server_{networkstream::ServerOptions{}};
  std::vector<std::unique_ptr<networkstream::Stream>> streams_;
  std::atomic<std::size_t> reached_ = 0;
  boost::asio::thread_pool pool_{1};
  std::vector<eventstream::Cursor> cursors_;
};

template <typename Readers>
void measure(std::size_t cursors, std::size_t connections) {
  Readers readers(connections);
  const auto open = [&](std::size_t many) {
    for (std::size_t i = 0; i < many; ++i) readers.open();
  };
  const auto await = [](const std::function<bool()>& condition, const char* otherwise) {
    must(network::holds_in_time(condition), otherwise);
  };
  // One for each connection, so that what a connection costs isn't counted.
  open(connections);
  await([&] { return readers.waiting() == connections; }, "the first cursors don't wait");
  const std::size_t threads = network::threads();
  const std::size_t bytes = network::resident_bytes();
  open(cursors);
  await([&] { return readers.waiting() == connections + cursors; }, "not every cursor waits");
  const std::size_t more_threads = network::threads();
  const std::size_t more_bytes = network::resident_bytes();
  const auto begin = Clock::now();
  readers.append();
  await([&] { return readers.reached() == connections + cursors; },
        "one append didn't reach every cursor");
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  std::printf(
      "%zu cursors, %zu connections: %zu bytes each, %zu threads before, %zu with them, all "
      "reached in %.0f ms\n",
      cursors, connections, (more_bytes - bytes) / cursors, threads, more_threads, took.count());
  must(more_threads <= threads + most_new_threads, "cursors have threads");
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string kind = argument_count == 4 ? arguments[1] : "";
  if (kind != "ours" && kind != "bare") {
    std::fprintf(stderr, "usage: network_cursors ours|bare CURSORS CONNECTIONS\n");
    return 2;
  }
  const std::size_t cursors = std::strtoull(arguments[2], nullptr, 10);
  const std::size_t connections = std::strtoull(arguments[3], nullptr, 10);
  try {
    if (kind == "ours")
      measure<Cursors>(cursors, connections);
    else
      measure<network::BareStreams>(cursors, connections);
  } catch (const std::exception& failure) {
    std::printf("%s\n", failure.what());
    return 1;
  }
  return 0;
}
