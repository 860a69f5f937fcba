#include <streamtest/faults/address.hpp>

#include <charconv>

namespace streamtest {

std::optional<Address> address_in(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  Address address{text.substr(0, colon)};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || rest != end || address.port == 0) return std::nullopt;
  return address;
}

}  // namespace streamtest
