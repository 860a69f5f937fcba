#include <streamtest/control/v1/control.grpc.pb.h>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <networkstream/channel.hpp>
#include <networkstream/controller.hpp>
#include <networkstream/wire.hpp>

#include <chrono>
#include <utility>

namespace networkstream {

namespace wire = streamtest::control::v1;
using eventstream::Offset;

namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

class Controller::Inside {
 public:
  Inside(std::string target, const std::optional<ClientTls>& tls)
      : target_(std::move(target)),
        stub_(wire::Control::NewStub(
            grpc::CreateCustomChannel(target_, client_credentials(tls), arguments()))) {}

  template <typename Request, typename Response>
  using Method = grpc::Status (wire::Control::StubInterface::*)(grpc::ClientContext*,
                                                                const Request&, Response*);

  template <typename Request, typename Response>
  grpc::Status ask(Method<Request, Response> method, const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    return (stub_.get()->*method)(&context, request, &response);
  }

  template <typename Request, typename Response>
  Response must(const char* what, Method<Request, Response> method, const Request& request) {
    Response response;
    const grpc::Status status = ask(method, request, response);
    if (!status.ok()) fail(what, status);
    return response;
  }

  [[noreturn]] void fail(const char* what, const grpc::Status& status) const {
    throw ControlFailed(std::string(what) + " at " + target_ + " failed with status " +
                        std::to_string(status.error_code()) + ": " + status.error_message());
  }

 private:
  static grpc::ChannelArguments arguments() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    return arguments;
  }

  const std::string target_;
  const std::unique_ptr<wire::Control::StubInterface> stub_;
};

Controller::Controller(const std::string& target, const std::optional<ClientTls>& tls)
    : inside_(std::make_unique<Inside>(target, tls)) {}

Controller::~Controller() = default;

std::string Controller::reset(const FreshStream& wanted,
                              const std::vector<std::string>& media_types) {
  wire::ResetRequest request;
  request.set_application_key(wanted.application.key());
  request.set_application_name(wanted.application.name());
  request.set_first_offset(wanted.first_offset);
  request.set_buffer_size(wanted.buffer_size);
  for (const eventstream::EventType& type : wanted.event_types) {
    auto& entry = *request.add_event_types();
    entry.set_portable_name(type.name());
    entry.mutable_media_types()->Add(media_types.begin(), media_types.end());
  }
  return inside_
      ->must<wire::ResetRequest, wire::ResetResponse>("Reset", &wire::Control::StubInterface::Reset,
                                                      request)
      .implementation();
}

void Controller::forget(const std::string& application_key) {
  wire::ResetRequest request;
  request.set_application_key(application_key);
  wire::ResetResponse response;
  inside_->ask(&wire::Control::StubInterface::Reset, request, response);
}

std::vector<Offset> Controller::append(const std::string& application_key,
                                       std::span<const eventstream::Parcel> batch) {
  wire::AppendRequest request;
  request.set_application_key(application_key);
  for (const eventstream::Parcel& parcel : batch) to_wire(*parcel, *request.add_envelopes());
  const auto response = inside_->must<wire::AppendRequest, wire::AppendResponse>(
      "Append", &wire::Control::StubInterface::Append, request);
  return {response.offsets().begin(), response.offsets().end()};
}

std::optional<Offset> Controller::truncate(const std::string& application_key,
                                           Offset first_retained) {
  wire::TruncateRequest request;
  request.set_application_key(application_key);
  request.set_first_offset(first_retained);
  wire::TruncateResponse response;
  const grpc::Status status =
      inside_->ask(&wire::Control::StubInterface::Truncate, request, response);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return std::nullopt;
  if (!status.ok()) inside_->fail("Truncate", status);
  return response.first_offset();
}

}  // namespace networkstream
