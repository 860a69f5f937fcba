#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_HTTP2_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_HTTP2_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// HTTP/2 as far as a client needs it that reads nothing, or wants to send what no library would.
// Source: RFC 9113, 3.4, 4.1 and 6; RFC 7541, 6.2.2.

namespace network::http2 {

inline const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum FrameType : std::uint8_t {
  data_frame = 0,
  headers_frame = 1,
  settings_frame = 4,
  window_update_frame = 8
};
constexpr std::uint8_t end_stream = 0x1;
constexpr std::uint8_t end_headers = 0x4;

std::string big_endian(std::uint64_t value, unsigned bytes);

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload);

/// Names and values, each shorter than 127 bytes.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Those of a call.
Headers headers_of(const std::string& method);

/// Without index or Huffman.
std::string encoded(const Headers& headers);

/// All that a client of one call sends, which lets the server send it as much as there is.
std::string whole_call(const std::string& method, const std::string& message);

}  // namespace network::http2

#endif
