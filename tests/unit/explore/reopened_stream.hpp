#ifndef TESTS_UNIT_EXPLORE_REOPENED_STREAM_HPP
#define TESTS_UNIT_EXPLORE_REOPENED_STREAM_HPP

#include "../subject/little_stream.hpp"

#include <memory>
#include <optional>
#include <vector>

/// The memory stream with a store of its own, so that it can be reopened, and with twins.
struct ReopenedHarness {
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict, .twin = true};
  }
  explicit ReopenedHarness(const streamtest::Scenario& wanted) : scenario(wanted) { fill(); }

  memorystream::Stream& stream() { return *memory; }
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    stored.insert(stored.end(), batch.begin(), batch.end());
    return streamtest::consecutive(memory->append(batch), batch.size());
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first) {
    cut = memory->truncate(first);
    return cut;
  }
  void reopen() { fill(); }
  std::unique_ptr<ReopenedHarness> twin(const streamtest::Scenario& wanted) {
    return std::make_unique<ReopenedHarness>(wanted);
  }

  void fill() {
    memory.emplace(memorystream::Options{.application = scenario.application,
                                         .event_types = scenario.event_types});
    if (!stored.empty()) (void)memory->append(stored);
    if (cut > 0) (void)memory->truncate(cut);
  }

  streamtest::Scenario scenario;
  std::vector<eventstream::Parcel> stored;
  eventstream::Offset cut = 0;
  std::optional<memorystream::Stream> memory;
};

#endif
