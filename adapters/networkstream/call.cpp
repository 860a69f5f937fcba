#include <networkstream/call.hpp>

#include <utility>

namespace networkstream {

void Call::start(Connection& connection) {
  self_ = shared_from_this();
  wakes_ = &connection.wakes();
  reader_ = connection.stub().PrepareAsyncConsume(&context_, request_, &connection.queue());
  reader_->StartCall(&start_);
  read_on();
}

void Call::read_on() {
  using dogma::interop::v1::eventstream::ConsumeResponse;
  arena_.Reset();
  response_ = google::protobuf::Arena::CreateMessage<ConsumeResponse>(&arena_);
  reader_->Read(response_, &read_);
}

void Call::cancel(bool paused) {
  context_.TryCancel();
  if (paused) end();
}

void Call::has_started(bool) {
  started_ = true;
  if (ended_) let_go();
}

void Call::has_read(bool ok) {
  if (!ok) return end();
  switch (
      feed_->received(response_->offset(), std::move(*response_->mutable_envelope()), *wakes_)) {
    case Feed::Then::read:
      return read_on();
    case Feed::Then::pause:
      return;
    case Feed::Then::end:
      return cancel(true);
  }
}

void Call::has_ended(bool) {
  feed_->ended(status_);
  ended_ = true;
  if (started_) let_go();
}

void Call::let_go() {
  const std::shared_ptr<Call> last = std::move(self_);
}

}  // namespace networkstream
