#ifndef EVENTSTREAM_SOURCE_HPP
#define EVENTSTREAM_SOURCE_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>

#include <memory>

namespace eventstream {

namespace detail {
class CursorCore;
}

/// Wakes one cursor. A cheap value, copied freely; it may outlive its cursor and then does nothing.
///
/// notify() may be called from any thread. Call it with none of the stream's locks held: it sets a
/// signal and hands a sleeping read to its thread or executor, and waking ten thousand readers
/// takes a millisecond that appenders would wait for. It throws `std::bad_alloc` if an executor
/// can't queue; that read is destroyed then, which ends its wait with unwatch(), and the events are
/// on the stream.
class Waker {
 public:
  /// Wakes nobody.
  Waker() = default;

  void notify() const;

 private:
  friend class detail::CursorCore;
  explicit Waker(std::shared_ptr<detail::CursorCore> core) : core_(std::move(core)) {}

  std::shared_ptr<detail::CursorCore> core_;
};

/// What the author of a stream writes: where one cursor stands and how it looks for its next event.
/// Blocking, asynchronous completion, cancelling and closing are done by the Cursor that owns it.
///
/// The members are never entered by two threads at once, and never with a lock held that notify()
/// takes, so a source needs no lock for its own fields. It may take the stream's locks. None of
/// them may throw.
///
/// Lifetime: the source holds the stream's shared state; its destructor takes out any registration
/// and has run when Cursor::close() returns (rules CLS-5, LIF-1).
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Looks for the next event, without blocking. Gives the event, having moved past it; `not_yet`
  /// at the end; `skipped` after a bounded run of events that don't match (some thousand), to be
  /// called again, so that a close or a cancel gets in (CAN-5); `truncated` and `cursor_closed`
  /// (the stream is gone), again on each call; or any other error, after which the next call
  /// repeats it or goes on without a gap (CLS-6).
  virtual Result<Event> poll() = 0;

  /// "I am about to wait": looks again and registers in one critical section of the stream. True:
  /// `waker` will be notified once something happened that a poll would see. False: something is
  /// new already, poll again.
  virtual bool watch(const Waker& waker) = 0;

  /// The wait that a successful watch() began is over: by a notify, a cancel or a deadline. Comes
  /// before the next poll, always. What was waited past counts as looked at, so a truncation there
  /// isn't reported (TRN-5).
  virtual void unwatch() = 0;
};

}  // namespace eventstream

#endif
