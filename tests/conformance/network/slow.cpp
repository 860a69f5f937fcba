#include "counted_stream.hpp"
#include "http2.hpp"
#include "method.hpp"
#include "process.hpp"
#include "sample.hpp"

#include <streamtest/faults/address.hpp>
#include <streamtest/faults/proxy.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <dogma/interop/v1/eventstream.pb.h>
#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Clients of the network stream that read nothing, or vanish without a word. What the first cost
// has a bound that knows nothing of the stream's length; the others are given up, and those that
// read notice nothing of either.
//
// Usage: network_slow CLIENTS EVENTS     prints what each costs

namespace {

using boost::asio::ip::tcp;
using eventstream::EventType;
using network::CountedStream;
using network::media_type;
using network::must;

const eventstream::Identity application{"slow", "51030000-slow"};
constexpr std::size_t event_bytes = std::size_t{256} << 10U;
/// An event on its way is there as a message, in the bytes of the wire and in what gRPC sends;
/// the rest are buffers that gRPC has for a connection and a call.
constexpr std::size_t most_bytes = 4 * event_bytes + (std::size_t{256} << 10U);
/// What a server sends of its own is some frames of settings; the rest is an event's.
constexpr std::size_t most_greeting = 500;
/// Much more than the second that was asked for, and less than the half minute of who isn't asked.
constexpr std::chrono::seconds longest_keepalive{15};

void append(CountedStream& stream, std::size_t bytes) {
  const eventstream::Parcel parcel(network::envelope(
      application, EventType("A"), stream.memory.next_offset(), std::string(bytes, 'x')));
  stream.memory.append({&parcel, 1}).value();
}

/// A server over one stream.
struct Served {
  explicit Served(networkstream::ServerOptions options) : server(std::move(options)) {
    server.serve(application.key(),
                 {.stream = stream, .media_types = {{EventType("A"), {media_type}}}});
  }

  std::atomic<std::size_t> cursors = 0;
  const std::shared_ptr<CountedStream> stream = std::make_shared<CountedStream>(
      memorystream::Options{.application = application, .event_types = {EventType("A")}}, cursors);
  networkstream::Server server;
};

networkstream::Stream reader_of(const std::string& target) {
  networkstream::Options options = network::options(target, application);
  // So that what it keeps ready itself isn't taken for what the others cost.
  options.prefetch = 1;
  return networkstream::Stream(std::move(options));
}

void read_until(eventstream::Cursor& cursor, eventstream::Offset last) {
  for (;;) {
    const auto event = cursor.next_until(std::chrono::steady_clock::now() + network::hang_bound);
    must(event.has_value(), "a client that reads was given no event");
    if (event->offset == last) return;
  }
}

/// Asks for all there is, allows the server to send it at once, and takes nothing of it.
tcp::socket client_that_reads_nothing(boost::asio::io_context& context,
                                      const std::string& address) {
  dogma::interop::v1::eventstream::ConsumeRequest request;
  request.set_application_key(application.key());
  auto& type = *request.add_event_types();
  type.set_portable_name("A");
  type.add_media_types(media_type);
  const auto server = streamtest::address_in(address).value();
  tcp::socket socket(context);
  socket.open(tcp::v4());
  socket.set_option(tcp::socket::receive_buffer_size(4096));
  socket.connect({boost::asio::ip::make_address(server.host), server.port});
  boost::asio::write(socket, boost::asio::buffer(network::http2::whole_call(
                                 network::method::consume, request.SerializeAsString())));
  return socket;
}

void slow_clients(std::size_t clients, std::size_t events) {
  // They don't answer either, and aren't to be given up here.
  Served served({.keepalive = std::chrono::hours(1)});
  for (std::size_t i = 0; i < events; ++i) append(*served.stream, event_bytes);
  networkstream::Stream stream = reader_of(served.server.address());
  const auto read_all = [&] {
    eventstream::Cursor cursor = stream.open(0, {EventType("A")}).value();
    read_until(cursor, events - 1);
  };
  read_all();
  must(network::holds_in_time([&] { return served.cursors == 0; }), "a cursor was left open");
  const std::size_t before = network::resident_bytes();
  boost::asio::io_context context;
  std::vector<tcp::socket> sockets;
  for (std::size_t i = 0; i < clients; ++i)
    sockets.push_back(client_that_reads_nothing(context, served.server.address()));
  must(network::holds_in_time([&] { return served.cursors == clients; }),
       "not every client is served");
  must(network::holds_in_time([&] {
         return std::ranges::all_of(
             sockets, [](const tcp::socket& each) { return each.available() > most_greeting; });
       }),
       "not every client is sent something");
  // Meanwhile they are sent what else they will ever be sent.
  read_all();
  const std::size_t after = network::resident_bytes();
  const std::size_t each = after > before ? (after - before) / clients : 0;
  std::printf("%zu clients that read nothing of %zu MiB: %zu KiB each, bound %zu KiB\n", clients,
              events * event_bytes >> 20U, each >> 10U, most_bytes >> 10U);
  must(each <= most_bytes, "a client that reads nothing costs too much");
  sockets.clear();
  must(network::holds_in_time([&] { return served.cursors == 0; }),
       "cursors of clients that are gone are open");
}

void vanished_client() {
  using std::chrono::milliseconds;
  Served served({.keepalive = milliseconds(500), .keepalive_timeout = milliseconds(500)});
  const auto address = streamtest::address_in(served.server.address()).value();
  streamtest::FaultProxy proxy(address.host, address.port);
  networkstream::Stream far = reader_of(proxy.address());
  networkstream::Stream near = reader_of(served.server.address());
  eventstream::Cursor vanishes = far.open(0, {EventType("A")}).value();
  eventstream::Cursor stays = near.open(0, {EventType("A")}).value();
  append(*served.stream, 10);
  read_until(vanishes, 0);
  read_until(stays, 0);
  must(network::holds_in_time([&] { return served.cursors == 2; }),
       "there are more cursors than readers");
  proxy.stall();
  const auto begin = std::chrono::steady_clock::now();
  must(network::holds_in_time([&] { return served.cursors == 1; }),
       "a client that has vanished is served for ever");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  must(took < longest_keepalive, "a client that has vanished was served too long");
  append(*served.stream, 10);
  read_until(stays, 1);
  std::printf("a client that vanished was given up after %.1f s, keepalive 0.5 s and 0.5 s\n",
              took.count());
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) {
    std::fprintf(stderr, "usage: network_slow CLIENTS EVENTS\n");
    return 2;
  }
  try {
    slow_clients(std::strtoull(arguments[1], nullptr, 10),
                 std::strtoull(arguments[2], nullptr, 10));
    vanished_client();
  } catch (const std::exception& failure) {
    std::printf("%s\n", failure.what());
    return 1;
  }
  return 0;
}
