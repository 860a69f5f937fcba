#include <eventstream/consumer.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventstream {

namespace {

constexpr std::chrono::nanoseconds longest_delay = std::chrono::hours(24);
constexpr std::chrono::nanoseconds delay_without_advice = std::chrono::minutes(1);

/// What a stream or a handler throws counts as what it could have returned.
template <typename Action>
auto guarded(Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const boost::system::system_error& failure) {
    return failure.code();
  } catch (const std::exception&) {
    return Errc::backend_failure;
  }
}

EventTypeSet intersection(const EventTypeSet& left, const EventTypeSet& right) {
  std::vector<EventType> both;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                        std::back_inserter(both));
  return EventTypeSet(std::move(both));
}

bool may_be_handled(const Event& event, Offset expected, const Identity& application,
                    const EventTypeSet& types) {
  if (event.offset < expected || !event.parcel) return false;
  const Envelope& envelope = *event.parcel;
  return envelope.source_application == application && types.contains(envelope.type) &&
         !envelope.message_id.empty() && !envelope.causation_id.empty() &&
         !envelope.correlation_id.empty();
}

}  // namespace

Consumer::Consumer(Stream& stream, Handler& handler, ConsumerOptions options)
    : stream_(stream), handler_(handler), options_(std::move(options)) {
  if (!options_.backoff) options_.backoff = exponential();
  if (!options_.clock) options_.clock = std::make_shared<SteadyClock>();
}

Result<void> Consumer::run(const std::stop_token& token) {
  failures_ = 0;
  handler_failed_ = false;
  for (;;) {
    const std::optional<Failure> failure = consume(token);
    if (token.stop_requested()) return Errc::cancelled;
    if (!failure) return {};
    ++failures_;
    const std::chrono::nanoseconds delay = this->delay();
    if (options_.log) options_.log({failure->step, failure->error, failures_, delay});
    if (!options_.clock->wait_for(delay, token)) return Errc::cancelled;
  }
}

/// Until something fails; nothing if there is nothing to consume.
std::optional<Consumer::Failure> Consumer::consume(const std::stop_token& token) {
  const auto failed = [this](std::string_view step, boost::system::error_code error) {
    handler_failed_ = false;
    return Failure{step, error};
  };
  const auto produced = guarded([&] { return stream_.event_types(token); });
  if (!produced) return failed("event types", produced.error());
  const auto wanted = guarded([&]() -> Result<EventTypeSet> { return handler_.event_types(); });
  if (!wanted) return failed("event types", wanted.error());
  const EventTypeSet types = intersection(*produced, *wanted);
  if (types.empty()) return std::nullopt;
  const auto application = guarded([&]() -> Result<Identity> { return stream_.application(); });
  if (!application) return failed("next offset", application.error());
  const auto offset = guarded([&] { return handler_.next_offset(*application, token); });
  if (!offset) return failed("next offset", offset.error());
  auto cursor = guarded([&] { return stream_.open(*offset, types, token); });
  if (!cursor) return failed("open", cursor.error());
  return handle_all(*cursor, *offset, *application, types, token);
}

std::optional<Consumer::Failure> Consumer::handle_all(Cursor& cursor, Offset expected,
                                                      const Identity& application,
                                                      const EventTypeSet& types,
                                                      const std::stop_token& token) {
  for (;;) {
    const bool last_was_handler = std::exchange(handler_failed_, false);
    const Result<Event> event = guarded([&] { return cursor.next(token); });
    if (!event) return Failure{"read", event.error()};
    if (!last_was_handler) failures_ = 0;
    if (!may_be_handled(*event, expected, application, types))
      return Failure{"check", Errc::invalid_argument};
    Result<void> handled;
    {
      Semaphore::Permit permit;
      if (options_.semaphore) {
        auto acquired = options_.semaphore->acquire(token);
        if (!acquired) return Failure{"handle", acquired.error()};
        permit = *std::move(acquired);
      }
      handled = guarded([&] { return handler_.handle_event(expected, *event, token); });
    }
    handler_failed_ = !handled;
    if (!handled) return Failure{"handle", handled.error()};
    failures_ = 0;
    expected = event->offset + 1;
  }
}

std::chrono::nanoseconds Consumer::delay() const {
  try {
    return std::clamp(options_.backoff(failures_), std::chrono::nanoseconds(0), longest_delay);
  } catch (const std::exception&) {
    return delay_without_advice;
  }
}

}  // namespace eventstream
