#ifndef NETWORKSTREAM_CONTROL_HPP
#define NETWORKSTREAM_CONTROL_HPP

#include <eventstream/event.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <networkstream/served.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace networkstream {

/// What a client asks a fresh stream to be.
struct FreshStream {
  eventstream::Identity application;
  eventstream::EventTypeSet event_types = {};
  /// Of the first event that will be appended; all before it counts as truncated.
  eventstream::Offset first_offset = 0;
  /// How many events it keeps at most; 0: all.
  std::uint64_t buffer_size = 0;
};

/// A stream that clients may write to.
struct Writable {
  std::shared_ptr<eventstream::Stream> stream;
  /// All or none; gives each event's offset once it can be read. Both may block, and are called
  /// from several threads at once.
  std::function<eventstream::Result<std::vector<eventstream::Offset>>(
      std::span<const eventstream::Parcel> batch)>
      append;
  /// Gives the first offset that is left. Empty: it can't.
  std::function<eventstream::Result<eventstream::Offset>(eventstream::Offset first_retained)>
      truncate = {};
};

/// The service `streamtest.control.v1.Control`, by which a suite certifies a server from outside.
struct Control {
  /// What serves, as reports name it.
  std::string implementation;
  /// Makes a fresh stream. May block, and is called from several threads at once. Throws
  /// `std::invalid_argument` that says why if it can't make one like that, any other
  /// `std::exception` if it fails.
  std::function<Writable(const FreshStream& wanted)> make;
};

}  // namespace networkstream

#endif
