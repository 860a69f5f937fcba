#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_FUZZED_SERVER_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_FUZZED_SERVER_HPP

#include "counted_stream.hpp"

#include <grpcpp/channel.h>
#include <networkstream/controller.hpp>
#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace network {

/// A server with applications for clients that misbehave, one after the other, and one with a
/// client that behaves, on a connection of its own, and must notice nothing.
class FuzzedServer {
 public:
  FuzzedServer();
  FuzzedServer(const FuzzedServer&) = delete;
  FuzzedServer& operator=(const FuzzedServer&) = delete;
  ~FuzzedServer();

  const std::string& address() const { return server_.address(); }
  /// Those that misbehave share it.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  /// The application's stream is made, with so many events of the types A and B. Clients may make
  /// it anew, and none of another application.
  void begin(const eventstream::Identity& application, std::size_t events);
  /// The one that was begun, or that a client made in its place.
  std::shared_ptr<CountedStream> stream() const;
  void end(const eventstream::Identity& application) { controller_.forget(application.key()); }

  /// One more event for the client that behaves.
  void go_on();
  /// What became of that client: empty if it was given every event so far, in order.
  std::string healthy() const;

  /// Ends everything; what was left behind, or empty.
  std::string stop();

 private:
  networkstream::Writable make(const networkstream::FreshStream& wanted);
  void read_on(const std::stop_token& token);

  std::atomic<std::size_t> cursors_ = 0;
  mutable std::mutex mutex_;
  std::string application_key_;
  std::shared_ptr<CountedStream> stream_;
  const std::shared_ptr<memorystream::Stream> healthy_stream_;
  networkstream::Server server_;
  networkstream::Controller controller_;
  std::shared_ptr<grpc::Channel> channel_;
  std::size_t appended_ = 0;
  std::atomic<std::size_t> read_ = 0;
  std::atomic<bool> wrong_ = false;
  std::string what_is_wrong_;
  networkstream::Stream healthy_client_;
  std::jthread reader_;
};

}  // namespace network

#endif
