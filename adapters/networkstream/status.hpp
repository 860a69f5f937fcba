#ifndef NETWORKSTREAM_STATUS_HPP
#define NETWORKSTREAM_STATUS_HPP

#include <eventstream/errors.hpp>
#include <eventstream/event.hpp>

#include <boost/system/error_code.hpp>
#include <grpcpp/support/status.h>

#include <string>
#include <vector>

// What goes wrong, as a status on the wire and as an error here. Internal to the library.

namespace networkstream {

namespace status {

/// In these words, or the beginning of them.
grpc::Status refused(grpc::StatusCode code, const std::string& why);
/// The bytes of a request are none of its message's.
grpc::Status unreadable();
grpc::Status no_such_method(const std::string& method);
grpc::Status no_application_key();
grpc::Status unrecognized_application(const std::string& key);
grpc::Status no_event_types();
/// One detail each, in this order, repetitions too, as far as they find room.
grpc::Status unrecognized_event_types(const std::vector<std::string>& names);
grpc::Status empty_media_types(const std::string& type);
grpc::Status no_recognized_media_types(const std::string& type);
grpc::Status too_many_media_types();
grpc::Status malformed_media_type();
/// `offset`: the first one that the reader hadn't been given.
grpc::Status truncated(eventstream::Offset offset);
grpc::Status stopping();
grpc::Status replaced();
/// For any other way in which a read of the stream ends.
grpc::Status failed(const boost::system::error_code& error);

}  // namespace status

/// What a client makes of the status with which a call ended, from this server or another.
struct Verdict {
  eventstream::Errc error = eventstream::Errc::backend_failure;
  /// The connection or the server was lost, or stopped: the same request may be made again, and
  /// goes on where it was.
  bool lost = false;
};
Verdict verdict_of(const grpc::Status& ended);

}  // namespace networkstream

#endif
