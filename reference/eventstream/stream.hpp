#ifndef EVENTSTREAM_STREAM_HPP
#define EVENTSTREAM_STREAM_HPP

#include <eventstream/cursor.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <stop_token>

namespace eventstream {

/// An ordered, append-only sequence of one application's events, seen by its readers.
///
/// Thread-safety: every member may be called from any thread at any time. Lifetime: a cursor may
/// outlive its stream; its reads then give `cursor_closed`, at once also for those that are pending
/// (rule LIF-3).
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// The application that owns the stream: the same on every call (IDN-1). Never blocks.
  virtual Identity application() const = 0;

  /// Every type that is on the stream or may be appended to it, also while it is empty (TYP-1). The
  /// set is the caller's. A remote stream may wait for its peer, until `token` asks to stop.
  /// Errors: `cancelled`, `backend_failure`.
  virtual Result<EventTypeSet> event_types(std::stop_token token = {}) const = 0;

  /// A cursor whose first event is the one with the lowest offset >= `offset` whose type is in
  /// `filter` (OPN-1). Any offset is accepted (OPN-2). The cursor keeps nothing of the arguments,
  /// neither the filter object nor the token (OPN-5). Never waits for a peer: what it would wait
  /// for is told by the first read.
  ///
  /// Errors: `cancelled` (the token had asked to stop already), `no_event_types` (OPN-3),
  /// `unsupported_event_type` (OPN-4), `truncated` (allowed here, though the first read is the
  /// better place: TRN-2), `backend_failure`.
  virtual Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                              std::stop_token token = {}) = 0;
};

}  // namespace eventstream

#endif
