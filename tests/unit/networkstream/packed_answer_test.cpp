#include "../../conformance/network/http2.hpp"
#include "sample.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/crc.hpp>
#include <dogma/interop/v1/eventstream.pb.h>
#include <gtest/gtest.h>
#include <networkstream/stream.hpp>
#include <networkstream/wire.hpp>

#include <algorithm>
#include <thread>

namespace networkstream {
namespace {

namespace http2 = network::http2;
using boost::asio::ip::tcp;
using eventstream::Errc;
using eventstream::EventType;

std::string little_endian(std::uint64_t value, unsigned bytes) {
  std::string text = http2::big_endian(value, bytes);
  std::ranges::reverse(text);
  return text;
}

/// As gzip packs what it can't make smaller. Source: RFC 1952, 2.3; RFC 1951, 3.2.4.
std::string packed(const std::string& bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) + '\x01' + little_endian(bytes.size(), 2) +
         little_endian(bytes.size() ^ 0xFFFFU, 2) + bytes + little_endian(crc.checksum(), 4) +
         little_endian(bytes.size(), 4);
}

/// A server that answers each call of one connection with this event, packed though no client has
/// said that it understands that. gRPC's own wouldn't.
class OneAnswer {
 public:
  explicit OneAnswer(bool packs) : packs_(packs) {}
  ~OneAnswer() { serving_.join(); }  // the client has closed the connection
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void serve() {
    tcp::socket socket = acceptor_.accept();
    boost::system::error_code error;
    send(socket, http2::frame(http2::settings_frame, 0, 0, ""), error);
    receive(socket, http2::preface.size(), error);
    while (!error) {
      const std::string head = receive(socket, 9, error);
      if (error) return;
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(head[i]); };
      receive(socket, byte(0) << 16U | byte(1) << 8U | byte(2), error);
      if (byte(3) == http2::headers_frame) answer(socket, byte(8), error);
    }
  }

  void answer(tcp::socket& socket, std::uint32_t stream, boost::system::error_code& error) const {
    dogma::interop::v1::eventstream::ConsumeResponse response;
    to_wire(sample::envelope("A", "1"), *response.mutable_envelope());
    const std::string bytes = response.SerializeAsString();
    const std::string message = packs_ ? packed(bytes) : bytes;
    http2::Headers headers{{":status", "200"}, {"content-type", "application/grpc"}};
    if (packs_) headers.emplace_back("grpc-encoding", "gzip");
    send(socket,
         http2::frame(http2::headers_frame, http2::end_headers, stream, http2::encoded(headers)) +
             http2::frame(http2::data_frame, 0, stream,
                          http2::big_endian(packs_ ? 1 : 0, 1) +
                              http2::big_endian(message.size(), 4) + message),
         error);
  }

  static void send(tcp::socket& socket, const std::string& bytes,
                   boost::system::error_code& error) {
    boost::asio::write(socket, boost::asio::buffer(bytes), error);
  }
  static std::string receive(tcp::socket& socket, std::size_t size,
                             boost::system::error_code& error) {
    std::string bytes(size, '\0');
    boost::asio::read(socket, boost::asio::buffer(bytes), error);
    return bytes;
  }

  const bool packs_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread serving_{[this] { serve(); }};
};

TEST(PackedAnswer, OneThatIsNotIsAnEvent) {
  OneAnswer server(false);
  Stream stream(sample::options(server.address()));
  EXPECT_EQ(*stream.open(0, {EventType("A")}).value().next().value().parcel,
            sample::envelope("A", "1"));
}

// 29 kB became 30 MB, whatever the limit on a message was.
TEST(PackedAnswer, IsNotUnpacked) {
  OneAnswer server(true);
  Stream stream(sample::options(server.address()));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(stream.open(0, {EventType("A")}).value().next().error(), Errc::backend_failure);
}

}  // namespace
}  // namespace networkstream
