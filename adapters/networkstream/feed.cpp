#include <networkstream/call.hpp>
#include <networkstream/feed.hpp>
#include <networkstream/status.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace networkstream {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;
using eventstream::Waker;

Feed::Feed(std::shared_ptr<Connection> connection, Request request)
    : page_size_(std::max<std::size_t>(connection->options().prefetch / 2, 1)),
      patience_(connection->options().patience),
      first_backoff_(connection->options().first_backoff),
      longest_backoff_(connection->options().longest_backoff),
      connection_(std::move(connection)),
      request_(std::move(request)) {}

void Feed::start() {
  call();
}

void Feed::call() {
  const std::lock_guard calling(calling_);
  if (!connection_) return;
  std::shared_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || gone_) return;
    call = call_ = std::make_shared<Call>(connection_->ticket(), shared_from_this(), request_);
  }
  call->start(*connection_);
}

Feed::Rest Feed::give_up() {
  return {std::move(call_), std::exchange(paused_, false), std::move(alarm_),
          std::exchange(waker_, std::nullopt)};
}

void Feed::end(Rest rest) {
  if (rest.call) rest.call->cancel(rest.paused);
  rest.alarm.reset();
  if (rest.waker) wake(*rest.waker);
}

void Feed::let_go() {
  std::shared_ptr<Connection> connection;  // its end may take a moment
  const std::lock_guard calling(calling_);
  connection.swap(connection_);
}

void Feed::stop() {
  Rest rest;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    rest = give_up();
    rest.waker.reset();  // whom it would wake is gone
  }
  end(std::move(rest));
  let_go();
}

void Feed::lose_stream() {
  Rest rest;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    gone_ = true;
    rest = give_up();
  }
  end(std::move(rest));
  let_go();
}

Result<Event> Feed::poll() {
  if (gone_.load(std::memory_order_acquire)) return Errc::cursor_closed;
  if (given_ == page_.size())
    if (const Result<void> turned = turn_page(); !turned) return turned.error();
  return std::move(page_[given_++]);
}

Result<void> Feed::turn_page() {
  page_.clear();
  given_ = 0;
  std::unique_lock lock(mutex_);
  if (gone_) return Errc::cursor_closed;
  if (!events_.empty()) {
    page_.swap(events_);
    const std::shared_ptr<Call> reading = std::exchange(paused_, false) ? call_ : nullptr;
    lock.unlock();
    if (reading) reading->read_on();
    return {};
  }
  if (!error_) return Errc::not_yet;
  const Errc error = *error_;
  if (final_) return error;
  error_.reset();
  const bool asks = std::exchange(idle_, false);
  lock.unlock();
  if (asks) call();
  return error;
}

bool Feed::watch(const Waker& waker) {
  const std::lock_guard lock(mutex_);
  if (gone_ || error_ || !events_.empty()) return false;
  waker_ = waker;
  return true;
}

void Feed::unwatch() {
  const std::lock_guard lock(mutex_);
  waker_.reset();
}

void Feed::wake_reader(Wakes& wakes) {
  if (waker_) wakes.later(*std::exchange(waker_, std::nullopt));
}

Feed::Then Feed::received(Offset offset, WireEnvelope&& envelope, Wakes& wakes) {
  try {
    const std::lock_guard lock(mutex_);
    if (stopped_ || gone_ || final_) return Then::end;
    events_.push_back({offset, eventstream::Parcel(reader_.read(std::move(envelope)))});
    request_.set_offset(offset + 1);
    error_.reset();  // of a loss that is over, and that nobody has asked about
    found();
    paused_ = events_.size() >= page_size_;
    wake_reader(wakes);
    return paused_ ? Then::pause : Then::read;
  } catch (const std::invalid_argument&) {
    return received_nonsense(wakes);
  }
}

Feed::Then Feed::received_nonsense(Wakes& wakes) {
  const std::lock_guard lock(mutex_);
  error_ = Errc::backend_failure;
  final_ = true;
  wake_reader(wakes);
  return Then::end;
}

void Feed::found() {
  lost_.reset();
  backoff_ = {};
}

bool Feed::lost_too_long(Clock::time_point now) {
  if (!lost_) lost_ = now;
  if (now - *lost_ < patience_) return false;
  lost_ = now;
  return true;
}

void Feed::ended(const grpc::Status& status, Clock::duration under_way, Wakes& wakes) {
  const Verdict verdict = verdict_of(status);
  std::shared_ptr<Call> over;
  std::optional<std::chrono::milliseconds> delay;
  {
    const std::lock_guard lock(mutex_);
    over = std::move(call_);
    paused_ = false;
    if (stopped_ || gone_ || final_) return;
    if (verdict.lost) {
      // A quiet stream sends nothing; a server that was there for so long was there.
      if (under_way > Clock::duration::zero() && under_way >= patience_) found();
      delay = next_backoff();
      if (lost_too_long(Clock::now())) error_ = verdict.error;
    } else {
      error_ = verdict.error;
      final_ = verdict.error == Errc::truncated || verdict.error == Errc::unsupported_event_type;
      idle_ = true;
    }
    if (error_) wake_reader(wakes);
  }
  if (delay) call_later(*delay);
}

std::chrono::milliseconds Feed::next_backoff() {
  backoff_ = std::clamp(backoff_ * 2, first_backoff_, longest_backoff_);
  return backoff_;
}

void Feed::call_later(std::chrono::milliseconds delay) {
  auto alarm = std::make_unique<grpc::Alarm>();
  alarm->Set(std::chrono::system_clock::now() + delay, [self = shared_from_this()](bool due) {
    if (due) self->call();
  });
  // It may have rung already, but the loss of its call isn't told before this thread is done here.
  const std::lock_guard lock(mutex_);
  if (!stopped_ && !gone_) alarm_.swap(alarm);
}

}  // namespace networkstream
