#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_RAW_CONNECTION_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_RAW_CONNECTION_HPP

#include "spoilt_message.hpp"

#include <streamtest/faults/address.hpp>

#include <string>
#include <vector>

namespace network {

/// A request as it would be sent, to be found in the midst of what is spoilt.
struct RawRequest {
  std::string method;
  std::string message;
};

/// Connects by TCP, sends what is almost HTTP/2, or nothing like it, and goes away in one of the
/// ways in which clients do. What was seen that must not be; empty if all is well.
std::string spoil_connection(const streamtest::Address& server, const RawRequest& request,
                             Random& random);

}  // namespace network

#endif
