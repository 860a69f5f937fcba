#include <networkstream/call.hpp>

#include <utility>

namespace networkstream {

void Call::start(Connection::Stub& stub) {
  self_ = shared_from_this();
  stub.async()->Consume(&context_, &request_, this);
  AddHold();
  StartRead(&response_);
  StartCall();
}

void Call::cancel(bool paused) {
  context_.TryCancel();
  if (paused) RemoveHold();
}

void Call::OnReadDone(bool ok) {
  if (!ok) return RemoveHold();
  switch (feed_->received(response_.offset(), std::move(*response_.mutable_envelope()))) {
    case Feed::Then::read:
      return StartRead(&response_);
    case Feed::Then::pause:
      return;
    case Feed::Then::end:
      return cancel(true);
  }
}

void Call::OnDone(const grpc::Status& status) {
  feed_->ended(status);
  const std::shared_ptr<Call> last = std::move(self_);
}

}  // namespace networkstream
