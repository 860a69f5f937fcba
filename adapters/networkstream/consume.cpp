#include <eventstream/async.hpp>

#include <boost/asio/bind_executor.hpp>
#include <networkstream/consume.hpp>
#include <networkstream/status.hpp>
#include <networkstream/wire.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace networkstream {
namespace {

using boost::system::error_code;
using dogma::interop::v1::eventstream::ConsumeRequest;
using dogma::interop::v1::eventstream::ConsumeResponse;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;
using Clock = std::chrono::steady_clock;

/// An event waits no longer for others to travel with.
constexpr std::chrono::milliseconds longest_gathering{5};

class Refused final : public ConsumeReactor {
 public:
  explicit Refused(const grpc::Status& why) { Finish(why); }
  void OnDone() override { delete this; }
};

/// One thing is under way at a time: a write, whose end goes on, or a read, whose event is written.
/// Whatever ends the call closes the cursor, which ends the read; so it is always the same chain
/// that finishes, once. The cursor is the only thing that another thread touches meanwhile.
class Consume final : public ConsumeReactor, private Reading {
 public:
  Consume(std::shared_ptr<Offer> offer, eventstream::Cursor cursor, Wanted wanted, Offset offset,
          std::shared_ptr<const Transcoder> transcoder,
          const boost::asio::any_io_executor& executor)
      : offer_(std::move(offer)),
        cursor_(std::move(cursor)),
        wanted_(std::move(wanted)),
        position_(offset),
        transcoder_(std::move(transcoder)),
        executor_(executor),
        registration_(std::in_place, *offer_, static_cast<Reading&>(*this)) {
    go_on();
  }

  void OnWriteDone(bool ok) override {
    if (ok)
      go_on();
    else
      Finish(grpc::Status::CANCELLED);
  }

  void OnCancel() override {
    cancelled_ = true;
    end();
  }

  void OnDone() override {
    registration_.reset();  // before anything of this goes: it may be ended until then
    delete this;
  }

 private:
  void end() override { static_cast<void>(cursor_.close()); }

  void go_on() {
    if (const auto seen = std::exchange(ahead_, std::nullopt))
      return *seen ? send(**seen) : finish(seen->error());
    cursor_.async_next(
        boost::asio::bind_executor(executor_, [this](const error_code& error, const Event& next) {
          if (error)
            finish(error);
          else
            send(next);
        }));
  }

  void send(const Event& event) {
    if (const grpc::Status refused = respond(event); !refused.ok()) return Finish(refused);
    look_ahead();
    StartWrite(&response_,
               may_wait() ? grpc::WriteOptions().set_buffer_hint() : grpc::WriteOptions());
  }

  /// A transcoder that throws costs its own call: gRPC would go on without an end of it.
  grpc::Status respond(const Event& event) {
    try {
      auto encoded = wanted_.encode(event.parcel, *transcoder_);
      if (const auto* refused = std::get_if<grpc::Status>(&encoded)) return *refused;
      position_ = event.offset + 1;
      response_.set_offset(event.offset);
      to_wire(*std::get<eventstream::Parcel>(encoded), *response_.mutable_envelope());
      return grpc::Status::OK;
    } catch (const std::exception& failure) {
      return status::refused(grpc::StatusCode::INTERNAL, failure.what());
    } catch (...) {
      return status::refused(grpc::StatusCode::INTERNAL, "the transcoder failed");
    }
  }

  /// Doesn't wait: what is found behind a long run of other events must not hold up what is here.
  void look_ahead() {
    Result<Event> seen = cursor_.next_until(Clock::time_point::min());
    if (seen || seen.error() != Errc::timed_out) ahead_ = std::move(seen);
  }

  /// Events that are there travel together. The first one never waits: gRPC lets nothing of a call
  /// go before a write that may go at once.
  bool may_wait() {
    const Clock::time_point now = Clock::now();
    const bool may = ahead_ && *ahead_ && now - went_ < longest_gathering;
    if (!may) went_ = now;
    return may;
  }

  void finish(const error_code& error) {
    if (error == Errc::truncated) return Finish(status::truncated(position_));
    if (cancelled_) return Finish(grpc::Status::CANCELLED);
    Finish(offer_->ended().value_or(status::failed(error)));
  }

  const std::shared_ptr<Offer> offer_;
  eventstream::Cursor cursor_;
  const Wanted wanted_;
  Offset position_;
  const std::shared_ptr<const Transcoder> transcoder_;
  const boost::asio::any_io_executor executor_;
  ConsumeResponse response_;
  std::optional<Result<Event>> ahead_;  ///< what comes behind the event that is being written
  Clock::time_point went_;              ///< when a write last went at once
  std::atomic<bool> cancelled_ = false;
  std::optional<Registration> registration_;  ///< what comes last
};

grpc::Status refusal(const error_code& error, Offset offset) {
  return error == Errc::truncated ? status::truncated(offset) : status::failed(error);
}

}  // namespace

ConsumeReactor* refuse_to_consume(const grpc::Status& why) {
  return new Refused(why);
}

ConsumeReactor* consume(const Offers& offers, std::shared_ptr<const Transcoder> transcoder,
                        const boost::asio::any_io_executor& executor,
                        const ConsumeRequest& request) {
  auto found = offers.find(request.application_key());
  if (const auto* unknown = std::get_if<grpc::Status>(&found)) return refuse_to_consume(*unknown);
  auto offer = std::get<std::shared_ptr<Offer>>(std::move(found));
  auto wanted = Wanted::of(request, offer->served());
  if (const auto* refused = std::get_if<grpc::Status>(&wanted)) return refuse_to_consume(*refused);
  auto& asked = std::get<Wanted>(wanted);
  const Offset offset = request.offset();
  Result<eventstream::Cursor> cursor = offer->served().stream->open(offset, asked.types());
  if (!cursor) return refuse_to_consume(refusal(cursor.error(), offset));
  return new Consume(std::move(offer), *std::move(cursor), std::move(asked), offset,
                     std::move(transcoder), executor);
}

}  // namespace networkstream
