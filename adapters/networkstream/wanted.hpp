#ifndef NETWORKSTREAM_WANTED_HPP
#define NETWORKSTREAM_WANTED_HPP

#include <dogma/interop/v1/eventstream.pb.h>
#include <grpcpp/support/status.h>
#include <networkstream/served.hpp>

#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

// What a reader asked for, held against what is served. Internal to the library.

namespace networkstream {

class Wanted {
 public:
  /// Refuses what the protocol refuses at once; media types are judged when the first event of
  /// their type is there.
  static std::variant<Wanted, grpc::Status> of(
      const dogma::interop::v1::eventstream::ConsumeRequest& request, const Served& served);

  const eventstream::EventTypeSet& types() const { return types_; }

  /// The event as the reader can take it, or why it can't.
  std::variant<eventstream::Parcel, grpc::Status> encode(const eventstream::Parcel& event,
                                                         const Transcoder& transcoder) const;

 private:
  eventstream::EventTypeSet types_;
  std::unordered_map<eventstream::EventType, std::vector<std::string>> media_types_;
};

}  // namespace networkstream

#endif
