#include <streamtest/control/v1/control.grpc.pb.h>

#include <grpcpp/server_context.h>
#include <networkstream/control_service.hpp>
#include <networkstream/received.hpp>
#include <networkstream/status.hpp>
#include <networkstream/wire.hpp>

#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

namespace networkstream {
namespace {

namespace wire = streamtest::control::v1;
using eventstream::Errc;
using eventstream::EventType;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using grpc::Status;
using grpc::StatusCode;

/// What readers are told of a type whose media types the client didn't name.
constexpr const char* usual_media_type = "application/octet-stream";

Status status_of(const boost::system::error_code& error) {
  if (error == Errc::too_large) return {StatusCode::RESOURCE_EXHAUSTED, error.message()};
  if (error == Errc::conflict) return {StatusCode::FAILED_PRECONDITION, error.message()};
  if (error == Errc::invalid_argument || error == Errc::unsupported_event_type)
    return {StatusCode::INVALID_ARGUMENT, error.message()};
  return {StatusCode::INTERNAL, error.message()};
}

/// Synchronous, since making and writing streams may block: gRPC runs each call in a thread.
class ControlService final : public grpc::Service {
 public:
  ControlService(Offers& offers, Control control) : offers_(&offers), control_(std::move(control)) {
    add<wire::ResetRequest, wire::ResetResponse>("/streamtest.control.v1.Control/Reset",
                                                 &ControlService::reset);
    add<wire::AppendRequest, wire::AppendResponse>("/streamtest.control.v1.Control/Append",
                                                   &ControlService::append);
    add<wire::TruncateRequest, wire::TruncateResponse>("/streamtest.control.v1.Control/Truncate",
                                                       &ControlService::truncate);
  }

 private:
  /// As the generated class does it, but for what can't be read.
  template <typename Request, typename Response>
  void add(const char* path,
           Status (ControlService::*method)(const Request& request, Response& response)) {
    using Handler = grpc::internal::RpcMethodHandler<ControlService, Received<Request>, Response>;
    AddMethod(new grpc::internal::RpcServiceMethod(
        path, grpc::internal::RpcMethod::NORMAL_RPC,
        new Handler(
            [method](ControlService* service, grpc::ServerContext*,
                     const Received<Request>* request, Response* response) {
              return request->readable ? (service->*method)(request->message, *response)
                                       : status::unreadable();
            },
            this)));
  }

  Status reset(const wire::ResetRequest& request, wire::ResetResponse& response) {
    if (request.application_key().empty()) return status::no_application_key();
    if (request.event_types().empty()) {
      withdraw(request.application_key());
      response.set_implementation(control_.implementation);
      return Status::OK;
    }
    FreshStream wanted{.application = {request.application_name(), request.application_key()},
                       .first_offset = request.first_offset(),
                       .buffer_size = request.buffer_size()};
    Served served;
    for (const auto& entry : request.event_types()) {
      if (entry.portable_name().empty())
        return {StatusCode::INVALID_ARGUMENT, "an event type has no name"};
      const EventType type(entry.portable_name());
      wanted.event_types.insert(type);
      std::vector<std::string>& media_types = served.media_types[type];
      media_types.assign(entry.media_types().begin(), entry.media_types().end());
      if (media_types.empty()) media_types.emplace_back(usual_media_type);
    }
    Writable writable;
    try {
      writable = control_.make(wanted);
    } catch (const std::invalid_argument& why) {
      return status::refused(StatusCode::INVALID_ARGUMENT, why.what());
    } catch (const std::exception& why) {
      return status::refused(StatusCode::INTERNAL, why.what());
    }
    served.stream = writable.stream;
    {
      // Together: of two calls that race the same one's stream is read and written.
      const std::lock_guard lock(mutex_);
      writables_[request.application_key()] = std::make_shared<const Writable>(std::move(writable));
      offers_->set(request.application_key(), std::move(served));
    }
    response.set_implementation(control_.implementation);
    return Status::OK;
  }

  Status append(const wire::AppendRequest& request, wire::AppendResponse& response) {
    const std::shared_ptr<const Writable> writable = find(request.application_key());
    if (!writable) return unknown(request.application_key());
    std::vector<Parcel> batch;
    WireReader reader;
    try {
      for (const WireEnvelope& envelope : request.envelopes())
        batch.emplace_back(request.skip_validation() ? reader.read_any(WireEnvelope(envelope))
                                                     : reader.read(WireEnvelope(envelope)));
    } catch (const std::invalid_argument& why) {
      return status::refused(StatusCode::INVALID_ARGUMENT, why.what());
    }
    const Result<std::vector<Offset>> offsets = writable->append(batch);
    if (!offsets) return status_of(offsets.error());
    response.mutable_offsets()->Add(offsets->begin(), offsets->end());
    return Status::OK;
  }

  Status truncate(const wire::TruncateRequest& request, wire::TruncateResponse& response) {
    const std::shared_ptr<const Writable> writable = find(request.application_key());
    if (!writable) return unknown(request.application_key());
    if (!writable->truncate)
      return {StatusCode::UNIMPLEMENTED, control_.implementation + " can't be truncated"};
    const Result<Offset> first = writable->truncate(request.first_offset());
    if (!first) return {StatusCode::FAILED_PRECONDITION, first.error().message()};
    response.set_first_offset(*first);
    return Status::OK;
  }

  std::shared_ptr<const Writable> find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = writables_.find(key);
    return found == writables_.end() ? nullptr : found->second;
  }

  void withdraw(const std::string& key) {
    const std::lock_guard lock(mutex_);
    offers_->remove(key);
    writables_.erase(key);
  }

  static Status unknown(const std::string& key) {
    return key.empty() ? status::no_application_key() : status::unrecognized_application(key);
  }

  Offers* offers_;
  const Control control_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Writable>> writables_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_control_service(Offers& offers, Control control) {
  return std::make_unique<ControlService>(offers, std::move(control));
}

}  // namespace networkstream
