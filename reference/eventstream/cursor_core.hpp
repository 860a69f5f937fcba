#ifndef EVENTSTREAM_CURSOR_CORE_HPP
#define EVENTSTREAM_CURSOR_CORE_HPP

#include <eventstream/cursor.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

// The inside of Cursor, shared with <eventstream/async.hpp>; not for callers. docs/waiting.md tells
// the protocol.

namespace eventstream::detail {

/// An asynchronous read that is not complete. It has exactly one owner at any time: the queue of
/// its executor, or CursorCore::parked_ (or, once its execution context is gone,
/// CursorCore::orphan_).
class PendingRead {
 public:
  PendingRead() = default;
  PendingRead(const PendingRead&) = delete;
  PendingRead& operator=(const PendingRead&) = delete;
  virtual ~PendingRead() = default;

  /// Queues a look on the read's executor. Gives the read back if its execution context is gone; it
  /// has let go of its core by then, so that a core may own it.
  virtual std::unique_ptr<PendingRead> post(std::unique_ptr<PendingRead> self) = 0;

  /// The read is about to be parked; called on its executor, with no lock held.
  virtual void parking() = 0;
};

/// Two mutexes. `reading_` is held around every call of the source and while it is moved out;
/// `waiting_` guards the wait state and is a leaf: nothing is called under it but
/// condition_variable::notify_one. Order: reading_, the stream's own locks, waiting_. Executors,
/// handlers and ~Source are met with neither held.
class CursorCore : public std::enable_shared_from_this<CursorCore> {
 public:
  enum class Look { done, again, parked };

  explicit CursorCore(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  Result<Event> next(const std::stop_token& token, const Cursor::Deadline* deadline);
  Result<Event> try_next();
  Result<void> close();
  void notify();

  /// Begins an asynchronous read; its serial number, or 0 if one is outstanding.
  std::uint64_t begin();
  /// One look for the asynchronous read `read`: done (with `outcome` set), again, or parked (`read`
  /// was taken).
  Look look(std::unique_ptr<PendingRead>& read, Result<Event>& outcome);
  /// Ends the asynchronous read's wait as cancelled. A late call, for a read that is over, does
  /// nothing.
  void cancel(std::uint64_t serial);
  /// The asynchronous read was destroyed before it completed: the next read sees what it would have
  /// seen.
  void abandon(std::uint64_t serial);
  /// Destroys the read if it is parked: its execution context shuts down.
  void drop_parked(std::uint64_t serial);

 private:
  Result<Event> wait(const std::stop_token& token, const Cursor::Deadline* deadline);
  Result<Event> look_while_waiting(const std::stop_token& token, const Cursor::Deadline* deadline,
                                   bool last);
  bool claim(std::unique_lock<std::mutex>& reading);
  void end_watch();
  void hand_over(std::unique_ptr<PendingRead> read);

  std::mutex reading_;
  std::unique_ptr<Source> source_;  // null once closed
  bool outstanding_ = false;        // a read is waiting
  bool watching_ = false;           // watch() succeeded, unwatch() has not been called

  std::mutex waiting_;
  std::atomic<bool> closed_ =
      false;  // written under waiting_; read without it as a hint that poll's lock confirms
  bool signalled_ = false;
  bool cancelled_ = false;
  std::uint64_t serial_ = 0;
  std::condition_variable* sleeper_ = nullptr;  // on the stack of the thread inside next()
  std::unique_ptr<PendingRead> parked_;
  std::unique_ptr<PendingRead> orphan_;
};

}  // namespace eventstream::detail

#endif
