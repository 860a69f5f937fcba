#include <memorystream/stream.hpp>

#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>
#include <networkstream/server.hpp>
#include <networkstream/stream.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// How long it takes to drain the network stream, against a bare callback stream of gRPC that sends
// the same messages, and to wake a reader that waits, against a blocking read of gRPC: server and
// client in one process, by loopback. Prints a JSON object: nanoseconds an event, by the clock and
// of processor time, and the median of the wake-ups. The same of grpc-go: BenchmarkDrain and
// BenchmarkWakeUp in tests/interop/go.

namespace {

namespace wire = dogma::interop::v1::eventstream;
using Clock = std::chrono::steady_clock;
using eventstream::EventType;

constexpr std::size_t events = 100'000;
constexpr std::size_t wake_ups = 3'000;
const eventstream::Identity application{"bench", "7b2b0c9e-bench"};

eventstream::Envelope envelope(std::size_t number) {
  const std::string id = "00000000-0000-0000-0000-" + std::to_string(100'000'000'000 + number);
  return {.type = EventType("bench.Happened"),
          .source_application = application,
          .message_id = id,
          .causation_id = id,
          .correlation_id = id,
          .source_handler = {"handler", "9d3f4f60-handler"},
          .source_instance_id = "instance",
          .created_at = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + number)),
          .media_type = "application/json; type=\"bench.Happened\"",
          .data = std::string(100, 'x')};
}

struct Took {
  double wall = 0;
  double processor = 0;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename Drain>
Took measured(Drain drain) {
  const double processor = processor_seconds();
  const auto start = Clock::now();
  drain();
  const std::chrono::duration<double> wall = Clock::now() - start;
  const double nanoseconds = 1e9 / static_cast<double>(events);
  return {wall.count() * nanoseconds, (processor_seconds() - processor) * nanoseconds};
}

/// Sends one message again and again.
class BareService final : public wire::StreamAPI::CallbackService {
 public:
  explicit BareService(wire::ConsumeResponse message) : message_(std::move(message)) {}

  grpc::ServerWriteReactor<wire::ConsumeResponse>* Consume(grpc::CallbackServerContext*,
                                                           const wire::ConsumeRequest*) override {
    class Writer final : public grpc::ServerWriteReactor<wire::ConsumeResponse> {
     public:
      explicit Writer(const wire::ConsumeResponse& message) : message_(&message) {
        StartWrite(message_);
      }
      void OnWriteDone(bool ok) override {
        if (ok && ++written_ < events)
          StartWrite(message_);
        else
          Finish(grpc::Status::OK);
      }
      void OnDone() override { delete this; }

     private:
      const wire::ConsumeResponse* message_;
      std::size_t written_ = 0;
    };
    return new Writer(message_);
  }

 private:
  const wire::ConsumeResponse message_;
};

class BareReader final : public grpc::ClientReadReactor<wire::ConsumeResponse> {
 public:
  explicit BareReader(wire::StreamAPI::Stub& stub) {
    stub.async()->Consume(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++read_;
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
  }
  std::size_t wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return over_; });
    return read_;
  }

 private:
  grpc::ClientContext context_;
  wire::ConsumeRequest request_;
  wire::ConsumeResponse response_;
  std::size_t read_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

/// The message that our server sends of an event.
wire::ConsumeResponse message_from(const std::string& address) {
  const auto stub =
      wire::StreamAPI::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  wire::ConsumeRequest request;
  request.set_application_key(application.key());
  wire::EventType& type = *request.add_event_types();
  type.set_portable_name("bench.Happened");
  type.add_media_types(envelope(0).media_type);
  request.set_offset(events - 1);
  wire::ConsumeResponse response;
  if (!stub->Consume(&context, request)->Read(&response)) throw std::runtime_error("no event came");
  return response;
}

/// A server of gRPC with one service, and a client of it.
class Bare {
 public:
  explicit Bare(grpc::Service& service) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    stub_ = wire::StreamAPI::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                         grpc::InsecureChannelCredentials()));
  }
  ~Bare() { server_->Shutdown(); }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  wire::StreamAPI::Stub& stub() { return *stub_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<wire::StreamAPI::Stub> stub_;
};

Took bare_drain(const wire::ConsumeResponse& message) {
  BareService service(message);
  Bare bare(service);
  return measured([&] {
    BareReader reader(bare.stub());
    if (reader.wait() != events) throw std::runtime_error("messages are missing");
  });
}

networkstream::Options options(const std::string& address) {
  return {.target = address, .application = application, .media_types = [](const EventType&) {
            return std::vector<std::string>{envelope(0).media_type};
          }};
}

