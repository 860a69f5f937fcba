#ifndef EVENTSTREAM_EVENT_HPP
#define EVENTSTREAM_EVENT_HPP

#include <eventstream/parcel.hpp>

#include <cstdint>

namespace eventstream {

/// The 0-based, gapless position of an event on its stream (rule ORD-3). Any value may be opened
/// (OPN-2); an event at 2^64-1 is out of scope (contract, D10).
using Offset = std::uint64_t;

/// What a cursor delivers. A plain value; it stays intact after the cursor and the stream are gone
/// (LIF-2).
struct Event {
  Offset offset = 0;
  Parcel parcel;
};

}  // namespace eventstream

#endif
