#ifndef REDIS_STREAM_HPP
#define REDIS_STREAM_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

/// An event stream on Redis Streams 7. It uses the contract's values (Event, Errc, Result) and
/// derives from nothing.
///
/// An application with the key K has two keys on the server, under a prefix P:
///
/// - `{P:K}:events`, a Redis stream: the event with offset n is the entry `0-<n+1>`, because Redis
///   has no `0-0`; each part of its envelope is a field.
/// - `{P:K}:offsets`, a hash: `next` is the offset that the next event will get, `first` that of
///   the first event that is retained.
///
/// The braces put both on one node of a cluster. They change together, in Lua scripts, which Redis
/// runs one at a time: so batches are atomic and offsets have no gap, whoever appends.
///
/// What survives a crash is up to how the server is configured.
namespace redis_stream {

/// How many entries a cursor fetches at once, and so how many it may still have in hand when they
/// are truncated.
inline constexpr std::uint64_t kPageSize = 64;
/// Redis could hold more, but a page of such events has to fit into everybody's memory.
inline constexpr std::uint64_t kMaxEventBytes = std::uint64_t{1} << 20;
/// Limits on a batch keep a script from holding up the whole server.
inline constexpr std::uint64_t kMaxBatchBytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kMaxBatchEvents = 1000;

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

/// Reads a stream over a connection of its own. It doesn't need its stream any more.
///
/// Threads: close() may be called from any thread at any time; everything else is sequential.
/// Destroying a cursor closes it.
class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  /// The next event of the filter's types; waits for it as long as it takes.
  /// Errors: `cursor_closed`, `cancelled`, `truncated`, `backend_failure` (a later call connects
  /// again and goes on without a gap), `damaged` (the server lost events, or holds what is no
  /// event), `busy`.
  eventstream::Result<eventstream::Event> next(std::stop_token token = {});

  /// Ends a pending next() and never waits. The first call succeeds, each later one gives
  /// `cursor_closed`.
  eventstream::Result<void> close();

 private:
  friend class Stream;
  class Reader;
  explicit Cursor(std::unique_ptr<Reader> reader) noexcept;

  std::unique_ptr<Reader> reader_;
};

/// One application's stream. Thread-safe.
class Stream {
 public:
  /// `url` is "redis://HOST:PORT"; throws `std::invalid_argument` if not. Doesn't connect yet.
  /// `event_types` are those that the stream carries, now and later.
  Stream(std::string_view url, std::string_view prefix, eventstream::Identity application,
         eventstream::EventTypeSet event_types);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  eventstream::Identity application() const { return application_; }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token = {}) const;

  /// Errors: `cancelled`, `no_event_types`, `unsupported_event_type`, `backend_failure`.
  eventstream::Result<Cursor> open(eventstream::Offset offset,
                                   const eventstream::EventTypeSet& filter,
                                   std::stop_token token = {}) const;

  /// Appends the batch as a whole and returns the offset of its first event; with `expected`, only
  /// if it gets that one. Errors, with nothing written: `conflict`, `too_large`,
  /// `unsupported_event_type`, `invalid_argument`, `backend_failure`; and `unknown_outcome` if the
  /// answer was lost.
  eventstream::Result<eventstream::Offset> append(std::span<const eventstream::Parcel> batch,
                                                  std::optional<eventstream::Offset> expected = {});

  /// Removes the events below `first_retained`, but not more than there are, and returns the offset
  /// of the first that is retained now. Errors: `backend_failure`, after which it may be repeated.
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained);

  /// Removes all that the stream has on the server. Errors: `backend_failure`.
  eventstream::Result<void> erase();

 private:
  class Connections;

  eventstream::Identity application_;
  eventstream::EventTypeSet event_types_;
  Address address_;
  std::string events_key_;
  std::string offsets_key_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace redis_stream

#endif
