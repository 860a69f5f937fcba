#include <boost/asio/thread_pool.hpp>
#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <networkstream/consume.hpp>
#include <networkstream/control_service.hpp>
#include <networkstream/received.hpp>
#include <networkstream/server.hpp>
#include <networkstream/status.hpp>

#include <limits>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace networkstream {
namespace {

namespace wire = dogma::interop::v1::eventstream;

/// Who wants 32,768 event types, each with its media types, asks in 5 MiB; gRPC would take 4.
constexpr int largest_request = 8 << 20;

class StreamService final : public wire::StreamAPI::Service {
 public:
  StreamService(const Offers& offers, Transcoder transcoder,
                const boost::asio::any_io_executor& executor)
      : offers_(&offers),
        transcoder_(std::make_shared<const Transcoder>(std::move(transcoder))),
        executor_(executor) {
    // As the generated classes do it, but for what can't be read.
    MarkMethodCallback(
        0, new grpc::internal::CallbackServerStreamingHandler<Asked, wire::ConsumeResponse>(
               [this](grpc::CallbackServerContext*, const Asked* request) {
                 return request->readable
                            ? consume(*offers_, transcoder_, executor_, request->message)
                            : refuse_to_consume(status::unreadable());
               }));
    MarkMethodCallback(
        1, new grpc::internal::CallbackUnaryHandler<AskedForTypes, wire::EventTypesResponse>(
               [this](grpc::CallbackServerContext* context, const AskedForTypes* request,
                      wire::EventTypesResponse* response) {
                 grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                 reactor->Finish(request->readable
                                     ? event_types(request->message.application_key(), *response)
                                     : status::unreadable());
                 return reactor;
               }));
  }

 private:
  using Asked = Received<wire::ConsumeRequest>;
  using AskedForTypes = Received<wire::EventTypesRequest>;

  grpc::Status event_types(const std::string& application_key,
                           wire::EventTypesResponse& response) const {
    const auto found = offers_->find(application_key);
    if (const auto* unknown = std::get_if<grpc::Status>(&found)) return *unknown;
    for (const auto& [type, media_types] :
         std::get<std::shared_ptr<Offer>>(found)->served().media_types) {
      wire::EventType& entry = *response.add_event_types();
      entry.set_portable_name(type.name());
      entry.mutable_media_types()->Add(media_types.begin(), media_types.end());
    }
    return grpc::Status::OK;
  }

  const Offers* offers_;
  const std::shared_ptr<const Transcoder> transcoder_;
  const boost::asio::any_io_executor executor_;
};

/// Answers calls of methods that are not there; gRPC itself says nothing but the code.
class NoSuchMethod final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    class Refused final : public grpc::ServerGenericBidiReactor {
     public:
      explicit Refused(const grpc::Status& why) { Finish(why); }
      void OnDone() override { delete this; }
    };
    return new Refused(status::no_such_method(context->method()));
  }
};

std::shared_ptr<grpc::ServerCredentials> credentials(const std::optional<ServerTls>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      tls->client_roots.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls->client_roots;
  options.pem_key_cert_pairs.push_back({tls->private_key, tls->certificate_chain});
  return grpc::SslServerCredentials(options);
}

int milliseconds(std::chrono::milliseconds duration) {
  return static_cast<int>(
      std::min<std::int64_t>(duration.count(), std::numeric_limits<int>::max()));
}

/// "HOST:PORT" with the port in the place of the one that was asked for.
std::string with_port(const std::string& address, int port) {
  const std::size_t colon = address.rfind(':');
  if (address.starts_with("unix:") || colon == std::string::npos) return address;
  return address.substr(0, colon + 1) + std::to_string(port);
}

}  // namespace

class Server::Inside {
 public:
  explicit Inside(ServerOptions options)
      : pool_(std::max<std::size_t>(options.threads, 1)),
        streams_(offers_, std::move(options.transcoder), pool_.get_executor()) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options.address, credentials(options.tls), &port);
    builder.RegisterService(&streams_);
    builder.RegisterCallbackGenericService(&no_such_method_);
    if (options.control) {
      control_ = make_control_service(offers_, *std::move(options.control));
      builder.RegisterService(control_.get());
    }
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options.keepalive));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                               milliseconds(options.keepalive_timeout));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // Clients may ask as often as we do, and more often while they wait for events.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
    builder.SetMaxReceiveMessageSize(largest_request);
    // That limits what comes, and a megabyte of it unpacks to a gigabyte.
    for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP})
      builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    // Two servers on one address would share it out between them.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    server_ = builder.BuildAndStart();
    if (!server_ || (port == 0 && !options.address.starts_with("unix:")))
      throw std::runtime_error(
          "can't listen on " + options.address + ": is the address taken, or not of this machine?" +
          (options.tls ? " Or are certificate and key no PEM, or no pair?" : ""));
    address_ = with_port(options.address, port);
  }

  ~Inside() { stop(); }

  Offers& offers() { return offers_; }
  const std::string& address() const { return address_; }

  void stop() {
    const std::lock_guard lock(stopping_);
    if (!server_) return;
    offers_.stop();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    server_->Wait();
    server_.reset();
  }

 private:
  Offers offers_;
  // Nothing is left to do for it when the server is stopped: each call has ended.
  boost::asio::thread_pool pool_;
  StreamService streams_;
  NoSuchMethod no_such_method_;
  std::unique_ptr<grpc::Service> control_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::mutex stopping_;
};

Server::Server(ServerOptions options) : inside_(std::make_unique<Inside>(std::move(options))) {}

Server::~Server() = default;

const std::string& Server::address() const {
  return inside_->address();
}

void Server::serve(const std::string& application_key, Served served) {
  if (application_key.empty()) throw std::invalid_argument("an application's key is not empty");
  if (!served.stream) throw std::invalid_argument("there is no stream to serve");
  for (const auto& [type, media_types] : served.media_types)
    if (media_types.empty())
      throw std::invalid_argument("event type '" + type.name() + "' has no media type");
  inside_->offers().set(application_key, std::move(served));
}

bool Server::withdraw(const std::string& application_key) {
  return inside_->offers().remove(application_key);
}

void Server::stop() {
  inside_->stop();
}

}  // namespace networkstream
