#ifndef EVENTSTREAM_ERRORS_HPP
#define EVENTSTREAM_ERRORS_HPP

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

#include <string_view>

namespace eventstream {

/// Every way in which an operation of the contract ends without its value.
///
/// Kinds are compared, texts never (rule ERR-1). All of them travel as `boost::system::error_code`,
/// so a stream may also return codes of its own category; the kit counts those as "other errors".
enum class Errc {
  /// The cursor is closed: by close(), by its destruction, or because its stream is gone.
  /// Permanent. (CLS-1..3)
  cursor_closed = 1,
  /// The next event may lie in a part of the stream that was truncated. Repeats on each call.
  /// (TRN-1)
  truncated,
  /// The caller's token asked to stop. Nothing was consumed; the cursor stays usable. (CAN-2..4)
  cancelled,
  /// try_next() only: no matching event is there now.
  not_yet,
  /// next_until() only: the deadline passed first. Nothing was consumed.
  timed_out,
  /// A second read was started while one is pending on the same cursor; the first one goes on.
  busy,
  /// open(): the filter holds a type that event_types() lacks. (OPN-4)
  /// append(): an event is of such a type; nothing was written.
  unsupported_event_type,
  /// open(): the filter is empty, which is misuse. (OPN-3)
  no_event_types,
  /// An argument that no stream can take, such as an empty event type.
  invalid_argument,
  /// append() or handle_event() with an expected offset that is not the next one; without effect.
  /// (APP-5, HND-2)
  conflict,
  /// append(): the answer was lost; the batch is there whole or not at all. (contract, D13)
  unknown_outcome,
  /// append(): the event or batch is over a declared limit; nothing was written. (PAY-2)
  too_large,
  /// The store or the peer failed. The call may be repeated. (ERR-2)
  backend_failure,
  /// Stored data doesn't match its checksum. (DUR-5)
  damaged,
  /// Source::poll() only, never seen by a reader: it moved past a bounded run of events that don't
  /// match and
  /// wants to be called again. (CAN-5)
  skipped,
};

/// The category of Errc, named "eventstream". `cancelled` is equivalent to the generic condition
/// `operation_canceled`, `timed_out` to `timed_out`; note that `asio::error::operation_aborted` is
/// neither.
const boost::system::error_category& error_category() noexcept;

boost::system::error_code make_error_code(Errc code) noexcept;

/// The enumerator's own name ("cursor_closed"), as reports and histories print it.
std::string_view to_string(Errc code) noexcept;

}  // namespace eventstream

template <>
struct boost::system::is_error_code_enum<eventstream::Errc> : std::true_type {};

#endif
