#include <eventstream/cursor.hpp>
#include <eventstream/cursor_core.hpp>

#include <stdexcept>

namespace eventstream {

namespace detail {

Result<Event> CursorCore::next(const std::stop_token& token, const Cursor::Deadline* deadline) {
  {
    std::unique_lock reading(reading_);
    if (closed_.load(std::memory_order_acquire)) return Errc::cursor_closed;
    if (!claim(reading)) return Errc::busy;
    if (!source_) return Errc::cursor_closed;
    if (token.stop_requested()) return Errc::cancelled;
    Result<Event> seen = source_->poll();
    if (seen || (seen.error() != Errc::not_yet && seen.error() != Errc::skipped)) return seen;
    outstanding_ = true;
  }
  return wait(token, deadline);
}

Result<Event> CursorCore::try_next() {
  for (;;) {
    std::unique_lock reading(reading_);
    if (closed_.load(std::memory_order_acquire)) return Errc::cursor_closed;
    if (!claim(reading)) return Errc::busy;
    if (!source_) return Errc::cursor_closed;
    Result<Event> seen = source_->poll();
    if (seen || seen.error() != Errc::skipped) return seen;
  }
}

/// True if no read is outstanding. A read that was orphaned by the end of its execution context
/// counts as ended; destroying it runs a stranger's code, hence without the lock.
bool CursorCore::claim(std::unique_lock<std::mutex>& reading) {
  if (!outstanding_) return true;
  std::unique_ptr<PendingRead> orphan;
  {
    std::lock_guard waiting(waiting_);
    orphan = std::move(orphan_);
  }
  if (!orphan) return false;
  outstanding_ = false;
  if (source_) end_watch();
  reading.unlock();
  orphan.reset();
  reading.lock();
  return !outstanding_;
}

Result<Event> CursorCore::wait(const std::stop_token& token, const Cursor::Deadline* deadline) {
  std::condition_variable sleeper;
  {
    std::lock_guard waiting(waiting_);
    sleeper_ = &sleeper;
  }
  Result<Event> outcome = Errc::not_yet;
  {
    // Made and destroyed with no lock held: it may run inline, and its destructor waits for a
    // running one.
    std::stop_callback wake(token, [this] {
      std::lock_guard waiting(waiting_);
      if (sleeper_) sleeper_->notify_one();
    });
    for (bool last = false;;) {
      {
        // Cleared before the look: what is signalled from here on makes another look (BLK-3).
        std::lock_guard waiting(waiting_);
        signalled_ = false;
      }
      outcome = look_while_waiting(token, deadline, last);
      if (outcome || (outcome.error() != Errc::skipped && outcome.error() != Errc::not_yet)) break;
      if (outcome.error() == Errc::skipped) continue;
      std::unique_lock waiting(waiting_);
      const auto over = [&] {
        return signalled_ || closed_.load(std::memory_order_relaxed) || token.stop_requested();
      };
      if (!deadline)
        sleeper.wait(waiting, over);
      else if (!sleeper.wait_until(waiting, *deadline, over))
        last = true;
    }
  }
  std::lock_guard waiting(waiting_);
  sleeper_ = nullptr;
  return outcome;
}

/// One look of a waiting thread: an outcome, `skipped` (look again), or `not_yet` (watched: sleep).
/// It ends the read in the same critical section that takes the event.
Result<Event> CursorCore::look_while_waiting(const std::stop_token& token,
                                             const Cursor::Deadline* deadline, bool last) {
  std::lock_guard reading(reading_);
  Result<Event> seen = Errc::cursor_closed;
  if (source_ && !closed_.load(std::memory_order_acquire)) {
    end_watch();
    if (token.stop_requested()) {
      seen = Errc::cancelled;
    } else {
      seen = source_->poll();
      if (!seen && seen.error() == Errc::skipped) {
        // A deadline ends a long scan as well as a wait (CAN-5).
        if (!deadline || std::chrono::steady_clock::now() < *deadline) return seen;
        seen = Errc::timed_out;
      } else if (!seen && seen.error() == Errc::not_yet) {
        if (!last) {
          watching_ = source_->watch(Waker(shared_from_this()));
          return watching_ ? Errc::not_yet : Errc::skipped;
        }
        seen = Errc::timed_out;
      }
    }
  }
  outstanding_ = false;
  return seen;
}

void CursorCore::end_watch() {
  if (!watching_) return;
  watching_ = false;
  source_->unwatch();
}

Result<void> CursorCore::close() {
  std::unique_ptr<PendingRead> read;
  {
    std::lock_guard waiting(waiting_);
    if (closed_.load(std::memory_order_relaxed)) return Errc::cursor_closed;
    closed_.store(true, std::memory_order_release);
    if (sleeper_) sleeper_->notify_one();
    read = std::move(parked_);
  }
  hand_over(std::move(read));
  std::unique_ptr<Source> source;
  {
    std::lock_guard reading(reading_);
    source = std::move(source_);
    watching_ = false;
  }
  return {};
}

void CursorCore::notify() {
  std::unique_ptr<PendingRead> read;
  {
    std::lock_guard waiting(waiting_);
    signalled_ = true;
    if (sleeper_) sleeper_->notify_one();
    read = std::move(parked_);
  }
  hand_over(std::move(read));
}

void CursorCore::hand_over(std::unique_ptr<PendingRead> read) {
  if (!read) return;
  PendingRead& target = *read;
  std::unique_ptr<PendingRead> refused = target.post(std::move(read));
  if (!refused) return;
  // Its context is gone. notify() may be called under the stream's lock, so the read is not
  // destroyed here (its handler's destructor is a stranger's code) but by the next call of the
  // cursor.
  std::lock_guard waiting(waiting_);
  orphan_ = std::move(refused);
}

std::uint64_t CursorCore::begin() {
  std::unique_lock reading(reading_);
  if (!claim(reading)) return 0;
  outstanding_ = true;
  std::lock_guard waiting(waiting_);
  cancelled_ = false;
  return ++serial_;
}

CursorCore::Look CursorCore::look(std::unique_ptr<PendingRead>& read, Result<Event>& outcome) {
  bool cancelled = false;
  {
    std::lock_guard waiting(waiting_);
    signalled_ = false;
    cancelled = cancelled_;
  }
  {
    std::lock_guard reading(reading_);
    bool wait = false;
    outcome = Errc::cursor_closed;
    if (source_ && !closed_.load(std::memory_order_acquire)) {
      end_watch();
      outcome = cancelled ? Result<Event>(Errc::cancelled) : source_->poll();
      if (!outcome && outcome.error() == Errc::skipped) return Look::again;
      if (!outcome && outcome.error() == Errc::not_yet) {
        wait = watching_ = source_->watch(Waker(shared_from_this()));
        if (!wait) return Look::again;
      }
    }
    if (!wait) {
      outstanding_ = false;
      return Look::done;
    }
  }
  read->parking();
  std::lock_guard waiting(waiting_);
  if (signalled_ || cancelled_ || closed_.load(std::memory_order_relaxed)) return Look::again;
  parked_ = std::move(read);
  return Look::parked;
}

void CursorCore::cancel(std::uint64_t serial) {
  std::unique_ptr<PendingRead> read;
  {
    std::lock_guard waiting(waiting_);
    if (serial != serial_) return;
    cancelled_ = true;
    read = std::move(parked_);
  }
  hand_over(std::move(read));
}

void CursorCore::abandon(std::uint64_t serial) {
  std::lock_guard reading(reading_);
  {
    std::lock_guard waiting(waiting_);
    if (serial != serial_) return;
  }
  outstanding_ = false;
  if (source_) end_watch();
}

void CursorCore::drop_parked(std::uint64_t serial) {
  std::unique_ptr<PendingRead> read;
  std::lock_guard waiting(waiting_);
  if (serial == serial_) read = std::move(parked_);
}

}  // namespace detail

void Waker::notify() const {
  if (core_) core_->notify();
}

Cursor::Cursor(std::unique_ptr<Source> source) {
  if (!source) throw std::invalid_argument("eventstream::Cursor: the source is null");
  core_ = std::make_shared<detail::CursorCore>(std::move(source));
}

Cursor& Cursor::operator=(Cursor&& other) noexcept {
  if (this != &other) {
    if (core_) (void)core_->close();
    core_ = std::move(other.core_);
  }
  return *this;
}

Cursor::~Cursor() {
  if (core_) (void)core_->close();
}

Result<Event> Cursor::next(const std::stop_token& token) {
  return core_ ? core_->next(token, nullptr) : Result<Event>(Errc::cursor_closed);
}

Result<Event> Cursor::next_until(Deadline deadline, const std::stop_token& token) {
  return core_ ? core_->next(token, &deadline) : Result<Event>(Errc::cursor_closed);
}

Result<Event> Cursor::try_next() {
  return core_ ? core_->try_next() : Result<Event>(Errc::cursor_closed);
}

Result<void> Cursor::close() {
  return core_ ? core_->close() : Result<void>(Errc::cursor_closed);
}

}  // namespace eventstream
