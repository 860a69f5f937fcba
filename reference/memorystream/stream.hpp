#ifndef MEMORYSTREAM_STREAM_HPP
#define MEMORYSTREAM_STREAM_HPP

#include <eventstream/appender.hpp>
#include <eventstream/stream.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

namespace memorystream {

struct Options {
  /// Who owns the stream; every appended event must name it as its source.
  eventstream::Identity application;
  /// The types that may be appended. Fixed for the stream's life.
  eventstream::EventTypeSet event_types;
  /// The offset that the first event gets; everything below it counts as truncated.
  eventstream::Offset first_offset = 0;
  /// How many events are kept at least; an append beyond it truncates the oldest. Unlimited unless
  /// set.
  std::uint64_t buffer_size = std::numeric_limits<std::uint64_t>::max();
};

/// How busy a stream is, at some moment during the call.
struct Statistics {
  std::uint64_t waiting = 0;  ///< cursors that wait for an append now
  std::uint64_t woken =
      0;  ///< cursors woken by appends so far; one whose filter doesn't match never counts
};

/// Where one cursor of a Stream stands, for a stream of another kind that keeps its latest events
/// in a memory stream and hands its cursors over to it.
class TailSource : public eventstream::Source {
 public:
  /// The first offset it has not looked at. Not to be called while it waits.
  virtual eventstream::Offset position() const = 0;
};

/// A stream in memory that truncates itself: a certified stream in its own right and the cache of
/// recent events in front of a store.
///
/// Thread-safety: every member from any thread. Lifetime: cursors may outlive the stream and then
/// give `cursor_closed`. Memory is given back in runs of 256 events, so up to 255 truncated ones
/// stay allocated, and a cursor keeps the run it stands in.
///
/// Cost: an append takes one lock; a read takes none of the stream's but once in 256 events and
/// before it waits. An append touches the waiting cursors whose filter matches it, and no others.
class Stream final : public eventstream::Stream, public eventstream::Appender {
 public:
  explicit Stream(Options options);
  ~Stream() override;

  eventstream::Identity application() const override;
  /// Never blocks; `cancelled` if the token asked to stop already.
  eventstream::Result<eventstream::EventTypeSet> event_types(
      std::stop_token token = {}) const override;
  /// Errors: `cancelled`, `no_event_types`, `unsupported_event_type`. Truncation is told by the
  /// first read.
  eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                const eventstream::EventTypeSet& filter,
                                                std::stop_token token = {}) override;

  /// What open() makes its cursor of, with the same errors.
  eventstream::Result<std::unique_ptr<TailSource>> open_source(
      eventstream::Offset offset, const eventstream::EventTypeSet& filter);

  /// Errors: `invalid_argument` (an empty parcel, or one of another application),
  /// `unsupported_event_type`, `conflict` (not the expected offset, or add() left events waiting
  /// for their turn). Nothing is written then.
  eventstream::Result<eventstream::Offset> append(
      std::span<const eventstream::Parcel> batch,
      std::optional<eventstream::Offset> expected = {}) override;

  /// Adds events that have their offsets already, in any order: one that comes early waits until
  /// the gap before it is filled, one that is there already, visible or waiting, is dropped. The
  /// waiting ones are kept without a limit. Errors: as append(), checked for all before any is
  /// added; an offset of 2^64-1 is not valid.
  eventstream::Result<void> add(std::span<const eventstream::Event> events);

  /// Removes the events below `first_retained` and returns the first offset that is left. Monotone;
  /// beyond the end it is clamped to the end (rule TRN-7). Strict: after it returned no cursor
  /// delivers what was cut.
  eventstream::Offset truncate(eventstream::Offset first_retained);

  eventstream::Offset first_offset() const;
  eventstream::Offset next_offset() const;
  Statistics statistics() const;

 private:
  std::shared_ptr<class State> state_;
};

}  // namespace memorystream

#endif
