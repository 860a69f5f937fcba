#include "redis_stream.hpp"

#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/harness.hpp>

#include <stdexcept>

// How streamtest gets at the stream in redis_stream.hpp.
namespace {

using Batch = std::span<const eventstream::Parcel>;
using eventstream::Offset;
using eventstream::Result;
using streamtest::Offsets;

class RedisHarness {
 public:
  static streamtest::Capabilities capabilities() {
    return {
        // What a cursor has in its page when it is truncated, it still delivers.
        .truncation = streamtest::Truncation::held,
        .held_events = redis_stream::kPageSize,
        .conditional_append = true,
        .max_event_size = redis_stream::kMaxEventBytes,
        .max_batch_events = redis_stream::kMaxBatchEvents,
        .max_batch_bytes = redis_stream::kMaxBatchBytes,
        // Each has a connection, and a process often has no more than 1,024 descriptors.
        .max_cursors = 500,
        .twin = true,
    };
  }
  static std::vector<std::uint64_t> boundaries() { return {redis_stream::kPageSize}; }

  explicit RedisHarness(const streamtest::Scenario& scenario)
      : stream_(scenario.arguments.empty() ? "redis://127.0.0.1:6379" : scenario.arguments,
                scenario.unique_name, scenario.application, scenario.event_types) {
    if (!stream_.erase()) throw std::runtime_error("no Redis answers; start redis-server");
  }
  ~RedisHarness() { stream_.erase(); }

  redis_stream::Stream& stream() { return stream_; }
  Result<Offsets> append(Batch batch, std::optional<Offset> expected = {}) {
    const auto first = stream_.append(batch, expected);
    if (!first) return first.error();
    Offsets offsets;
    while (offsets.size() < batch.size()) offsets.push_back(*first + offsets.size());
    return offsets;
  }
  Result<Offsets> append_expecting(Batch batch, Offset expected) { return append(batch, expected); }
  Result<Offset> truncate(Offset first_retained) { return stream_.truncate(first_retained); }
  auto twin(const streamtest::Scenario& other) { return std::make_unique<RedisHarness>(other); }

 private:
  redis_stream::Stream stream_;
};

}  // namespace

STREAMTEST_PLUGIN("redis", RedisHarness);
