#ifndef TESTS_UNIT_MEMORYSTREAM_LOG_HPP
#define TESTS_UNIT_MEMORYSTREAM_LOG_HPP

#include <memorystream/stream.hpp>

#include <string>
#include <vector>

/// Short ways to say what a test of the memory stream says often.
struct Log {
  static inline const eventstream::Identity owner{"log", "log"};
  static inline const eventstream::EventType a{"A"};
  static inline const eventstream::EventType b{"B"};
  static inline const eventstream::EventTypeSet both{a, b};

  explicit Log(std::size_t buffer_size = memorystream::Options{}.buffer_size)
      : stream({.application = owner, .event_types = both, .buffer_size = buffer_size}) {}

  static eventstream::Parcel parcel(const eventstream::EventType& type, std::string data = {}) {
    eventstream::Envelope envelope;
    envelope.source_application = owner;
    envelope.type = type;
    envelope.data = std::move(data);
    return eventstream::Parcel(std::move(envelope));
  }

  eventstream::Result<eventstream::Offset> append(
      const std::vector<eventstream::EventType>& types,
      std::optional<eventstream::Offset> expected = {}) {
    std::vector<eventstream::Parcel> batch;
    for (const eventstream::EventType& type : types) batch.push_back(parcel(type));
    return stream.append(batch, expected);
  }

  memorystream::Stream stream;
};

#endif
