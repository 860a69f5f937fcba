#ifndef EVENTSTREAM_CURSOR_HPP
#define EVENTSTREAM_CURSOR_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>
#include <eventstream/source.hpp>

#include <chrono>
#include <memory>
#include <stop_token>

namespace eventstream {

/// Reads the events of a stream one by one: the one waiting mechanism of the project. A stream's
/// author hands it a Source and gets blocking and asynchronous reads with the same meaning.
///
/// Ownership: a movable handle. Destroying it closes it (rule LIF-1). Destroying or moving it while
/// another thread is inside next() is the caller's error; a pending async_next() then completes
/// with `cursor_closed`.
///
/// Threads: close() may be called from any thread while the cursor exists, and the reader that it
/// wakes may destroy the cursor at once; everything else is sequential. One
/// read is outstanding at most: a second one gives `busy` and disturbs nothing.
///
/// Order of precedence, decided at each look: closed, cancelled, truncated, event. A read that
/// starts after close() returned gives only `cursor_closed` (CLS-2); one that was pending gives
/// that or the event it already had (CLS-3). Cancelling stops the waiting and nothing else, so it
/// can't lose an event (CAN-3).
///
/// The protocol behind it, who owns and who wakes whom: docs/waiting.md.
class Cursor final {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Takes the source over. Throws `std::invalid_argument` if it is null.
  explicit Cursor(std::unique_ptr<Source> source);
  Cursor(Cursor&&) noexcept = default;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// The next event of the filter's types; waits for it as long as it takes (BLK-1).
  /// Errors: `cursor_closed`, `cancelled` (the token asked to stop), `truncated`, `busy`, and
  /// whatever else the stream fails with.
  Result<Event> next(const std::stop_token& token = {});

  /// As next(), but gives `timed_out` once the deadline passed and a last look found nothing.
  Result<Event> next_until(Deadline deadline, const std::stop_token& token = {});

  /// The next event if it is there, else `not_yet`; never waits. The fastest way to drain a stream.
  Result<Event> try_next();

  /// Starts a read that completes with `void(boost::system::error_code, Event)`. Defined in
  /// <eventstream/async.hpp>, which the caller includes; what is said there about executors holds.
  template <typename CompletionToken>
  auto async_next(CompletionToken&& token);

  /// Closes the cursor, wakes its pending read and releases what it holds; waits for at most one
  /// poll of the source, never for events or a peer (CLS-4). The first call succeeds, each later
  /// one gives `cursor_closed` (CLS-1); of racing calls exactly one succeeds (CLS-7).
  Result<void> close();

 private:
  void release() noexcept;

  std::shared_ptr<detail::CursorCore> core_;
};

}  // namespace eventstream

#endif
