#include <memorystream/stream.hpp>
#include <streamtest/suite/suite.hpp>

namespace {

/// The smallest useful harness; the README shows it.
struct MemoryHarness {
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict};
  }

  explicit MemoryHarness(const streamtest::Scenario& scenario)
      : memory({.application = scenario.application, .event_types = scenario.event_types}) {}

  memorystream::Stream& stream() { return memory; }

  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    return streamtest::consecutive(memory.append(batch), batch.size());
  }

  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first) {
    return memory.truncate(first);
  }

  memorystream::Stream memory;
};

}  // namespace

STREAMTEST_CERTIFY(Memory, MemoryHarness);
