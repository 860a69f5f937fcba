#include <testee/messages.hpp>
#include <testee/stream.hpp>

#include <utility>

namespace testee {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

Cursor::Cursor(std::shared_ptr<Connection> connection, std::string name)
    : connection_(std::move(connection)), name_(std::move(name)) {}

Cursor& Cursor::operator=(Cursor&& other) noexcept {
  Cursor taken(std::move(other));  // destroys the old one at its end
  std::swap(connection_, taken.connection_);
  std::swap(name_, taken.name_);
  return *this;
}

Cursor::~Cursor() {
  if (!connection_) return;
  try {
    // Awaited, so that a destruction that hangs is one here, too.
    static_cast<void>(connection_->call({{"do", "destroy"}, {"cursor", name_}}));
  } catch (const std::exception&) {
    return;  // who needs the testee will notice that it is lost
  }
}

Result<Event> Cursor::next(const std::stop_token& token) {
  const bool cancelled = token.stop_requested();
  auto request = connection_->start({{"do", "next"}, {"cursor", name_}, {"cancelled", cancelled}});
  // One that was cancelled from the beginning has been told so.
  const std::stop_callback stop(cancelled ? std::stop_token() : token, [this, id = request.first] {
    static_cast<void>(connection_->start({{"do", "cancel"}, {"request", id}}));
  });
  const Result<Json> result = result_from(request.second.get());
  if (!result) return result.error();
  return event_from(*result);
}

Result<void> Cursor::close() {
  const Result<Json> result = result_from(connection_->call({{"do", "close"}, {"cursor", name_}}));
  return result ? Result<void>() : Result<void>(result.error());
}

Stream::Stream(std::shared_ptr<Connection> connection, const StreamRequest& request)
    : connection_(std::move(connection)), name_(name_of(request)) {
  make(this->request("make"), request);
}

Stream::Stream(const Stream& other, const StreamRequest& request)
    : connection_(other.connection_), name_(name_of(request)) {
  Json message = this->request("twin");
  message["of"] = other.name_;
  make(std::move(message), request);
}

Stream::~Stream() {
  if (!connection_) return;
  try {
    // Awaited, so that nothing is left when the harness is gone.
    static_cast<void>(connection_->call(request("drop")));
  } catch (const std::exception&) {
    return;  // a lost testee has dropped everything
  }
}

/// Other connections to a testee that listens call it the same.
std::string Stream::name_of(const StreamRequest& request) {
  return request.unique_name.empty() ? connection_->new_name("s") : request.unique_name;
}

Json Stream::request(const char* what) const {
  return {{"do", what}, {"stream", name_}};
}

void Stream::make(Json message, const StreamRequest& request) {
  message["application"] = to_json(request.application);
  message["event_types"] = to_json(request.event_types);
  message["unique_name"] = request.unique_name;
  if (!request.variant.empty()) message["variant"] = request.variant;
  must(std::move(message));
}

void Stream::must(Json message) {
  const std::string what = message["do"];
  const Json answer = connection_->call(std::move(message));
  if (!result_from(answer))
    throw std::runtime_error("the testee answered \"" + what + "\" with " + answer.dump());
}

Identity Stream::application() {
  const Result<Json> result = result_from(connection_->call(request("application")));
  return identity_from(result.value());
}

Result<EventTypeSet> Stream::event_types(const std::stop_token& token) {
  Json message = request("event_types");
  message["cancelled"] = token.stop_requested();
  const Result<Json> result = result_from(connection_->call(std::move(message)));
  if (!result) return result.error();
  return types_from(*result);
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token) {
  return open(connection_, name_, offset, filter, token);
}

Result<Cursor> Stream::open(std::shared_ptr<Connection> connection, const std::string& stream,
                            Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token) {
  std::string cursor = connection->new_name("c");
  Json message{{"do", "open"}, {"stream", stream}};
  message["cursor"] = cursor;
  message["offset"] = offset;
  message["types"] = to_json(filter);
  message["cancelled"] = token.stop_requested();
  const Result<Json> result = result_from(connection->call(std::move(message)));
  if (!result) return result.error();
  return Cursor(std::move(connection), std::move(cursor));
}

Result<std::vector<Offset>> Stream::append(std::span<const Parcel> batch,
                                           std::optional<Offset> expected) {
  Json message = request("append");
  message["batch"] = Json::array();
  for (const Parcel& parcel : batch) message["batch"].push_back(to_json(*parcel));
  if (expected) message["expected"] = *expected;
  const Result<Json> result = result_from(connection_->call(std::move(message)));
  if (!result) return result.error();
  return offsets_from(*result);
}

Result<Offset> Stream::truncate(Offset first_retained) {
  Json message = request("truncate");
  message["first"] = first_retained;
  const Result<Json> result = result_from(connection_->call(std::move(message)));
  if (!result) return result.error();
  return offset_from(*result);
}

void Stream::reopen() {
  must(request("reopen"));
}

void Stream::fail_next_append() {
  must(request("fail_next_append"));
}

void Stream::fill(const eventstream::EventType& type, std::uint64_t count) {
  Json message = request("fill");
  message["type"] = type.name();
  message["count"] = count;
  must(std::move(message));
}

void Stream::settle() {
  must(request("settle"));
}

}  // namespace testee
