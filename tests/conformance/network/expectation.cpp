#include "expectation.hpp"

#include "method.hpp"

#include <streamtest/control/v1/control.pb.h>

#include <dogma/interop/v1/eventstream.pb.h>

#include <algorithm>
#include <map>

namespace network {
namespace {

namespace wire = dogma::interop::v1::eventstream;
namespace control = streamtest::control::v1;
using eventstream::EventType;
using grpc::StatusCode;

/// As docs/network-stream.md says.
constexpr std::size_t largest_message = std::size_t{8} << 20U;

template <typename Request>
std::optional<std::string> key_in(const std::string& bytes) {
  Request request;
  if (!request.ParseFromString(bytes)) return std::nullopt;
  return request.application_key();
}

/// The events that come, as far as it is certain that the reader understands their media types,
/// and one more.
Expectation reading(const wire::ConsumeRequest& request, CountedStream& stream) {
  Expectation refused{{StatusCode::INVALID_ARGUMENT}};
  const eventstream::EventTypeSet known = stream.event_types().value();
  std::map<EventType, std::vector<std::string>> asked;
  for (const auto& entry : request.event_types()) {
    const EventType type(entry.portable_name());
    if (!known.contains(type)) return refused;
    asked[type] = {entry.media_types().begin(), entry.media_types().end()};
  }
  eventstream::EventTypeSet types;
  for (const auto& [type, media_types] : asked) {
    if (media_types.empty()) return refused;
    types.insert(type);
  }
  if (types.empty()) return refused;
  Expectation expected{{StatusCode::INVALID_ARGUMENT, StatusCode::UNKNOWN}, {{}}};
  eventstream::Cursor cursor = stream.open(request.offset(), types).value();
  for (;;) {
    const auto event = cursor.try_next();
    if (!event && event.error() == eventstream::Errc::truncated)
      return {{StatusCode::OUT_OF_RANGE}};
    if (!event) return expected;
    expected.events->push_back(event->offset);
    const auto& understood = asked[event->parcel->type];
    if (std::ranges::find(understood, event->parcel->media_type) == understood.end())
      return expected;
  }
}

/// How a request with the right key may end.
Expectation answer(const CallPlan& plan, CountedStream& stream) {
  const std::string& method = plan.method;
  const std::string& bytes = plan.messages.front();
  if (method == method::consume) {
    wire::ConsumeRequest request;
    request.ParseFromString(bytes);
    return reading(request, stream);
  }
  if (method == method::event_types) return {{StatusCode::OK}};
  if (method == method::truncate) return {{StatusCode::OK, StatusCode::FAILED_PRECONDITION}};
  if (plan.in_order) return {{StatusCode::OK}};
  return {{StatusCode::OK, StatusCode::INVALID_ARGUMENT}};
}

bool known(const std::string& method) {
  return method == method::consume || method == method::event_types || method == method::reset ||
         method == method::append || method == method::truncate;
}

std::string told(const grpc::Status& status) {
  return "status " + std::to_string(status.error_code()) + " '" + status.error_message() + "'";
}

std::string offsets_that_are_wrong(const std::vector<eventstream::Offset>& expected,
                                   const std::vector<std::string>& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    wire::ConsumeResponse response;
    if (!response.ParseFromString(answers[i])) return "an answer that can't be read";
    if (i >= expected.size() || response.offset() != expected[i])
      return "expected " + (i < expected.size() ? "event " + std::to_string(expected[i]) : "none") +
             ", seen event " + std::to_string(response.offset());
  }
  return "";
}

}  // namespace

std::optional<std::string> application_key_in(const std::string& method, const std::string& bytes) {
  if (method == method::consume) return key_in<wire::ConsumeRequest>(bytes);
  if (method == method::event_types) return key_in<wire::EventTypesRequest>(bytes);
  if (method == method::reset) return key_in<control::ResetRequest>(bytes);
  if (method == method::append) return key_in<control::AppendRequest>(bytes);
  return key_in<control::TruncateRequest>(bytes);
}

Expectation expectation(const CallPlan& plan, const std::string& application_key,
                        CountedStream& stream) {
  if (!known(plan.method)) return {{StatusCode::UNIMPLEMENTED}};
  if (plan.messages.empty()) {
    if (plan.half_close) return {{StatusCode::INVALID_ARGUMENT}};
    return {{}, {{}}};
  }
  const std::string& bytes = plan.messages.front();
  if (bytes.size() > largest_message) return {{StatusCode::RESOURCE_EXHAUSTED}};
  const std::optional<std::string> key = application_key_in(plan.method, bytes);
  if (!key || key->empty()) return {{StatusCode::INVALID_ARGUMENT}};
  if (*key != application_key && plan.method != method::reset) return {{StatusCode::NOT_FOUND}};
  return answer(plan, stream);
}

std::string complaint(const CallPlan& plan, const Expectation& expected,
                      const CallOutcome& outcome) {
  std::vector<StatusCode> codes = expected.codes;
  if (outcome.cancelled || plan.deadline) codes.push_back(StatusCode::CANCELLED);
  if (plan.deadline) codes.push_back(StatusCode::DEADLINE_EXCEEDED);
  const StatusCode code = outcome.status.error_code();
  if (std::ranges::find(codes, code) == codes.end()) {
    std::string text = "expected status";
    for (const StatusCode each : codes) text += " " + std::to_string(each);
    return text + ", seen " + told(outcome.status);
  }
  if (code != StatusCode::OK && outcome.status.error_message().empty())
    return "expected a message, seen " + told(outcome.status);
  if (code == StatusCode::UNKNOWN && outcome.status.error_message() != "mime: no media type")
    return "expected UNKNOWN only for media types, seen " + told(outcome.status);
  if (expected.events) return offsets_that_are_wrong(*expected.events, outcome.answers);
  return "";
}

}  // namespace network
