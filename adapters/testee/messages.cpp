#include <absl/strings/escaping.h>
#include <testee/messages.hpp>

#include <array>
#include <string_view>
#include <vector>

namespace testee {

using eventstream::Envelope;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

namespace {

[[noreturn]] void malformed(std::string_view wanted, const Json& value) {
  throw Lost("the testee is lost: it answered " + value.dump().substr(0, 200) + " where " +
                 std::string(wanted) + " is due",
             true);
}

std::string text_from(const Json& value, std::string_view wanted) {
  if (!value.is_string()) malformed(wanted, value);
  return value.get<std::string>();
}

/// Empty members may be left out.
std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? std::string()
                               : text_from(*found, std::string("a text as ") + member);
}

Identity identity_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? Identity() : identity_from(*found);
}

Envelope envelope_from(const Json& value) {
  if (!value.is_object()) malformed("an envelope", value);
  Envelope envelope;
  envelope.type = EventType(text_of(value, "type"));
  envelope.source_application = identity_of(value, "source_application");
  envelope.message_id = text_of(value, "message_id");
  envelope.causation_id = text_of(value, "causation_id");
  envelope.correlation_id = text_of(value, "correlation_id");
  envelope.source_handler = identity_of(value, "source_handler");
  envelope.source_instance_id = text_of(value, "source_instance_id");
  envelope.media_type = text_of(value, "media_type");
  if (const auto created = value.find("created_at"); created != value.end()) {
    if (!created->is_number_integer()) malformed("a number of nanoseconds as created_at", value);
    envelope.created_at = std::chrono::sys_time<std::chrono::nanoseconds>(
        std::chrono::nanoseconds(created->get<std::int64_t>()));
  }
  if (!absl::Base64Unescape(text_of(value, "data"), &envelope.data))
    malformed("data in base64", value);
  return envelope;
}

Errc kind_of(std::string_view word) {
  for (const Errc each :
       {Errc::cursor_closed, Errc::truncated, Errc::cancelled, Errc::busy,
        Errc::unsupported_event_type, Errc::no_event_types, Errc::invalid_argument, Errc::conflict,
        Errc::unknown_outcome, Errc::too_large, Errc::damaged})
    if (eventstream::to_string(each) == word) return each;
  return Errc::backend_failure;
}

}  // namespace

Json to_json(const Identity& identity) {
  return {{"name", identity.name()}, {"key", identity.key()}};
}

Json to_json(const Envelope& envelope) {
  return {{"type", envelope.type.name()},
          {"source_application", to_json(envelope.source_application)},
          {"message_id", envelope.message_id},
          {"causation_id", envelope.causation_id},
          {"correlation_id", envelope.correlation_id},
          {"source_handler", to_json(envelope.source_handler)},
          {"source_instance_id", envelope.source_instance_id},
          {"created_at", envelope.created_at.time_since_epoch().count()},
          {"media_type", envelope.media_type},
          {"data", absl::Base64Escape(envelope.data)}};
}

Json to_json(const EventTypeSet& types) {
  Json names = Json::array();
  for (const EventType& type : types) names.push_back(type.name());
  return names;
}

Identity identity_from(const Json& value) {
  if (!value.is_object()) malformed("an identity", value);
  return {text_of(value, "name"), text_of(value, "key")};
}

EventTypeSet types_from(const Json& value) {
  if (!value.is_array()) malformed("a list of event types", value);
  std::vector<EventType> types;
  for (const Json& each : value) types.emplace_back(text_from(each, "the name of an event type"));
  return EventTypeSet(std::move(types));
}

Event event_from(const Json& value) {
  if (!value.is_object() || !value.contains("offset") || !value.contains("envelope"))
    malformed("an event with its offset and envelope", value);
  return {offset_from(value["offset"]), eventstream::Parcel(envelope_from(value["envelope"]))};
}

Offset offset_from(const Json& value) {
  if (!value.is_number_unsigned()) malformed("an offset", value);
  return value.get<Offset>();
}

std::vector<Offset> offsets_from(const Json& value) {
  if (!value.is_array()) malformed("a list of offsets", value);
  std::vector<Offset> offsets;
  for (const Json& each : value) offsets.push_back(offset_from(each));
  return offsets;
}

Result<Json> result_from(const Json& answer) {
  if (const auto ok = answer.find("ok"); ok != answer.end())
    return {boost::system::in_place_value, *ok};
  const auto error = answer.find("error");
  if (error == answer.end()) malformed("\"ok\" or \"error\"", answer);
  return {boost::system::in_place_error, kind_of(text_from(*error, "the kind of an error"))};
}

}  // namespace testee
