#include "bare_streams.hpp"

#include "process.hpp"

#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace network {
namespace {

namespace wire = dogma::interop::v1::eventstream;

class Service final : public wire::StreamAPI::CallbackService {
 public:
  Service() { message_.mutable_envelope()->set_data("one for all"); }

  grpc::ServerWriteReactor<wire::ConsumeResponse>* Consume(grpc::CallbackServerContext*,
                                                           const wire::ConsumeRequest*) override {
    auto* writer = new Writer;
    const std::lock_guard lock(mutex_);
    writers_.push_back(writer);
    return writer;
  }

  std::size_t calls() const {
    const std::lock_guard lock(mutex_);
    return writers_.size();
  }

  void send() {
    const std::lock_guard lock(mutex_);
    for (Writer* writer : writers_) writer->StartWriteAndFinish(&message_, {}, grpc::Status::OK);
  }

 private:
  class Writer final : public grpc::ServerWriteReactor<wire::ConsumeResponse> {
   public:
    void OnDone() override { delete this; }
  };

  wire::ConsumeResponse message_;
  mutable std::mutex mutex_;
  std::vector<Writer*> writers_;
};

class Reader final : public grpc::ClientReadReactor<wire::ConsumeResponse> {
 public:
  Reader(wire::StreamAPI::Stub& stub, std::atomic<std::size_t>& reached,
         std::atomic<std::size_t>& over)
      : reached_(&reached), over_(&over) {
    stub.async()->Consume(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++*reached_;
    StartRead(&response_);
  }

  void OnDone(const grpc::Status&) override { ++*over_; }

 private:
  grpc::ClientContext context_;
  wire::ConsumeRequest request_;
  wire::ConsumeResponse response_;
  std::atomic<std::size_t>* const reached_;
  std::atomic<std::size_t>* const over_;
};

}  // namespace

class BareStreams::Inside {
 public:
  explicit Inside(std::size_t connections) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    for (std::size_t i = 0; i < connections; ++i)
      stubs_.push_back(wire::StreamAPI::NewStub(grpc::CreateCustomChannel(
          "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments)));
  }
  ~Inside() {
    server_->Shutdown(std::chrono::system_clock::now());
    if (holds_in_time([this] { return over_ == readers_.size(); })) return;
    std::fputs("gRPC's calls don't end\n", stderr);
    std::abort();  // they would go on in readers that are gone
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  void open() { readers_.emplace_back(*stubs_[readers_.size() % stubs_.size()], reached, over_); }

  Service service;
  std::atomic<std::size_t> reached = 0;

 private:
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<wire::StreamAPI::Stub>> stubs_;
  std::atomic<std::size_t> over_ = 0;
  std::deque<Reader> readers_;
};

BareStreams::BareStreams(std::size_t connections)
    : inside_(std::make_unique<Inside>(connections)) {}
BareStreams::~BareStreams() = default;

void BareStreams::open() {
  inside_->open();
}

std::size_t BareStreams::waiting() const {
  return inside_->service.calls();
}

void BareStreams::append() {
  inside_->service.send();
}

std::size_t BareStreams::reached() const {
  return inside_->reached;
}

}  // namespace network
