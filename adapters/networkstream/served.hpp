#ifndef NETWORKSTREAM_SERVED_HPP
#define NETWORKSTREAM_SERVED_HPP

#include <eventstream/envelope.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/stream.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace networkstream {

/// What a server offers of one application.
struct Served {
  /// Opened and read by cursors that never block, each by one thread at a time, in the server's
  /// threads and gRPC's. Kept until no call reads it any more; the last of them may destroy it.
  std::shared_ptr<eventstream::Stream> stream;
  /// Each type that may be asked for, and in which media types its events can be had, the stored
  /// one first; that is what clients are told. A type that isn't here is unknown to them, whatever
  /// the stream says.
  std::map<eventstream::EventType, std::vector<std::string>> media_types = {};
};

/// Gives an event in another encoding; nothing if it can't. `media_type` is one that the reader
/// asked for, as it wrote it; the envelope's data and media type are to be replaced, and nothing
/// else. Called from several threads at once; must not block. A reader for whom it throws is
/// refused with INTERNAL and what it said.
using Transcoder = std::function<std::optional<eventstream::Envelope>(
    const eventstream::Envelope& event, const std::string& media_type)>;

}  // namespace networkstream

#endif
