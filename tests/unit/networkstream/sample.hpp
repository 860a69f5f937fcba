#ifndef STREAMTEST_TESTS_UNIT_NETWORKSTREAM_SAMPLE_HPP
#define STREAMTEST_TESTS_UNIT_NETWORKSTREAM_SAMPLE_HPP

#include <eventstream/parcel.hpp>
#include <memorystream/stream.hpp>

#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

// A stream in memory behind a server.

namespace networkstream::sample {

inline const eventstream::Identity application{"shop", "4f1c7d5e-shop"};
inline const std::string json = "application/json";

inline eventstream::Envelope envelope(const std::string& type, const std::string& data,
                                      const std::string& media_type = json) {
  using namespace std::chrono;
  return {.type = eventstream::EventType(type),
          .source_application = application,
          .message_id = "message " + data,
          .causation_id = "cause of " + data,
          .correlation_id = "first of " + data,
          .source_handler = {},
          .source_instance_id = {},
          .created_at = sys_days(2026y / November / 26) + 1h + 123456789ns,
          .media_type = media_type,
          .data = data};
}

inline std::shared_ptr<memorystream::Stream> stream(eventstream::Offset first_offset = 0) {
  return std::make_shared<memorystream::Stream>(memorystream::Options{
      .application = application,
      .event_types = {eventstream::EventType("A"), eventstream::EventType("B")},
      .first_offset = first_offset});
}

inline void append(memorystream::Stream& to, const std::string& type, const std::string& data,
                   const std::string& media_type = json) {
  const eventstream::Parcel parcel(envelope(type, data, media_type));
  to.append({&parcel, 1}).value();
}

inline Served served(const std::shared_ptr<eventstream::Stream>& stream) {
  return {.stream = stream,
          .media_types = {{eventstream::EventType("A"), {json}},
                          {eventstream::EventType("B"), {json}}}};
}

/// With which a lost server is soon asked again.
inline Options options(const std::string& target) {
  return {.target = target,
          .application = application,
          .media_types = [](const eventstream::EventType&) { return std::vector{json}; },
          .first_backoff = std::chrono::milliseconds(1),
          .longest_backoff = std::chrono::milliseconds(20)};
}

}  // namespace networkstream::sample

#endif
