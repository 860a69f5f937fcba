#ifndef NETWORKSTREAM_STREAM_HPP
#define NETWORKSTREAM_STREAM_HPP

#include <eventstream/stream.hpp>

#include <networkstream/tls.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace networkstream {

struct Options {
  /// The server: "HOST:PORT", "dns:///NAME:PORT" or "unix:PATH".
  std::string target;
  /// Whose stream is read; the server finds it by the key.
  eventstream::Identity application;
  /// Which media types of an event type are understood, the best first; at least one. Called by
  /// open(), in its thread; what it throws leaves open().
  std::function<std::vector<std::string>(const eventstream::EventType& type)> media_types;
  /// Unset: the connection is neither encrypted nor checked.
  std::optional<ClientTls> tls = {};
  /// How many events, of whatever size, are kept ready for each cursor: half of them in the
  /// reader's hand, half behind it, and one each if that is less. At least 1.
  std::size_t prefetch = 64;
  /// How long a server may be away, or be lost again and again, each time sooner than that and
  /// without an event between, before a read gives `backend_failure`; the next one waits so long
  /// again. event_types() waits no longer for its answer.
  std::chrono::milliseconds patience{10'000};
  /// Before the first new try after a loss, 1 ms at least; it doubles with each that fails, up to
  /// the second one, which is no shorter. To connect may take a second, or as long as that.
  std::chrono::milliseconds first_backoff{20};
  std::chrono::milliseconds longest_backoff{2'000};
  /// A server that says nothing for so long is asked whether it is there, and counts as lost if it
  /// doesn't answer within the second time.
  std::chrono::milliseconds keepalive{20'000};
  std::chrono::milliseconds keepalive_timeout{10'000};
  /// The largest event with its envelope, in bytes. Compressed ones are refused.
  std::size_t largest_message = std::size_t{64} << 20U;
};

/// A stream that a server offers by gRPC: networkstream::Server, or another one that speaks
/// `dogma.interop.v1.eventstream`. All its cursors share one connection, and a thread that it has
/// from the stream's construction on.
///
/// A cursor reads ahead of its reader, as far as `Options::prefetch` says. When the connection or
/// the server is lost it opens the stream again behind the last event that has come, or where it
/// was opened; the reader waits, and nothing is lost or repeated (ERR-3). A server that
/// stays away becomes `backend_failure` (`Options::patience`). What no new try can mend is told at
/// once: an unknown application, an event without a media type in common (`invalid_argument`), one
/// that is larger than allowed (`too_large`), damage (`damaged`); the next read asks the server
/// again. For good are truncation, an unknown type, and an answer that is none (`backend_failure`).
///
/// What it can't do, to be declared where it is certified: `staleness`, for an event takes its way
/// here; `lazy_type_check`, for open() doesn't ask the server, the first read tells
/// `unsupported_event_type`; `coarse_position`, for the server knows only what was sent;
/// `truncation` held, for events that are here already are delivered.
///
/// Thread-safety and lifetime: as eventstream::Stream; cursors that outlive it give
/// `cursor_closed`. open(), close() and a stop never wait for the server; the last of the stream
/// and its cursors to go ends the connection's thread. Asynchronous reads are queued on their
/// executor by the connection's thread: an executor that runs them there, in place, or throws
/// instead of queueing them, would destroy cursors in the thread that ends with them.
class Stream final : public eventstream::Stream {
 public:
  /// Connects when the first cursor is opened. Throws `std::invalid_argument` if the options make
  /// no sense.
  explicit Stream(Options options);
  ~Stream() override;

  eventstream::Identity application() const override;
  /// Asks the server each time, and waits for it. Errors: `cancelled`, `invalid_argument` (it knows
  /// no such application), `too_large` (the answer), `backend_failure`.
  eventstream::Result<eventstream::EventTypeSet> event_types(
      std::stop_token token = {}) const override;
  /// Errors: `cancelled`, `no_event_types`. Everything else is told by the first read.
  eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                const eventstream::EventTypeSet& filter,
                                                std::stop_token token = {}) override;

 private:
  const std::shared_ptr<class Connection> connection_;
};

}  // namespace networkstream

#endif
