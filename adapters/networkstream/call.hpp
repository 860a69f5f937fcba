#ifndef NETWORKSTREAM_CALL_HPP
#define NETWORKSTREAM_CALL_HPP

#include <google/protobuf/arena.h>
#include <grpcpp/client_context.h>
#include <networkstream/feed.hpp>

#include <memory>
#include <optional>

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
  void read_on() { reader_->Read(&bytes_, read_.tag()); }
  /// `paused`: received() has said so, and read_on() won't be called.
  void cancel(bool paused);

 private:
  class Step final : public Completion {
   public:
    Step(Call& call, void (Call::*then)(bool)) : call_(&call), then_(then) {}
    void completed(bool ok) override { (call_->*then_)(ok); }
    /// What gRPC gives back.
    void* tag() { return static_cast<Completion*>(this); }

   private:
    Call* const call_;
    void (Call::* const then_)(bool ok);
  };

  void has_started(bool ok);
  void has_read(bool ok);
  void has_ended(bool ok);
  Feed::Then receive();
  void end() { reader_->Finish(&status_, end_.tag()); }
  void let_go();

  Wakes* wakes_ = nullptr;  ///< the connection's, which the ticket keeps
  const Ticket ticket_;     ///< given back when all that follows is destroyed
  const std::shared_ptr<Feed> feed_;
  const Feed::Request request_;
  grpc::ClientContext context_;
  grpc::ByteBuffer bytes_;
  google::protobuf::Arena arena_;  ///< of one answer, whose parts would be allocated one by one
  grpc::Status status_;
  Step start_{*this, &Call::has_started};
  Step read_{*this, &Call::has_read};
  Step end_{*this, &Call::has_ended};
  bool started_ = false;
  std::optional<Feed::Clock::time_point> connected_;  ///< since when, if it ever was
  bool ended_ = false;
  std::unique_ptr<Connection::Reader> reader_;
  std::shared_ptr<Call> self_;
};

}  // namespace networkstream

#endif
