#ifndef TESTS_UNIT_SUBJECT_LITTLE_STREAM_HPP
#define TESTS_UNIT_SUBJECT_LITTLE_STREAM_HPP

#include <memorystream/stream.hpp>
#include <streamtest/subject/harness.hpp>

/// The memory stream with its harness, for tests of the kit itself.
struct LittleHarness {
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict};
  }
  explicit LittleHarness(const streamtest::Scenario& scenario)
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

/// What a stream of that harness's with cursors of its own takes over as it is.
struct AroundMemory {
  eventstream::Identity application() const { return memory->application(); }
  eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token) {
    return memory->event_types(token);
  }

  memorystream::Stream* memory;
};

#endif
