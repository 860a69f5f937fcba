#ifndef NETWORKSTREAM_CONNECTION_HPP
#define NETWORKSTREAM_CONNECTION_HPP

#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>
#include <networkstream/stream.hpp>
#include <networkstream/tickets.hpp>
#include <networkstream/wakes.hpp>

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

// What a stream's cursors share. Internal to the library.

namespace networkstream {

class Feed;

/// What is to be told once an operation of gRPC's is complete.
class Completion {
 public:
  virtual void completed(bool ok) = 0;

 protected:
  ~Completion() = default;
};

/// The channel, and who reads by it. Owned by the stream and its cursors, and by nothing that a
/// thread of gRPC's or the connection's might be the last to hold: gRPC ends its threads with the
/// last channel, and a thread that ended itself would bring the process down. For the same reason
/// its destructor waits for the calls to be over, which they are at once when they are cancelled,
/// whatever the peer does, before it ends the thread in which their operations complete.
/// Thread-safe.
class Connection {
 public:
  using Stub = dogma::interop::v1::eventstream::StreamAPI::Stub;
  /// Of a call of Consume, whose answers come as they are: gRPC itself would take one that can't be
  /// read for the end of the call, and wait for that end.
  using Reader = grpc::ClientAsyncReader<grpc::ByteBuffer>;

  explicit Connection(Options options);
  ~Connection();

  const Options& options() const { return options_; }
  Stub& stub() { return *stub_; }
  /// A call that isn't started. Its tags are Completions, which a thread of the connection's own
  /// calls one at a time.
  std::unique_ptr<Reader> consume(grpc::ClientContext& context,
                                  const dogma::interop::v1::eventstream::ConsumeRequest& request);
  /// For that thread.
  Wakes& wakes() { return wakes_; }
  /// To be held by every call until nothing of gRPC's is left of it.
  Ticket ticket() { return tickets_->give(); }

  /// Registers a feed until it is removed; false if the stream is gone.
  bool add(const std::shared_ptr<Feed>& feed);
  void remove(const Feed& feed);
  /// Tells every feed that the stream is gone.
  void close();

 private:
  void complete();

  const Options options_;
  const std::shared_ptr<grpc::ChannelInterface> channel_;
  const std::unique_ptr<Stub> stub_;
  const grpc::internal::RpcMethod consume_;
  const std::shared_ptr<Tickets> tickets_ = std::make_shared<Tickets>();
  grpc::CompletionQueue queue_;
  Wakes wakes_;
  std::thread completing_;
  std::mutex mutex_;
  std::unordered_map<const Feed*, std::weak_ptr<Feed>> feeds_;
  bool closed_ = false;
};

}  // namespace networkstream

#endif
