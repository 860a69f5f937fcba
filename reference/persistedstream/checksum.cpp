#include <persistedstream/checksum.hpp>
#include <xxhash.h>

#include <bit>

namespace persistedstream {

Checksum& Checksum::add(std::uint64_t value) {
  state_ = XXH3_64bits_withSeed(&value, sizeof value, state_);
  return *this;
}

Checksum& Checksum::add(std::string_view text) {
  state_ = XXH3_64bits_withSeed(text.data(), text.size(), state_);
  return *this;
}

std::int64_t Checksum::value() const {
  return std::bit_cast<std::int64_t>(state_);
}

}  // namespace persistedstream
