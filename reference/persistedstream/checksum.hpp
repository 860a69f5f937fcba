#ifndef PERSISTEDSTREAM_CHECKSUM_HPP
#define PERSISTEDSTREAM_CHECKSUM_HPP

#include <cstdint>
#include <string_view>

namespace persistedstream {

/// A checksum over a sequence of values, boundaries included: XXH3 of 64 bits (https://xxhash.com),
/// each value's hash being the seed of the next one's. Numbers count in the machine's byte order.
class Checksum {
 public:
  Checksum& add(std::uint64_t value);
  Checksum& add(std::string_view text);
  std::int64_t value() const;

 private:
  std::uint64_t state_ = 0;
};

}  // namespace persistedstream

#endif
