#ifndef NETWORKSTREAM_CALL_HPP
#define NETWORKSTREAM_CALL_HPP

#include <google/protobuf/arena.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>
#include <networkstream/feed.hpp>

#include <memory>

// Internal to the library.

namespace networkstream {

/// One call of Consume for a feed. Owned by itself as well until gRPC says that it is over.
///
/// Its operations complete in the connection's thread, one after the other: a read, the next read,
/// and the end, which whoever finds that there will be no further read asks for, once.
class Call final : public std::enable_shared_from_this<Call> {
 public:
  Call(Ticket ticket, std::shared_ptr<Feed> feed, Feed::Request request)
      : ticket_(std::move(ticket)), feed_(std::move(feed)), request_(std::move(request)) {}

  void start(Connection& connection);
  /// After received() said `pause`.
  void read_on();
  /// `paused`: received() has said so, and read_on() won't be called.
  void cancel(bool paused);

 private:
  class Step final : public Completion {
   public:
    Step(Call& call, void (Call::*then)(bool)) : call_(&call), then_(then) {}
    void completed(bool ok) override { (call_->*then_)(ok); }

   private:
    Call* const call_;
    void (Call::* const then_)(bool ok);
  };

  void has_started(bool ok);
  void has_read(bool ok);
  void has_ended(bool ok);
  void end() { reader_->Finish(&status_, &end_); }
  void let_go();

  Wakes* wakes_ = nullptr;  ///< the connection's, which the ticket keeps
  const Ticket ticket_;     ///< given back when all that follows is destroyed
  const std::shared_ptr<Feed> feed_;
  const Feed::Request request_;
  grpc::ClientContext context_;
  google::protobuf::Arena arena_;  ///< of `response_`, whose parts would be allocated one by one
  dogma::interop::v1::eventstream::ConsumeResponse* response_ = nullptr;
  grpc::Status status_;
  Step start_{*this, &Call::has_started};
  Step read_{*this, &Call::has_read};
  Step end_{*this, &Call::has_ended};
  bool started_ = false;
  bool ended_ = false;
  std::unique_ptr<grpc::ClientAsyncReader<dogma::interop::v1::eventstream::ConsumeResponse>>
      reader_;
  std::shared_ptr<Call> self_;
};

}  // namespace networkstream

#endif
