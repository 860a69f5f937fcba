#ifndef STREAMTEST_FAULTS_ADDRESS_HPP
#define STREAMTEST_FAULTS_ADDRESS_HPP

#include <cstdint>
#include <optional>
#include <string>

namespace streamtest {

/// Where a server listens. A plain value.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

/// The address in a text such as "127.0.0.1:5432"; the port follows the last colon. Nothing if it
/// isn't one: no host, or a port that isn't a number from 1 to 65535.
std::optional<Address> address_in(const std::string& text);

}  // namespace streamtest

#endif
