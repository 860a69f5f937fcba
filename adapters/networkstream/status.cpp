#include <streamtest/network/v1/status.pb.h>

#include <dogma/interop/v1/eventstream.pb.h>
#include <networkstream/status.hpp>

#include <algorithm>

namespace networkstream {
namespace {

namespace wire = dogma::interop::v1::eventstream;
using eventstream::Errc;
using grpc::Status;
using grpc::StatusCode;
using streamtest::network::v1::StatusDetails;
using streamtest::network::v1::Truncated;

/// Clients that know no details recognise a truncation by it.
constexpr const char* truncation_message = "can not open cursor, stream is truncated";

/// Clients take 8 KiB of trailers, unless told otherwise; for a longer one gRPC drops the status
/// and says RESOURCE_EXHAUSTED. Details become a third longer on the way, texts three times as
/// long.
constexpr std::size_t longest_text = 400;
constexpr std::size_t longest_details = 4'000;

/// A client's text, to be repeated to it: its beginning if it is long.
std::string shown(const std::string& text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

/// An error with details, which are told in the order in which they were added, until one finds no
/// room.
class Detailed {
 public:
  Detailed(StatusCode code, const std::string& message) {
    details_.set_code(code);
    details_.set_message(message);
  }

  template <typename Message>
  Detailed& add(const Message& detail) {
    // What is packed has its type's name beside it.
    room_ -= std::min(room_, detail.ByteSizeLong() + detail.GetTypeName().size() + 40);
    if (room_ > 0) details_.add_details()->PackFrom(detail);
    return *this;
  }

  Status status() const {
    return {static_cast<StatusCode>(details_.code()), details_.message(),
            details_.SerializeAsString()};
  }

 private:
  StatusDetails details_;
  std::size_t room_ = longest_details;
};

template <typename Message>
bool has(const StatusDetails& details) {
  for (const auto& detail : details.details())
    if (detail.Is<Message>()) return true;
  return false;
}

/// By HTTP/2, which gRPC tells by one of several codes.
bool was_reset(const Status& ended) {
  return ended.error_message().find("RST_STREAM") != std::string::npos;
}

}  // namespace

namespace status {

Status refused(StatusCode code, const std::string& why) {
  return {code, shown(why)};
}

Status unreadable() {
  return {StatusCode::INVALID_ARGUMENT, "the request is missing or can't be read"};
}

Status no_such_method(const std::string& method) {
  return {StatusCode::UNIMPLEMENTED, "there is no method " + shown(method) + " here"};
}

Status no_application_key() {
  return {StatusCode::INVALID_ARGUMENT, "application key must not be empty"};
}

Status unrecognized_application(const std::string& key) {
  wire::UnrecognizedApplication detail;
  detail.set_application_key(key);
  return Detailed(StatusCode::NOT_FOUND, "unrecognized application: " + shown(key))
      .add(detail)
      .status();
}

Status no_event_types() {
  return {StatusCode::INVALID_ARGUMENT, "at least one event type must be consumed"};
}

Status unrecognized_event_types(const std::vector<std::string>& names) {
  Detailed error(StatusCode::INVALID_ARGUMENT,
                 "one or more unrecognized event types or media-types");
  for (const std::string& name : names) {
    wire::UnrecognizedEventType detail;
    detail.set_portable_name(name);
    error.add(detail);
  }
  return error.status();
}

Status empty_media_types(const std::string& type) {
  return {StatusCode::INVALID_ARGUMENT,
          "at least one media-type must be given for '" + shown(type) + "' events"};
}

Status no_recognized_media_types(const std::string& type) {
  wire::NoRecognizedMediaTypes detail;
  detail.set_portable_name(type);
  return Detailed(StatusCode::INVALID_ARGUMENT, "none of the requested media-types for '" +
                                                    shown(type) + "' events are supported")
      .add(detail)
      .status();
}

Status too_many_media_types() {
  return {StatusCode::INVALID_ARGUMENT, "too many media-types were given"};
}

Status malformed_media_type() {
  return {StatusCode::UNKNOWN, "mime: no media type"};
}

Status truncated(eventstream::Offset offset) {
  Truncated detail;
  detail.set_offset(offset);
  return Detailed(StatusCode::OUT_OF_RANGE, truncation_message).add(detail).status();
}

Status stopping() {
  return {StatusCode::UNAVAILABLE, "the server is stopping"};
}

Status replaced() {
  return {StatusCode::ABORTED, "the application's stream was replaced by another one"};
}

Status failed(const boost::system::error_code& error) {
  if (error == Errc::damaged) return {StatusCode::DATA_LOSS, error.message()};
  if (error == Errc::cursor_closed) return {StatusCode::UNAVAILABLE, "the stream was closed"};
  if (error == Errc::too_large) return {StatusCode::RESOURCE_EXHAUSTED, error.message()};
  if (error == Errc::unsupported_event_type)
    return Detailed(StatusCode::INVALID_ARGUMENT, error.message())
        .add(wire::UnrecognizedEventType())
        .status();
  return {StatusCode::INTERNAL, error.message()};
}

}  // namespace status

Verdict verdict_of(const Status& ended) {
  StatusDetails details;
  if (!details.ParseFromString(ended.error_details())) details.Clear();
  if (has<Truncated>(details) || ended.error_message() == truncation_message)
    return {Errc::truncated};
  if (has<wire::UnrecognizedEventType>(details)) return {Errc::unsupported_event_type};
  switch (ended.error_code()) {
    // A server that stops may end its calls with OK; a stream has no end.
    case StatusCode::OK:
    case StatusCode::UNAVAILABLE:
    case StatusCode::CANCELLED:
    case StatusCode::DEADLINE_EXCEEDED:
      return {Errc::backend_failure, true};
    // A connection that breaks in the middle of a message is told so by this side.
    case StatusCode::UNKNOWN:
      return {Errc::backend_failure, ended.error_message() == "Stream removed"};
    case StatusCode::INTERNAL:
      return {Errc::backend_failure, was_reset(ended)};
    case StatusCode::INVALID_ARGUMENT:
    case StatusCode::NOT_FOUND:
      return {Errc::invalid_argument};
    case StatusCode::DATA_LOSS:
      return {Errc::damaged};
    case StatusCode::RESOURCE_EXHAUSTED:
      if (was_reset(ended)) return {Errc::backend_failure, true};  // the server has enough of us
      return {Errc::too_large};
    default:
      return {Errc::backend_failure};
  }
}

}  // namespace networkstream
