#ifndef EVENTSTREAM_ENVELOPE_HPP
#define EVENTSTREAM_ENVELOPE_HPP

#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>

#include <chrono>
#include <string>

namespace eventstream {

/// An event message and what is known about it; the fields are those of the interoperability
/// envelope of the Dogma tool chain, so that it crosses languages unchanged. A plain value. All
/// text is UTF-8; `data` is any bytes at all, also none (rule PAY-1). What a stream asks of every
/// appended event comes first: beside a parcel's reference count, which it touches anyway.
struct Envelope {
  /// The portable name of the event's type; filters select by it.
  EventType type;
  /// The application on whose stream the event is; every event of a stream names the stream's
  /// (IDN-2).
  Identity source_application;
  /// Unique per message.
  std::string message_id;
  /// The message that was the direct cause of this one; a root message names itself.
  std::string causation_id;
  /// The first message of the chain.
  std::string correlation_id;
  /// The handler that recorded the event; empty if none did.
  Identity source_handler;
  /// The instance of that handler; empty if it has none.
  std::string source_instance_id;
  /// When the event was recorded. Streams keep the instant to the nanosecond.
  std::chrono::sys_time<std::chrono::nanoseconds> created_at;
  /// How `data` is encoded, as a media type.
  std::string media_type;
  /// The message itself.
  std::string data;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace eventstream

#endif
