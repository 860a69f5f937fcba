#ifndef NETWORKSTREAM_WIRE_HPP
#define NETWORKSTREAM_WIRE_HPP

#include <eventstream/envelope.hpp>

#include <dogma/interop/v1/envelope.pb.h>

#include <string>
#include <string_view>
#include <unordered_map>

// Envelopes between the project and the wire. Internal to the library.

namespace networkstream {

using WireEnvelope = dogma::interop::v1::envelope::Envelope;

/// Fills a message, whose fields are all replaced. What isn't valid is written as it is, for
/// whoever reads it to refuse.
void to_wire(const eventstream::Envelope& envelope, WireEnvelope& message);

/// Reads messages one after the other, and knows the identities and types that it has met: most
/// events of a stream name the same few. One thread at a time.
class WireReader {
 public:
  /// Takes the message's texts. Throws `std::invalid_argument` that says what is wrong if the
  /// message is no valid envelope: an id, the application's name or key, the time, the portable
  /// name or the media type is missing or can't be read; the time is none that `Envelope` has (1678
  /// to 2261); a handler has a name or a key only, or
  /// there is an instance without a handler.
  eventstream::Envelope read(WireEnvelope&& message);

  /// The same, whatever is missing; a time that can't be read, or held, is 1970.
  eventstream::Envelope read_any(WireEnvelope&& message);

 private:
  using WireIdentity = dogma::interop::v1::envelope::Identity;

  eventstream::Identity identity(const WireIdentity& message);

  eventstream::Identity application_;
  eventstream::Identity handler_;
  std::unordered_map<std::string, eventstream::EventType> types_;
};

}  // namespace networkstream

#endif
