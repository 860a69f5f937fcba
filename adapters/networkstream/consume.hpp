#ifndef NETWORKSTREAM_CONSUME_HPP
#define NETWORKSTREAM_CONSUME_HPP

#include <boost/asio/any_io_executor.hpp>
#include <dogma/interop/v1/eventstream.pb.h>
#include <grpcpp/support/server_callback.h>
#include <networkstream/offer.hpp>
#include <networkstream/wanted.hpp>

#include <memory>

// A call that reads a stream. Internal to the library.

namespace networkstream {

using ConsumeReactor = grpc::ServerWriteReactor<dogma::interop::v1::eventstream::ConsumeResponse>;

/// The reactor of a Consume call, which deletes itself when the call is over. Blocks nobody and has
/// no thread: it goes on when gRPC has taken an event, or on `executor` when there is a new one.
/// Holds two events, and gRPC at most 64 KiB of others that the peer hasn't taken, so that a slow
/// peer costs little memory.
ConsumeReactor* consume(const Offers& offers, std::shared_ptr<const Transcoder> transcoder,
                        const boost::asio::any_io_executor& executor,
                        const dogma::interop::v1::eventstream::ConsumeRequest& request);

/// Of one that has ended already.
ConsumeReactor* refuse_to_consume(const grpc::Status& why);

}  // namespace networkstream

#endif
