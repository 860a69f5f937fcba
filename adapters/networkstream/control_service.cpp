#include <streamtest/control/v1/control.grpc.pb.h>

#include <grpcpp/server_context.h>
#include <networkstream/control_service.hpp>
#include <networkstream/received.hpp>
#include <networkstream/status.hpp>
#include <networkstream/wire.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
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
    Application& application = find_or_add(request.application_key());
    // Whoever writes to the old one is done before there is a new one, perhaps in the same store.
    const std::lock_guard alone(application.writing);
    Writable writable;
    try {
      writable = control_.make(wanted);
    } catch (const std::invalid_argument& why) {
      return status::refused(StatusCode::INVALID_ARGUMENT, why.what());
    } catch (const std::exception& why) {
      return status::refused(StatusCode::INTERNAL, why.what());
    }
    served.stream = writable.stream;
    application.writable = std::move(writable);
    offers_->set(request.application_key(), std::move(served));
    response.set_implementation(control_.implementation);
    return Status::OK;
  }

  Status append(const wire::AppendRequest& request, wire::AppendResponse& response) {
    const Writing writing(find(request.application_key()));
    const Writable* writable = writing.to();
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
    const Writing writing(find(request.application_key()));
    const Writable* writable = writing.to();
    if (!writable) return unknown(request.application_key());
    if (!writable->truncate)
      return {StatusCode::UNIMPLEMENTED, control_.implementation + " can't be truncated"};
    const Result<Offset> first = writable->truncate(request.first_offset());
    if (!first) return {StatusCode::FAILED_PRECONDITION, first.error().message()};
    response.set_first_offset(*first);
    return Status::OK;
  }

  struct Application {
    std::shared_mutex writing;  ///< shared by who writes, alone with who replaces the stream
    std::optional<Writable> writable;
  };

  /// The right to write to an application's stream for as long as this lives.
  class Writing {
   public:
    explicit Writing(Application* application) : application_(application) {
      if (application_) lock_ = std::shared_lock(application_->writing);
    }

    const Writable* to() const {
      return application_ && application_->writable ? &*application_->writable : nullptr;
    }

   private:
    Application* application_;
    std::shared_lock<std::shared_mutex> lock_;
  };

  Application* find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = applications_.find(key);
    return found == applications_.end() ? nullptr : &found->second;
  }

  Application& find_or_add(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return applications_[key];
  }

  void withdraw(const std::string& key) {
    Application* application = find(key);
    if (!application) return void(offers_->remove(key));
    const std::lock_guard alone(application->writing);
    offers_->remove(key);
    application->writable.reset();
  }

  static Status unknown(const std::string& key) {
    return key.empty() ? status::no_application_key() : status::unrecognized_application(key);
  }

  Offers* offers_;
  const Control control_;
  std::mutex mutex_;
  std::map<std::string, Application> applications_;  ///< those that were, too: they may be in use
};

}  // namespace

std::unique_ptr<grpc::Service> make_control_service(Offers& offers, Control control) {
  return std::make_unique<ControlService>(offers, std::move(control));
}

}  // namespace networkstream
