#ifndef NETWORKSTREAM_RECEIVED_HPP
#define NETWORKSTREAM_RECEIVED_HPP

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/status.h>

// Internal to the library.

namespace networkstream {

/// A request as a service takes it from the wire: gRPC itself answers one that can't be read, or
/// isn't there, with a code that depends on the kind of service, and no message.
template <typename Message>
struct Received {
  Message message;
  bool readable = false;
};

}  // namespace networkstream

template <typename Message>
class grpc::SerializationTraits<networkstream::Received<Message>> {
 public:
  static Status Deserialize(ByteBuffer* bytes, networkstream::Received<Message>* received) {
    if (bytes->Valid())
      received->readable =
          SerializationTraits<Message>::Deserialize(bytes, &received->message).ok();
    return Status::OK;
  }
};

#endif
