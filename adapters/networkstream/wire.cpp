#include <absl/time/time.h>
#include <networkstream/wire.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

namespace networkstream {
namespace {

using eventstream::Envelope;
using eventstream::EventType;
using eventstream::Identity;
using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A stream has few types; who sends more than that doesn't fill the memory.
constexpr std::size_t most_known_types = 1024;

void write_identity(const Identity& identity, dogma::interop::v1::envelope::Identity& message) {
  message.set_name(identity.name());
  message.set_key(identity.key());
}

std::string written(Instant instant) {
  return absl::FormatTime(absl::RFC3339_full,
                          absl::FromUnixNanos(instant.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

std::optional<Instant> instant(const std::string& text) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return std::nullopt;
  // Farther than the nanoseconds of 64 bits go, it is the last or the first of them.
  const std::int64_t nanoseconds = absl::ToUnixNanos(time);
  if (absl::AbsDuration(time - absl::FromUnixNanos(nanoseconds)) >= absl::Nanoseconds(1))
    return std::nullopt;
  return Instant(std::chrono::nanoseconds(nanoseconds));
}

void must_be_there(const std::string& field, const char* name) {
  if (field.empty()) throw std::invalid_argument(std::string(name) + " is empty");
}

}  // namespace

void to_wire(const Envelope& envelope, WireEnvelope& message) {
  message.Clear();
  message.set_message_id(envelope.message_id);
  message.set_causation_id(envelope.causation_id);
  message.set_correlation_id(envelope.correlation_id);
  write_identity(envelope.source_application, *message.mutable_source_application());
  if (envelope.source_handler != Identity())
    write_identity(envelope.source_handler, *message.mutable_source_handler());
  message.set_source_instance_id(envelope.source_instance_id);
  message.set_created_at(written(envelope.created_at));
  message.set_portable_name(envelope.type.name());
  message.set_media_type(envelope.media_type);
  message.set_data(envelope.data);
}

Identity WireReader::identity(const WireIdentity& message) {
  for (const Identity* known : {&application_, &handler_})
    if (known->name() == message.name() && known->key() == message.key()) return *known;
  return Identity(message.name(), message.key());
}

Envelope WireReader::read(WireEnvelope&& message) {
  must_be_there(message.message_id(), "message_id");
  must_be_there(message.causation_id(), "causation_id");
  must_be_there(message.correlation_id(), "correlation_id");
  must_be_there(message.source_application().name(), "source_application.name");
  must_be_there(message.source_application().key(), "source_application.key");
  must_be_there(message.portable_name(), "portable_name");
  must_be_there(message.media_type(), "media_type");
  if (message.has_source_handler()) {
    must_be_there(message.source_handler().name(), "source_handler.name");
    must_be_there(message.source_handler().key(), "source_handler.key");
  } else if (!message.source_instance_id().empty()) {
    throw std::invalid_argument("source_instance_id is there, and source_handler isn't");
  }
  const std::string created_at = message.created_at();
  Envelope envelope = read_any(std::move(message));
  if (envelope.created_at == Instant() && !instant(created_at))
    throw std::invalid_argument("created_at is '" + created_at +
                                "', which is no RFC 3339 of 1678 to 2261");
  return envelope;
}

Envelope WireReader::read_any(WireEnvelope&& message) {
  Envelope envelope;
  envelope.source_application = application_ = identity(message.source_application());
  if (message.has_source_handler())
    envelope.source_handler = handler_ = identity(message.source_handler());
  if (types_.size() >= most_known_types) types_.clear();
  const auto [type, added] = types_.try_emplace(message.portable_name());
  if (added) type->second = EventType(message.portable_name());
  envelope.type = type->second;
  envelope.created_at = instant(message.created_at()).value_or(Instant());
  envelope.message_id = std::move(*message.mutable_message_id());
  envelope.causation_id = std::move(*message.mutable_causation_id());
  envelope.correlation_id = std::move(*message.mutable_correlation_id());
  envelope.source_instance_id = std::move(*message.mutable_source_instance_id());
  envelope.media_type = std::move(*message.mutable_media_type());
  envelope.data = std::move(*message.mutable_data());
  return envelope;
}

}  // namespace networkstream
