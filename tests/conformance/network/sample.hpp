#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_SAMPLE_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_SAMPLE_HPP

#include <eventstream/envelope.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>

#include <networkstream/stream.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What is written and read here.

namespace network {

/// Of every event.
inline const std::string media_type = "text/plain";

/// An event that can be told from others by its number.
inline eventstream::Envelope envelope(const eventstream::Identity& application,
                                      const eventstream::EventType& type, std::uint64_t number,
                                      std::string data) {
  const std::string id = "event " + std::to_string(number);
  return {.type = type,
          .source_application = application,
          .message_id = id,
          .causation_id = id,
          .correlation_id = id,
          .source_handler = {},
          .source_instance_id = {},
          .created_at = std::chrono::sys_seconds(std::chrono::seconds(number)),
          .media_type = media_type,
          .data = std::move(data)};
}

/// Of a client that reads them.
inline networkstream::Options options(const std::string& target,
                                      const eventstream::Identity& application) {
  return {.target = target,
          .application = application,
          .media_types = [](const eventstream::EventType&) { return std::vector{media_type}; }};
}

}  // namespace network

#endif
