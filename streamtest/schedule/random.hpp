#ifndef STREAMTEST_SCHEDULE_RANDOM_HPP
#define STREAMTEST_SCHEDULE_RANDOM_HPP

#include <cstddef>
#include <cstdint>
#include <random>

namespace streamtest {

/// Random numbers that are the same with every compiler and standard library, which the standard's
/// distributions aren't.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  /// 0 to count - 1; count is 1 to 2^32. Its bias is under 2^-32 times count.
  std::size_t below(std::uint64_t count) {
    return static_cast<std::size_t>(((engine_() >> 32) * count) >> 32);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace streamtest

#endif
