#include <eventstream/cursor.hpp>
#include <eventstream/cursor_core.hpp>

#include <stdexcept>

namespace eventstream {

namespace detail {
namespace {

/// Neither an outcome nor a failure: the reader looks again or waits.
bool is_pending(const Result<Event>& seen) {
  return !seen && (seen.error() == Errc::not_yet || seen.error() == Errc::skipped);
}

}  // namespace

PendingRead::~PendingRead() {
  if (begun()) core_->abandon();
}

std::uint64_t PendingRead::begin() {
  return serial_ = core_->begin();
}

Result<Event> CursorCore::next(const std::stop_token& token, const Cursor::Deadline* deadline) {
  Result<Event> seen = first_look(token.stop_requested());
  if (is_pending(seen)) seen = wait(token, deadline);
  return seen;
}

Result<Event> CursorCore::first_look(bool cancelled) {
  std::lock_guard reading(reading_);
  Result<Event> seen = outstanding_ ? Result<Event>(refusal()) : look_once(cancelled);
  if (is_pending(seen)) outstanding_ = true;
  return seen;
}

Result<Event> CursorCore::try_next() {
  for (;;) {
    std::lock_guard reading(reading_);
    Result<Event> seen = outstanding_ ? Result<Event>(refusal()) : look_once(false);
    if (seen || seen.error() != Errc::skipped) return seen;
  }
}

Errc CursorCore::refusal() const {
  return closed_.load(std::memory_order_acquire) ? Errc::cursor_closed : Errc::busy;
}

Result<Event> CursorCore::look_once(bool cancelled) {
  if (closed_.load(std::memory_order_acquire) || !source_) return Errc::cursor_closed;
  end_watch();
  if (cancelled) return Errc::cancelled;
  return source_->poll();
}

bool CursorCore::watch() {
  return watching_ = source_->watch(Waker(shared_from_this()));
}

void CursorCore::end_watch() {
  if (!watching_) return;
  watching_ = false;
  source_->unwatch();
}

Result<Event> CursorCore::wait(const std::stop_token& token, const Cursor::Deadline* deadline) {
  std::condition_variable sleeper;
  // Made and destroyed with no lock held: it may run inline, and its destructor waits for a running
  // one.
  std::stop_callback wake(token, [this] {
    std::lock_guard waiting(waiting_);
    if (sleeper_) sleeper_->notify_one();
  });
  const auto over = [&] {
    return signalled_.load(std::memory_order_relaxed) || closed_.load(std::memory_order_relaxed) ||
           token.stop_requested();
  };
  for (;;) {
    clear_signal();
    // Neither a long scan nor any number of wake-ups for nothing extends a deadline (CAN-5).
    const bool last = deadline && std::chrono::steady_clock::now() >= *deadline;
    Result<Event> seen = look_while_waiting(token, last);
    if (!is_pending(seen)) return seen;
    if (seen.error() == Errc::skipped) continue;
    std::unique_lock waiting(waiting_);
    sleeper_ = &sleeper;
    if (deadline)
      sleeper.wait_until(waiting, *deadline, over);
    else
      sleeper.wait(waiting, over);
    sleeper_ = nullptr;
  }
}

/// One look of a waiting thread: an outcome, `skipped` (look again), or `not_yet` (watched: sleep).
/// It ends the read in the same critical section that takes the event.
Result<Event> CursorCore::look_while_waiting(const std::stop_token& token, bool last) {
  std::lock_guard reading(reading_);
  Result<Event> seen = look_once(token.stop_requested());
  if (is_pending(seen)) {
    if (!last) return seen.error() == Errc::not_yet && watch() ? Errc::not_yet : Errc::skipped;
    seen = Errc::timed_out;
  }
  outstanding_ = false;
  return seen;
}

Result<void> CursorCore::close() {
  {
    std::lock_guard waiting(waiting_);
    if (closed_.load(std::memory_order_relaxed)) return Errc::cursor_closed;
    closed_.store(true, std::memory_order_release);
    if (sleeper_) sleeper_->notify_one();
  }
  std::unique_ptr<Source> source;
  {
    std::lock_guard reading(reading_);
    source = std::move(source_);
    watching_ = false;
  }
  source.reset();
  // Last, because it may throw. Who parks from now on sees closed_ before.
  std::unique_lock waiting(waiting_);
  unpark(waiting);
  return {};
}

void CursorCore::notify() {
  std::unique_lock waiting(waiting_);
  if (parked_) return unpark(waiting);  // the post is the signal
  signalled_.store(true, std::memory_order_relaxed);
  if (sleeper_) sleeper_->notify_one();
}

/// Queues the parked read, if there is one, with the lock let go meanwhile.
void CursorCore::unpark(std::unique_lock<std::mutex>& waiting) {
  if (!parked_) return;
  struct PostEnd {
    CursorCore& core;
    ~PostEnd() { core.posts_ended_.fetch_add(1, std::memory_order_release); }
  };
  std::unique_ptr<PendingRead> read = std::move(parked_);
  ++posts_begun_;
  waiting.unlock();
  PendingRead& target = *read;
  PostEnd end{*this};
  target.post(std::move(read));
}

std::uint64_t CursorCore::begin() {
  std::lock_guard reading(reading_);
  if (outstanding_) return 0;
  outstanding_ = true;
  std::lock_guard waiting(waiting_);
  cancelled_.store(false, std::memory_order_relaxed);
  return ++serial_;
}

/// Before a look: what is signalled from here on makes another one (BLK-3). A signal that is
/// overlooked here only makes one too many.
void CursorCore::clear_signal() {
  if (!signalled_.load(std::memory_order_relaxed)) return;
  std::lock_guard waiting(waiting_);
  signalled_.store(false, std::memory_order_relaxed);
}

Result<Event> CursorCore::look(std::unique_ptr<PendingRead>& read, Look& looked) {
  clear_signal();
  std::unique_lock reading(reading_);
  Result<Event> outcome = look_once(cancelled_.load(std::memory_order_acquire));
  if (!is_pending(outcome)) {
    outstanding_ = false;
    looked = Look::done;
    return outcome;
  }
  looked = Look::again;
  if (outcome.error() == Errc::skipped || !watch()) return outcome;
  reading.unlock();
  park_on(read->context());
  std::lock_guard waiting(waiting_);
  if (signalled_.load(std::memory_order_relaxed) || cancelled_.load(std::memory_order_relaxed) ||
      closed_.load(std::memory_order_relaxed))
    return outcome;
  parked_ = std::move(read);
  looked = Look::parked;
  return outcome;
}

void CursorCore::cancel(std::uint64_t serial) {
  std::unique_lock waiting(waiting_);
  if (serial != serial_) return;
  cancelled_.store(true, std::memory_order_release);
  unpark(waiting);
}

void CursorCore::abandon() {
  std::lock_guard reading(reading_);
  outstanding_ = false;
  if (source_) end_watch();
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
    release();
    core_ = std::move(other.core_);
  }
  return *this;
}

Cursor::~Cursor() {
  release();
}

/// As close(). An executor that can't queue the pending read has destroyed it, and nothing more can
/// be done.
void Cursor::release() noexcept {
  if (!core_) return;
  try {
    (void)core_->close();
  } catch (...) {
    core_.reset();
  }
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
  // The reader that this wakes may destroy the cursor before close has returned.
  const std::shared_ptr<detail::CursorCore> core = core_;
  return core ? core->close() : Result<void>(Errc::cursor_closed);
}

}  // namespace eventstream
