#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_SPOILT_MESSAGE_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_SPOILT_MESSAGE_HPP

#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace network {

using Random = std::mt19937_64;

struct Field;

/// A protobuf message field by field, in the order of the wire, so that it can be spoilt as no
/// generated class would let us.
using Message = std::vector<Field>;

struct Field {
  std::uint32_t number = 0;
  std::variant<std::uint64_t, std::string, Message>
      value;  ///< a number, a text or bytes, a message
};

/// A value of random bytes.
std::string random_bytes(Random& random, std::size_t most);

/// Does one wrong thing to a field somewhere in the message: it is missing, there twice or
/// thousands of times, empty, giant, no UTF-8, of another type or number, out of range, odd.
void spoil(Message& message, Random& random);

/// Does one wrong thing to bytes: cut off, changed, put in.
void spoil(std::string& bytes, Random& random);

std::string encoded(const Message& message);

}  // namespace network

#endif
