#include "http2.hpp"

namespace network::http2 {

std::string big_endian(std::uint64_t value, unsigned bytes) {
  std::string text;
  while (bytes > 0) text += static_cast<char>(value >> (8 * --bytes));
  return text;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload) {
  return big_endian(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
         big_endian(stream, 4) + payload;
}

Headers headers_of(const std::string& method) {
  return {{":method", "POST"},         {":scheme", "http"}, {":path", method},
          {":authority", "127.0.0.1"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
}

std::string encoded(const Headers& headers) {
  std::string block;
  for (const auto& [name, value] : headers)
    block += '\0' + big_endian(name.size(), 1) + name + big_endian(value.size(), 1) + value;
  return block;
}

std::string whole_call(const std::string& method, const std::string& message) {
  constexpr std::uint16_t initial_window_size = 4;
  constexpr std::uint32_t largest_window = 0x7fff'ffff;
  constexpr std::uint32_t usual_window = 65'535;
  const std::string settings = big_endian(initial_window_size, 2) + big_endian(largest_window, 4);
  const std::string prefix = big_endian(0, 1) + big_endian(message.size(), 4);
  return preface + frame(settings_frame, 0, 0, settings) +
         frame(window_update_frame, 0, 0, big_endian(largest_window - usual_window, 4)) +
         frame(headers_frame, end_headers, 1, encoded(headers_of(method))) +
         frame(data_frame, end_stream, 1, prefix + message);
}

}  // namespace network::http2
