#ifndef EVENTSTREAM_CURSOR_CORE_HPP
#define EVENTSTREAM_CURSOR_CORE_HPP

#include <eventstream/cursor.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

// The inside of Cursor, shared with <eventstream/async.hpp>; not for callers. docs/waiting.md tells
// the protocol.

namespace boost::asio {
class execution_context;
}

namespace eventstream::detail {

class CursorCore;
class ParkedReads;

/// An asynchronous read that is not complete. It has exactly one owner at any time: the queue of
/// its executor, CursorCore::parked_, or the thread that carries it from one to the other.
class PendingRead {
 public:
  PendingRead(const PendingRead&) = delete;
  PendingRead& operator=(const PendingRead&) = delete;
  /// A read destroyed before it completed has ended: the cursor can be read again.
  virtual ~PendingRead();

  /// Queues a look on the read's executor, which owns the read from then on.
  virtual void post(std::unique_ptr<PendingRead> self) = 0;

  /// Where the read's executor runs. Called on that executor.
  virtual boost::asio::execution_context& context() const = 0;

 protected:
  explicit PendingRead(std::shared_ptr<CursorCore> core) : core_(std::move(core)) {}

  CursorCore& core() const { return *core_; }
  /// Makes it the cursor's outstanding read and returns its serial number; 0 if another one is.
  std::uint64_t begin();
  bool begun() const { return serial_ != 0; }
  /// The read completes: its destruction has no further meaning.
  void finish() { serial_ = 0; }

 private:
  std::shared_ptr<CursorCore> core_;
  std::uint64_t serial_ = 0;
};

/// Two mutexes. `reading_` is held around every call of the source and while it is moved out;
/// `waiting_` guards the wait state and is a leaf: nothing is called under it but
/// condition_variable::notify_one. Order: reading_, the stream's own locks, waiting_. Executors,
/// handlers and ~Source are met with neither held.
class CursorCore : public std::enable_shared_from_this<CursorCore> {
 public:
  enum class Look { done, again, parked };

  explicit CursorCore(std::unique_ptr<Source> source) : source_(std::move(source)) {}
  ~CursorCore();

  Result<Event> next(const std::stop_token& token, const Cursor::Deadline* deadline);
  Result<Event> try_next();
  Result<void> close();
  void notify();

  /// Begins an asynchronous read; its serial number, or 0 if one is outstanding.
  std::uint64_t begin();
  /// What a second read gets while one is outstanding.
  Errc refusal() const;
  /// One look for the asynchronous read `read`: done (with the outcome returned), again, or parked
  /// (`read` was taken, and may be gone already).
  Result<Event> look(std::unique_ptr<PendingRead>& read, Look& looked);
  /// Ends the asynchronous read's wait as cancelled. A late call, for a read that is over, does
  /// nothing.
  void cancel(std::uint64_t serial);
  /// The asynchronous read was destroyed before it completed: the next one sees what it would have
  /// seen.
  void abandon();

 private:
  friend class ParkedReads;

  Result<Event> wait(const std::stop_token& token, const Cursor::Deadline* deadline);
  Result<Event> look_while_waiting(const std::stop_token& token, bool last);
  Result<Event> first_look(bool cancelled);
  Result<Event> look_once(bool cancelled);
  void clear_signal();
  bool watch();
  void end_watch();
  void unpark(std::unique_lock<std::mutex>& waiting);
  void await_posts(std::unique_lock<std::mutex>& waiting);
  void park_on(boost::asio::execution_context& context);
  void drop_parked(const ParkedReads& reads);

  std::mutex reading_;
  std::unique_ptr<Source> source_;  // null once closed
  bool outstanding_ = false;        // a read is waiting
  bool watching_ = false;           // watch() succeeded, unwatch() has not been called

  // Written under waiting_, and looked at without it before a poll: who goes on to wait looks again
  // under it.
  std::atomic<bool> closed_ = false;
  std::atomic<bool> cancelled_ = false;  // of the asynchronous read
  std::atomic<bool> signalled_ = false;

  std::mutex waiting_;
  std::condition_variable* sleeper_ =
      nullptr;  // of the thread that sleeps inside next(), on its stack
  std::unique_ptr<PendingRead> parked_;
  std::uint64_t serial_ = 0;  // of the last asynchronous read
  // A read is posted with no lock held; the end of its execution context waits until the two are
  // equal. The second one is counted without the lock, once the reader may have run already.
  std::uint32_t posts_begun_ = 0;
  std::atomic<std::uint32_t> posts_ended_ = 0;

  // The execution context that a read of this cursor was parked on last, as that context's list.
  std::shared_ptr<ParkedReads> parked_on_;  // written under waiting_, by the outstanding read
  CursorCore* previous_ = nullptr;          // these three are guarded by the list's mutex
  CursorCore* next_ = nullptr;
  bool listed_ = false;
};

}  // namespace eventstream::detail

#endif
