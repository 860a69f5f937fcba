#ifndef NETWORKSTREAM_CALL_HPP
#define NETWORKSTREAM_CALL_HPP

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>
#include <networkstream/feed.hpp>

#include <memory>

// Internal to the library.

namespace networkstream {

/// One call of Consume for a feed. Owned by itself as well until gRPC says that it is over.
///
/// A hold keeps gRPC from ending it while nobody reads: it is given back by whoever finds that
/// there will be no further read, once.
class Call final : public grpc::ClientReadReactor<dogma::interop::v1::eventstream::ConsumeResponse>,
                   public std::enable_shared_from_this<Call> {
 public:
  Call(Ticket ticket, std::shared_ptr<Feed> feed, Feed::Request request)
      : ticket_(std::move(ticket)), feed_(std::move(feed)), request_(std::move(request)) {}

  void start(Connection::Stub& stub);
  /// After received() said `pause`.
  void read_on() { StartRead(&response_); }
  /// `paused`: received() has said so, and read_on() won't be called.
  void cancel(bool paused);

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  const Ticket ticket_;  ///< given back when all that follows is destroyed
  const std::shared_ptr<Feed> feed_;
  const Feed::Request request_;
  grpc::ClientContext context_;
  dogma::interop::v1::eventstream::ConsumeResponse response_;
  std::shared_ptr<Call> self_;
};

}  // namespace networkstream

#endif
