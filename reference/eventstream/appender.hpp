#ifndef EVENTSTREAM_APPENDER_HPP
#define EVENTSTREAM_APPENDER_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>

#include <optional>
#include <span>

namespace eventstream {

/// The writing side of a stream. Thread-safety: as the stream it writes to; appends from several
/// threads are put in some order, each batch whole (rule CON-2).
class Appender {
 public:
  Appender() = default;
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  virtual ~Appender() = default;

  /// Appends the batch atomically (APP-1) and returns the offset of its first event; the others
  /// follow without a gap. An empty batch writes nothing, wakes nobody and returns the next offset
  /// (APP-4). With `expected` the batch is written only if its first event gets that offset
  /// (APP-5).
  ///
  /// Errors, all with nothing written but the last: `conflict`, `too_large`,
  /// `unsupported_event_type`, `invalid_argument` (a parcel holds nothing, or is of another
  /// application), `backend_failure`; `unknown_outcome` (whole or not at all, D13).
  virtual Result<Offset> append(std::span<const Parcel> batch,
                                std::optional<Offset> expected = {}) = 0;
};

}  // namespace eventstream

#endif
