#include "odd.hpp"

#include <streamtest/subject/harness.hpp>

#include <map>
#include <mutex>
#include <optional>

// A handler and a consumer that keep the contract in unusual ways.

namespace odd {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

/// Tries an effect that failed again by itself, and says that something is wrong by exceptions.
class RetryingHandler {
 public:
  explicit RetryingHandler(EventTypeSet types) : types_(std::move(types)) {}

  EventTypeSet event_types() const { return types_; }
  Result<Offset> next_offset(const Identity& application, const std::stop_token&) {
    std::lock_guard lock(mutex_);
    const auto found = next_.find(application.key());
    return found == next_.end() ? 0 : found->second;
  }
  Result<void> handle_event(Offset expected, const Event& event, const std::stop_token&) {
    std::lock_guard lock(mutex_);
    Offset& next = next_[event.parcel->source_application.key()];
    if (next != expected) throw std::runtime_error("another offset was expected");
    while (std::exchange(fails_, false)) {
    }
    effects_.push_back(event.parcel->message_id);
    next = event.offset + 1;
    return {};
  }

  std::vector<std::string> effects() const { return effects_; }
  void fail_next() { fails_ = true; }

 private:
  const EventTypeSet types_;
  std::mutex mutex_;
  std::map<std::string, Offset> next_;
  std::vector<std::string> effects_;
  bool fails_ = false;
};

class RetryingHarness {
 public:
  explicit RetryingHarness(const streamtest::Scenario& scenario) : handler_(scenario.event_types) {}
  RetryingHandler& handler() { return handler_; }
  std::vector<std::string> effects() { return handler_.effects(); }
  void fail_next() { handler_.fail_next(); }

 private:
  RetryingHandler handler_;
};

/// Takes its permit before it asks for an event, asks for the event types only once, closes its old
/// cursor when it has the new one, and sleeps in slices.
class ThriftyConsumer {
 public:
  explicit ThriftyConsumer(const streamtest::Scenario&) {}

  Result<void> run(eventstream::Stream& stream, eventstream::Handler& handler,
                   const std::stop_token& token, const streamtest::ConsumerSetup& setup) {
    Run run{stream, handler, token, setup};
    return run.run();
  }

 private:
  struct Run {
    Result<void> run() {
      while (!token.stop_requested()) {
        const Result<void> ended = attempt();
        if (ended) return {};
        if (token.stop_requested()) break;
        back_off();
      }
      return Errc::cancelled;
    }

    /// Success if there is nothing to consume.
    Result<void> attempt() {
      try {
        return consume();
      } catch (const std::exception&) {
        return Errc::backend_failure;
      }
    }

    Result<void> consume() {
      const bool last_was_handler = std::exchange(handler_failed, false);
      if (types.empty()) {
        const Result<EventTypeSet> produced = stream.event_types(token);
        if (!produced) return produced.error();
        for (const EventType& type : *produced)
          if (handler.event_types().contains(type)) types.insert(type);
        if (types.empty()) return {};
      }
      const Result<Offset> next = handler.next_offset(stream.application(), token);
      if (!next) return next.error();
      Offset expected = *next;
      auto opened = stream.open(expected, types, token);
      if (!opened) return opened.error();
      cursor = *std::move(opened);
      for (bool counts = last_was_handler;; counts = false) {
        std::optional<eventstream::Semaphore::Permit> permit;
        if (setup.semaphore) {
          auto acquired = setup.semaphore->acquire(token);
          if (!acquired) return acquired.error();
          permit = *std::move(acquired);
        }
        const Result<Event> event = cursor->next(token);
        if (!event) return event.error();
        if (!is_fit(*event, expected)) return Errc::invalid_argument;
        if (!counts) failures = 0;
        handler_failed = true;
        const Result<void> handled = handler.handle_event(expected, *event, token);
        if (!handled) return handled.error();
        handler_failed = false;
        failures = 0;
        expected = event->offset + 1;
      }
    }

    bool is_fit(const Event& event, Offset expected) const {
      return event.parcel && event.offset >= expected &&
             event.parcel->source_application == stream.application() &&
             types.contains(event.parcel->type) && !event.parcel->message_id.empty() &&
             !event.parcel->causation_id.empty() && !event.parcel->correlation_id.empty();
    }

    void back_off() {
      ++failures;
      const std::chrono::nanoseconds delay =
          std::max(std::chrono::nanoseconds(0),
                   setup.strategy ? setup.strategy(failures) : std::chrono::seconds(1));
      const std::chrono::nanoseconds half = delay / 2;
      if (setup.clock->wait_for(half, token)) (void)setup.clock->wait_for(delay - half, token);
    }

    eventstream::Stream& stream;
    eventstream::Handler& handler;
    const std::stop_token& token;
    const streamtest::ConsumerSetup& setup;
    EventTypeSet types = {};
    std::optional<eventstream::Cursor> cursor = {};
    std::uint64_t failures = 0;
    bool handler_failed = false;
  };
};

}  // namespace

streamtest::SubjectFactory retrying_handler(const std::string& name) {
  return streamtest::make_factory<RetryingHarness>(name);
}

streamtest::SubjectFactory thrifty_consumer(const std::string& name) {
  return streamtest::make_factory<ThriftyConsumer>(name);
}

}  // namespace odd
