#ifndef PERSISTEDSTREAM_EVENT_REPOSITORY_HPP
#define PERSISTEDSTREAM_EVENT_REPOSITORY_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace persistedstream {

/// The part of a stream that is stored: offsets first <= o < next. Both only grow, also across
/// restarts (TRN-6).
struct Extent {
  eventstream::Offset first = 0;
  eventstream::Offset next = 0;
};

/// What one load found, all of it in one state of the store.
struct Loaded {
  Extent extent;
  std::vector<eventstream::Event> events;
  /// The first offset that was not looked at: extent.next at the end, or the offset that was asked
  /// for if that lies beyond it.
  eventstream::Offset position = 0;
};

/// Where the events of one application are stored. Streams are made of it by Stream, which brings
/// the waiting, the filter's checks and the cache.
///
/// Thread-safety: every member may be called from any thread at any time. All but changes() and
/// application() may block as long as the store takes. Errors: `backend_failure` or a code of the
/// store's own category, and what is said at each member; `damaged` if what is stored doesn't match
/// its checksum (DUR-5).
class EventRepository {
 public:
  EventRepository() = default;
  EventRepository(const EventRepository&) = delete;
  EventRepository& operator=(const EventRepository&) = delete;
  virtual ~EventRepository() = default;

  virtual eventstream::Identity application() const = 0;

  /// Every type that is stored or was named when a repository of the application was opened. May
  /// grow while others open it with more types.
  virtual eventstream::Result<eventstream::EventTypeSet> event_types() = 0;

  virtual eventstream::Result<Extent> extent() = 0;

  /// The events of these types from `from` on: a page of bounded size, from a bounded number of
  /// stored events. Null stands for all types. Errors: `truncated` if `from` lies below the first
  /// offset.
  virtual eventstream::Result<Loaded> load(eventstream::Offset from,
                                           const eventstream::EventTypeSet* types) = 0;

  /// As eventstream::Appender::append().
  virtual eventstream::Result<eventstream::Offset> append(
      std::span<const eventstream::Parcel> batch, std::optional<eventstream::Offset> expected) = 0;

  /// Cuts the events below `first_retained`, at most all there are: nobody sees them any more.
  /// Gives the first offset from then on (TRN-7).
  virtual eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) = 0;

  /// Frees what the cut events take up. May take long, and holds up neither readers nor appenders.
  /// What stays because of an error goes with the next call.
  virtual void remove_cut() {}

  /// Goes up with each append and truncation, by whomever, also in other processes, and perhaps
  /// without one. Never blocks.
  virtual std::uint32_t changes() const = 0;

  /// Returns once changes() isn't `seen` any more, the token asks to stop, or `longest` is over;
  /// also earlier, now and then.
  virtual void wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                               std::stop_token token) = 0;
};

}  // namespace persistedstream

#endif
