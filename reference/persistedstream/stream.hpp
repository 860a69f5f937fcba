#ifndef PERSISTEDSTREAM_STREAM_HPP
#define PERSISTEDSTREAM_STREAM_HPP

#include <eventstream/appender.hpp>
#include <eventstream/stream.hpp>

#include <persistedstream/event_repository.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace persistedstream {

struct Options {
  /// How many of the latest events are kept in memory. Cursors that have caught up read from there;
  /// what lies further back is loaded from the repository a page ahead.
  std::uint64_t cache_size = 1000;
};

/// The stream of one application whose events are in a repository, and which others may append to
/// meanwhile, in this process or another one.
///
/// An event that was appended here is in the cache when append() returns, unless others' events
/// come before it that aren't there yet; those are brought by a thread that follows the repository.
/// Cursors pass from pages of the repository to the cache and, if they fall behind it, back. No
/// read blocks the thread that polls.
///
/// A failing store is told to every cursor that needs it, once a read, and tried again on the next
/// one; damage is told again and again, by every cursor that would have to pass it (DUR-5).
///
/// Threads: two of its own, one that follows and one that loads. Thread-safety and lifetime: as
/// eventstream::Stream; its destructor waits for a load under way.
///
/// After truncate() returned no cursor of this stream gives a removed event; a stream of another
/// process on the same store hears of it as it hears of an append, and its cursors may give what
/// it has loaded until then: its cache, and three pages a cursor. Events of another process that
/// were cut before they arrived here are told to waiting cursors as truncated, whether they would
/// have matched or not.
class Stream final : public eventstream::Stream, public eventstream::Appender {
 public:
  /// Reads the repository's extent and types. Throws `boost::system::system_error` if it can't, and
  /// `std::invalid_argument` if the repository is null.
  explicit Stream(std::shared_ptr<EventRepository> repository, Options options = {});
  ~Stream() override;

  eventstream::Identity application() const override;
  eventstream::Result<eventstream::EventTypeSet> event_types(
      std::stop_token token = {}) const override;
  eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                const eventstream::EventTypeSet& filter,
                                                std::stop_token token = {}) override;

  /// Blocks until the repository has stored the batch.
  eventstream::Result<eventstream::Offset> append(
      std::span<const eventstream::Parcel> batch,
      std::optional<eventstream::Offset> expected = {}) override;

  /// Removes the events below `first_retained`, at most all, and gives the first offset from then
  /// on (TRN-7). Blocks until the repository has done so.
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained);

 private:
  std::shared_ptr<class Tail> tail_;
};

}  // namespace persistedstream

#endif
