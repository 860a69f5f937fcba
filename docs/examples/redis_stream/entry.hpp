#ifndef REDIS_STREAM_ENTRY_HPP
#define REDIS_STREAM_ENTRY_HPP

#include "connection.hpp"

#include <eventstream/event.hpp>

#include <array>
#include <chrono>
#include <string>
#include <utility>

/// Events as the entries of a Redis stream.
namespace redis_stream {

using eventstream::Envelope;
using eventstream::Event;
using eventstream::EventType;
using eventstream::Offset;
using eventstream::Parcel;

using Fields = std::array<std::pair<std::string_view, std::string>, 12>;

// The fields of an entry. Redis stores names that neighbouring entries share only once.
inline Fields fields_of(const Envelope& envelope) {
  const auto nanoseconds = envelope.created_at.time_since_epoch().count();
  return {{{"message_id", envelope.message_id},
           {"causation_id", envelope.causation_id},
           {"correlation_id", envelope.correlation_id},
           {"application_name", envelope.source_application.name()},
           {"application_key", envelope.source_application.key()},
           {"handler_name", envelope.source_handler.name()},
           {"handler_key", envelope.source_handler.key()},
           {"instance_id", envelope.source_instance_id},
           {"created_at", std::to_string(nanoseconds)},
           {"type", envelope.type.name()},
           {"media_type", envelope.media_type},
           {"data", envelope.data}}};
}

// The envelope in [name, value, name, value, ...]; none if a field is missing.
inline std::optional<Envelope> envelope_in(std::span<redisReply* const> pairs) {
  bool complete = true;
  const auto text = [&](std::string_view name) -> std::string {
    for (std::size_t at = 0; at + 1 < pairs.size(); at += 2)
      if (text_of(*pairs[at]) == name) return std::string(text_of(*pairs[at + 1]));
    complete = false;
    return {};
  };
  const auto nanoseconds = number_in<std::int64_t>(text("created_at"));
  Envelope envelope{.type = EventType(text("type")),
                    .source_application = {text("application_name"), text("application_key")},
                    .message_id = text("message_id"),
                    .causation_id = text("causation_id"),
                    .correlation_id = text("correlation_id"),
                    .source_handler = {text("handler_name"), text("handler_key")},
                    .source_instance_id = text("instance_id"),
                    .created_at = std::chrono::sys_time<std::chrono::nanoseconds>(
                        std::chrono::nanoseconds(nanoseconds.value_or(0))),
                    .media_type = text("media_type"),
                    .data = text("data")};
  if (!complete || !nanoseconds) return {};
  return envelope;
}

// The entry before the event with this offset. Everything is asked for as "what comes after that",
// because offset + 1 would wrap at 2^64-1.
inline std::string entry_before(Offset offset) {
  return std::string("0-").append(std::to_string(offset));
}

// The event in [id, [name, value, ...]].
inline std::optional<Event> event_in(const redisReply& entry) {
  const auto parts = elements_of(entry);
  if (parts.size() != 2 || !text_of(*parts[0]).starts_with("0-")) return {};
  const auto number = number_in<Offset>(text_of(*parts[0]).substr(2));
  auto envelope = envelope_in(elements_of(*parts[1]));
  if (!number || *number == 0 || !envelope) return {};
  return Event{*number - 1, Parcel(*std::move(envelope))};
}

}  // namespace redis_stream

#endif