Took ours(const std::string& address) {
  networkstream::Stream stream(options(address));
  return measured([&] {
    eventstream::Cursor cursor = stream.open(0, {EventType("bench.Happened")}).value();
    for (std::size_t i = 0; i < events; ++i)
      if (cursor.next().value().offset != i) throw std::runtime_error("an event is missing");
  });
}

/// From the begin of `send` to the end of the `receive` that waited for it, in nanoseconds: the
/// median. Each is sent by another thread when the one before was received.
template <typename Send, typename Receive>
double median_wake_up(Send send, Receive receive) {
  std::vector<Clock::time_point> sent(wake_ups);
  std::vector<double> took;
  std::atomic<std::size_t> received = 0;
  std::jthread sender([&] {
    for (std::size_t i = 0; i < wake_ups; ++i) {
      while (received < i) received.wait(i - 1);
      sent[i] = Clock::now();
      send();
    }
  });
  for (const Clock::time_point& since : sent) {
    receive();
    const std::chrono::duration<double, std::nano> latency = Clock::now() - since;
    took.push_back(latency.count());
    received = took.size();
    received.notify_one();
  }
  std::ranges::sort(took);
  return took[took.size() / 2];
}

/// From an append to the return of the next() that waited for it.
double wake_up(const std::string& address, memorystream::Stream& appended_to) {
  networkstream::Stream stream(options(address));
  eventstream::Cursor cursor = stream.open(events, {EventType("bench.Happened")}).value();
  const eventstream::Parcel parcel(envelope(0));
  return median_wake_up([&] { appended_to.append({&parcel, 1}).value(); },
                        [&] { cursor.next().value(); });
}

/// Sends its message whenever it is told to, in the thread that tells it.
class TellingService final : public wire::StreamAPI::CallbackService {
 public:
  explicit TellingService(wire::ConsumeResponse message) : message_(std::move(message)) {}

  grpc::ServerWriteReactor<wire::ConsumeResponse>* Consume(grpc::CallbackServerContext*,
                                                           const wire::ConsumeRequest*) override {
    writer_ = new Writer;
    called_.release();
    return writer_;
  }
  void tell() { writer_->tell(message_); }
  void wait_for_call() { called_.acquire(); }
  void end() { writer_->end(); }

 private:
  class Writer final : public grpc::ServerWriteReactor<wire::ConsumeResponse> {
   public:
    void tell(const wire::ConsumeResponse& message) {
      free_.acquire();
      StartWrite(&message);
    }
    void end() {
      free_.acquire();
      Finish(grpc::Status::OK);
    }
    void OnWriteDone(bool) override { free_.release(); }
    void OnDone() override { delete this; }

   private:
    std::binary_semaphore free_{1};
  };

  const wire::ConsumeResponse message_;
  Writer* writer_ = nullptr;  ///< of the only call; deletes itself when that is over
  std::binary_semaphore called_{0};
};

/// The same of gRPC alone: a write where the append would be, and a blocking read.
double bare_wake_up(const wire::ConsumeResponse& message) {
  TellingService service(message);
  Bare bare(service);
  grpc::ClientContext context;
  const wire::ConsumeRequest request;
  wire::ConsumeResponse response;
  const auto reader = bare.stub().Consume(&context, request);
  service.wait_for_call();
  const double took = median_wake_up([&] { service.tell(); },
                                     [&] {
                                       if (!reader->Read(&response))
                                         throw std::runtime_error("a message is missing");
                                     });
  service.end();
  reader->Finish();
  return took;
}

}  // namespace

int main() {
  const auto memory = std::make_shared<memorystream::Stream>(memorystream::Options{
      .application = application, .event_types = {EventType("bench.Happened")}});
  for (std::size_t i = 0; i < events; ++i) {
    const eventstream::Parcel parcel(envelope(i));
    memory->append({&parcel, 1}).value();
  }
  networkstream::Server server({});
  server.serve(
      application.key(),
      {.stream = memory, .media_types = {{EventType("bench.Happened"), {envelope(0).media_type}}}});
  const wire::ConsumeResponse message = message_from(server.address());
  const Took raw = bare_drain(message);
  const double raw_woken = bare_wake_up(message);
  const Took network = ours(server.address());
  const double woken = wake_up(server.address(), *memory);
  std::printf(
      "{\"raw_drain_ns\": %.0f, \"raw_drain_cpu_ns\": %.0f, \"drain_ns\": %.0f, "
      "\"drain_cpu_ns\": %.0f, \"raw_wake_up_p50_ns\": %.0f, \"wake_up_p50_ns\": %.0f}\n",
      raw.wall, raw.processor, network.wall, network.processor, raw_woken, woken);
  return 0;
}
