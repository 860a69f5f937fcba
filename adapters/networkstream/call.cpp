#include <networkstream/call.hpp>

#include <utility>

namespace networkstream {

void Call::start(Connection& connection) {
  wakes_ = &connection.wakes();
  reader_ = connection.consume(context_, request_);
  self_ = shared_from_this();
  reader_->StartCall(start_.tag());
  read_on();
}

void Call::cancel(bool paused) {
  context_.TryCancel();
  if (paused) end();
}

void Call::has_started(bool ok) {
  started_ = true;
  // The request is on its way: gRPC has a connection, on which the server has said something.
  if (ok) connected_ = Feed::Clock::now();
  if (ended_) let_go();
}

void Call::has_read(bool ok) {
  if (!ok) return end();
  switch (receive()) {
    case Feed::Then::read:
      return read_on();
    case Feed::Then::pause:
      return;
    case Feed::Then::end:
      return cancel(true);
  }
}

Feed::Then Call::receive() {
  using dogma::interop::v1::eventstream::ConsumeResponse;
  auto* response = google::protobuf::Arena::CreateMessage<ConsumeResponse>(&arena_);
  const bool readable =
      grpc::SerializationTraits<ConsumeResponse>::Deserialize(&bytes_, response).ok();
  const Feed::Then then =
      readable
          ? feed_->received(response->offset(), std::move(*response->mutable_envelope()), *wakes_)
          : feed_->received_nonsense(*wakes_);
  arena_.Reset();
  return then;
}

void Call::has_ended(bool) {
  feed_->ended(status_,
               connected_ ? Feed::Clock::now() - *connected_ : Feed::Clock::duration::zero(),
               *wakes_);
  ended_ = true;
  if (started_) let_go();
}

void Call::let_go() {
  const std::shared_ptr<Call> last = std::move(self_);
}

}  // namespace networkstream
