#include "raw_connection.hpp"

#include "http2.hpp"
#include "process.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace network {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

std::string request_frames(const RawRequest& request, std::uint32_t stream, Random& random) {
  http2::Headers fields = http2::headers_of(request.method);
  constexpr std::array<std::pair<const char*, const char*>, 8> odd{{{"grpc-timeout", "1n"},
                                                                    {"grpc-timeout", "-7"},
                                                                    {"grpc-encoding", "gzip"},
                                                                    {"grpc-encoding", "nonsense"},
                                                                    {"content-type", "text/html"},
                                                                    {":path", ""},
                                                                    {"UPPER", "case"},
                                                                    {"x-bin", "%%%"}}};
  if (random() % 2 == 0) fields.emplace_back(odd[random() % odd.size()]);
  if (random() % 8 == 0) fields.erase(fields.begin() + static_cast<int>(random() % fields.size()));
  std::string block = http2::encoded(fields);
  if (random() % 8 == 0) spoil(block, random);
  // Compressed or not, and how long: the prefix of a message may lie.
  std::string prefix =
      http2::big_endian(random() % 6 == 0, 1) + http2::big_endian(request.message.size(), 4);
  if (random() % 6 == 0) spoil(prefix, random);
  return http2::frame(http2::headers_frame, random() % 10 == 0 ? 0 : http2::end_headers, stream,
                      block) +
         http2::frame(http2::data_frame, random() % 2 == 0 ? http2::end_stream : 0, stream,
                      prefix + request.message);
}

std::string random_frame(Random& random) {
  std::string bytes =
      http2::frame(static_cast<std::uint8_t>(random() % 12), static_cast<std::uint8_t>(random()),
                   random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : random() % 8,
                   random() % 2 == 0 ? http2::big_endian(random(), 4 * (1 + random() % 2))
                                     : random_bytes(random, 60));
  if (random() % 10 == 0) spoil(bytes, random);
  return bytes;
}

/// The parts, each of which is sent by itself.
std::vector<std::string> conversation(const RawRequest& request, Random& random) {
  if (random() % 12 == 0) return {random_bytes(random, 2'000)};
  std::vector<std::string> parts{http2::preface + http2::frame(http2::settings_frame, 0, 0, "")};
  if (random() % 12 == 0) spoil(parts.front(), random);
  std::uint32_t stream = 1;
  for (auto frames = random() % 10; frames > 0; --frames) {
    if (random() % 2 == 0)
      parts.push_back(random_frame(random));
    else
      parts.push_back(request_frames(request, std::exchange(stream, stream + 2), random));
  }
  // Seldom the same again and again: a flood, of some megabytes at most.
  if (random() % 30 == 0 && parts.back().size() < 4'096) {
    std::string flood;
    for (int i = 0; i < 1'000; ++i) flood += parts.back();
    parts.push_back(std::move(flood));
  }
  if (random() % 3 == 0) parts.back().resize(random() % (parts.back().size() + 1));
  return parts;
}

/// Whether the server gives the connection up once it is told that nothing more comes.
bool ends(tcp::socket& socket) {
  error_code error;
  socket.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 4096> bytes{};
  while (!error) {
    pollfd readable{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
    constexpr auto bound = std::chrono::milliseconds(hang_bound);
    if (poll(&readable, 1, static_cast<int>(bound.count())) == 0) return false;
    socket.read_some(boost::asio::buffer(bytes), error);
  }
  return true;
}

}  // namespace

std::string spoil_connection(const streamtest::Address& server, const RawRequest& request,
                             Random& random) {
  boost::asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  socket.connect({boost::asio::ip::make_address(server.host), server.port}, error);
  if (error) return "the server takes no connection: " + error.message();
  for (const std::string& part : conversation(request, random)) {
    // The server may have given us up, and rightly so.
    boost::asio::write(socket, boost::asio::buffer(part), error);
    if (error) break;
  }
  switch (random() % 3) {
    case 0:
      return ends(socket) ? "" : "the server keeps a connection whose client is done";
    case 1:
      socket.set_option(tcp::socket::linger(true, 0), error);
      break;
    default:
      break;
  }
  socket.close(error);
  return "";
}

}  // namespace network
