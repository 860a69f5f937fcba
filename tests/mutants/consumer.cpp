#include "role.hpp"

#include <streamtest/subject/harness.hpp>

#include <algorithm>
#include <mutex>

// A stand-in for consumers, as simple as can be, with a switch for each defect.

namespace mutants {
namespace {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Handler;
using eventstream::Offset;
using eventstream::Result;
using eventstream::Semaphore;
using eventstream::Stream;
using std::chrono::nanoseconds;

enum class ConsumerDefect {
  none,
  expected_is_the_events_offset,
  offset_is_remembered_over_a_failure,
  opens_with_all_that_is_wanted,
  failed_event_is_skipped,
  delivered_event_is_trusted,
  envelope_is_not_checked,
  count_is_never_reset,
  handler_failure_is_never_forgotten,
  read_resets_after_handler_failure,
  doubling_overflows,
  delay_is_passed_on_unlooked,
  delay_has_no_upper_limit,
  wait_for_permit_ignores_stop,
  backoff_ignores_stop,
  nothing_wanted_is_a_failure,
  cursor_stays_open_when_the_handler_fails,
  permit_stays_when_the_handler_fails,
  permit_is_for_the_read,
  missing_strategy_is_called,
  permit_is_not_waited_for_long,
  contended_permit_is_lost,
  a_failed_read_is_the_end,
  cursor_stays_open_when_stopped,
  permit_stays_when_stopped,
  nothing_wanted_is_tried_again,
  nothing_wanted_is_an_error,
};

ConsumerDefect defect_of(const std::string& id);

/// One run.
class StandIn {
 public:
  StandIn(ConsumerDefect defect, Stream& stream, Handler& handler, std::stop_token token,
          const streamtest::ConsumerSetup& setup)
      : defect_(defect),
        stream_(stream),
        handler_(handler),
        token_(std::move(token)),
        setup_(setup) {}

  Result<void> run() {
    for (;;) {
      const bool ended = !attempt();
      if (token_.stop_requested()) return Errc::cancelled;
      if (ended && has(ConsumerDefect::nothing_wanted_is_an_error)) return Errc::no_event_types;
      if (ended) return {};
      if (has(ConsumerDefect::a_failed_read_is_the_end) && !handler_failed_)
        return Errc::backend_failure;
      ++failures_;
      if (setup_.log) setup_.log("something failed");
      const std::stop_token none;
      (void)setup_.clock->wait_for(delay(),
                                   has(ConsumerDefect::backoff_ignores_stop) ? none : token_);
    }
  }

  /// What the defective ones never give back.
  std::vector<Cursor> cursors;
  std::vector<Semaphore::Permit> permits;

 private:
  bool has(ConsumerDefect defect) const { return defect_ == defect; }

  /// Until something fails; false if there is nothing to consume.
  bool attempt() {
    try {
      const Result<EventTypeSet> produced = stream_.event_types(token_);
      if (!produced) return other_failed();
      EventTypeSet types;
      for (const EventType& type : handler_.event_types())
        if (produced->contains(type) || has(ConsumerDefect::opens_with_all_that_is_wanted))
          types.insert(type);
      if (types.empty() && has(ConsumerDefect::nothing_wanted_is_tried_again))
        return other_failed();
      if (types.empty() && !has(ConsumerDefect::nothing_wanted_is_a_failure)) return false;
      const Result<Offset> next = handler_.next_offset(stream_.application(), token_);
      if (!next) return other_failed();
      // B114
      if (!has(ConsumerDefect::offset_is_remembered_over_a_failure) || expected_ == 0)
        expected_ = *next;
      Result<Cursor> cursor = stream_.open(expected_, types, token_);
      if (!cursor) return other_failed();
      while (consume(*cursor)) {
      }
      if ((has(ConsumerDefect::cursor_stays_open_when_the_handler_fails) && handler_failed_) ||
          (has(ConsumerDefect::cursor_stays_open_when_stopped) && token_.stop_requested()))
        cursors.push_back(*std::move(cursor));
      return true;
    } catch (const std::exception&) {
      return other_failed();
    }
  }

  bool other_failed() {
    if (!has(ConsumerDefect::handler_failure_is_never_forgotten)) handler_failed_ = false;
    return true;
  }

  /// One event; false if something failed.
  bool consume(Cursor& cursor) {
    const Result<Event> event = cursor.next(token_);
    if (!event) return !other_failed();
    if ((!handler_failed_ || has(ConsumerDefect::read_resets_after_handler_failure)) &&
        !has(ConsumerDefect::count_is_never_reset))  // B116
      failures_ = 0;
    if (!is_fit(*event)) return !other_failed();
    std::optional<Semaphore::Permit> permit;
    if (setup_.semaphore && !acquire(permit)) return !other_failed();
    if (has(ConsumerDefect::permit_is_for_the_read)) permit.reset();
    const bool handled = handle(*event);
    if (permit && !handled && has(ConsumerDefect::permit_stays_when_the_handler_fails))
      permits.push_back(*std::move(permit));
    else if (permit && token_.stop_requested() && has(ConsumerDefect::permit_stays_when_stopped))
      permits.push_back(*std::move(permit));
    // B113
    if (!handled && has(ConsumerDefect::failed_event_is_skipped)) expected_ = event->offset + 1;
    return handled || has(ConsumerDefect::failed_event_is_skipped);
  }

  /// False if it gave up; with one defect it goes on without a permit.
  bool acquire(std::optional<Semaphore::Permit>& permit) {
    permit = setup_.semaphore->try_acquire();
    if (permit || has(ConsumerDefect::permit_is_not_waited_for_long)) return true;
    const std::stop_token none;
    Result<Semaphore::Permit> acquired = setup_.semaphore->acquire(
        has(ConsumerDefect::wait_for_permit_ignores_stop) ? none : token_);
    if (!acquired) return false;
    permit = *std::move(acquired);
    if (has(ConsumerDefect::contended_permit_is_lost)) permits.push_back(*std::move(permit));
    return true;
  }

  bool handle(const Event& event) {
    const Offset expected =
        has(ConsumerDefect::expected_is_the_events_offset) ? event.offset : expected_;
    bool handled = false;
    try {
      handled = handler_.handle_event(expected, event, token_).has_value();
    } catch (const std::exception&) {
      handled = false;  // as any failure
    }
    if (!handled) {
      handler_failed_ = true;
      return false;
    }
    expected_ = event.offset + 1;
    if (!has(ConsumerDefect::handler_failure_is_never_forgotten)) handler_failed_ = false;
    if (!has(ConsumerDefect::count_is_never_reset)) failures_ = 0;
    return true;
  }

  bool is_fit(const Event& event) const {
    if (!event.parcel) return false;
    const eventstream::Envelope& envelope = *event.parcel;
    const bool complete = !envelope.type.name().empty() && !envelope.message_id.empty() &&
                          !envelope.causation_id.empty() && !envelope.correlation_id.empty();
    if (!complete && !has(ConsumerDefect::envelope_is_not_checked)) return false;
    if (has(ConsumerDefect::delivered_event_is_trusted)) return true;
    return event.offset >= expected_ && envelope.source_application == stream_.application();
  }

  nanoseconds delay() const {
    constexpr nanoseconds first = std::chrono::milliseconds(100);
    constexpr nanoseconds longest = std::chrono::minutes(1);
    nanoseconds told;
    if (setup_.strategy || has(ConsumerDefect::missing_strategy_is_called)) {
      told = setup_.strategy(failures_);
      if (has(ConsumerDefect::delay_is_passed_on_unlooked)) return told;
    } else if (has(ConsumerDefect::doubling_overflows)) {  // B117
      return nanoseconds(first.count() << std::min<std::uint64_t>(failures_, 63));
    } else {
      told = failures_ > 16 ? longest : first * (1 << failures_);
    }
    return std::clamp(told, nanoseconds(0),
                      has(ConsumerDefect::delay_has_no_upper_limit) ? nanoseconds::max() : longest);
  }

  const ConsumerDefect defect_;
  Stream& stream_;
  Handler& handler_;
  const std::stop_token token_;
  const streamtest::ConsumerSetup& setup_;
  Offset expected_ = 0;
  std::uint64_t failures_ = 0;
  bool handler_failed_ = false;  // the last failure was the handler's
};

/// Keeps what a run kept until its own end, so that nothing is lost for good.
class StandInHarness {
 public:
  explicit StandInHarness(const streamtest::Scenario& scenario)
      : defect_(defect_of(scenario.arguments)) {}

  Result<void> run(Stream& stream, Handler& handler, std::stop_token token,
                   const streamtest::ConsumerSetup& setup) {
    StandIn consumer(defect_, stream, handler, std::move(token), setup);
    const Result<void> result = consumer.run();
    std::lock_guard lock(mutex_);
    std::ranges::move(consumer.cursors, std::back_inserter(cursors_));
    std::ranges::move(consumer.permits, std::back_inserter(permits_));
    semaphores_.push_back(setup.semaphore);
    return result;
  }

 private:
  const ConsumerDefect defect_;
  std::mutex mutex_;
  std::vector<Cursor> cursors_;
  std::vector<std::shared_ptr<Semaphore>> semaphores_;  ///< which the permits are of
  std::vector<Semaphore::Permit> permits_;
};

struct Line {
  const char* id;
  const char* rule;
  ConsumerDefect defect;
  const char* phrase;
  const char* sentence;
};

constexpr Line lines[] = {
    {"S-4", "CNS-1", ConsumerDefect::expected_is_the_events_offset,
     "one more than the last event that was handled",
     "it passes the event's offset instead of the one that it expects"},
    {"X-CNS-1", "CNS-1", ConsumerDefect::offset_is_remembered_over_a_failure,
     "the handler's next offset",
     "it goes on where it stood before a failure, whatever the handler says"},
    {"X-CNS-1b", "CNS-1", ConsumerDefect::opens_with_all_that_is_wanted,
     "those both produced and wanted", "it opens with types that the stream doesn't have"},
    {"O-54", "CNS-2", ConsumerDefect::failed_event_is_skipped, "before event",
     "the expected offset moves before the handler succeeded: a failed event is skipped"},
    {"S-3", "CNS-3", ConsumerDefect::delivered_event_is_trusted,
     "with an offset below the expected one reached the handler",
     "neither the source application nor the offset is checked"},
    {"X-CNS-3", "CNS-3", ConsumerDefect::envelope_is_not_checked, "id reached the handler",
     "an event without its ids is handed on"},
    {"O-55", "CNS-4", ConsumerDefect::count_is_never_reset, "failures: expected 1",
     "the number of failures is never reset after a success"},
    {"X-CNS-4", "CNS-4", ConsumerDefect::handler_failure_is_never_forgotten,
     "was asked for the delay after",
     "once the handler has failed, no read resets the number of failures"},
    {"X-CNS-4b", "CNS-4", ConsumerDefect::read_resets_after_handler_failure,
     "was asked for the delay after 1 failures: expected 2",
     "a read resets the number of failures also when the handler fails again and again"},
    {"X-CNS-4c", "CNS-4", ConsumerDefect::doubling_overflows, "expected a finite delay",
     "doubling the delay overflows after many failures"},
    {"X-CNS-4d", "CNS-4", ConsumerDefect::delay_is_passed_on_unlooked, "expected no negative delay",
     "a negative delay goes to the clock as the strategy told it"},
    {"X-CNS-4e", "CNS-4", ConsumerDefect::delay_has_no_upper_limit, "expected a finite delay",
     "the strategy's longest delay goes to the clock, which can't add it to the time"},
    {"X-CNS-5", "CNS-5", ConsumerDefect::wait_for_permit_ignores_stop,
     "asked to stop while it waited for a permit",
     "the wait for a permit doesn't look at the token"},
    {"X-CNS-5b", "CNS-5", ConsumerDefect::backoff_ignores_stop, "asked to stop in its backoff",
     "the delay after a failure doesn't look at the token"},
    {"X-CNS-5c", "CNS-5", ConsumerDefect::permit_is_not_waited_for_long,
     "while others held all permits", "it handles an event without a permit when none is free"},
    {"X-CNS-5d", "CNS-5", ConsumerDefect::a_failed_read_is_the_end, "before it was asked to stop",
     "a failed read ends it"},
    {"S-2", "CNS-6", ConsumerDefect::cursor_stays_open_when_the_handler_fails, "cursors were open",
     "the cursor isn't closed when the handler fails"},
    {"X-CNS-6", "CNS-6", ConsumerDefect::nothing_wanted_is_a_failure, "expected no open",
     "it opens with no type if nothing that is wanted is produced"},
    {"X-CNS-6b", "CNS-6", ConsumerDefect::permit_stays_when_the_handler_fails,
     "it held a permit while it waited", "the permit isn't released when the handler fails"},
    {"X-CNS-6c", "CNS-6", ConsumerDefect::cursor_stays_open_when_stopped, "still open",
     "the cursor isn't closed when it is stopped"},
    {"X-CNS-6d", "CNS-6", ConsumerDefect::permit_stays_when_stopped, "the permit is still taken",
     "the permit isn't released when it is stopped"},
    {"X-CNS-6e", "CNS-6", ConsumerDefect::nothing_wanted_is_tried_again, "it doesn't return",
     "nothing that is wanted is produced, and it asks again and again"},
    {"X-CNS-6f", "CNS-6", ConsumerDefect::nothing_wanted_is_an_error, "expected success, but run",
     "it returns a failure if nothing that is wanted is produced"},
    {"X-CNS-7", "CNS-7", ConsumerDefect::permit_is_for_the_read, "while no permit was held",
     "the permit is released before the handler is called"},
    {"X-CNS-7b", "CNS-7", ConsumerDefect::permit_is_not_waited_for_long, "handlers ran at once",
     "it handles an event without a permit when none is free"},
    {"X-CNS-7c", "CNS-7", ConsumerDefect::contended_permit_is_lost, "run is stuck",
     "a permit that was waited for is never released"},
    {"X-CNS-8", "CNS-8", ConsumerDefect::missing_strategy_is_called, "threw an exception",
     "a strategy that wasn't given is called"},
};

ConsumerDefect defect_of(const std::string& id) {
  for (const Line& line : lines)
    if (id == line.id) return line.defect;
  return ConsumerDefect::none;
}

streamtest::SubjectFactory make(const std::string& id) {
  return streamtest::make_factory<StandInHarness>(id);
}

std::vector<RoleEntry> all() {
  std::vector<RoleEntry> list;
  for (const Line& line : lines)
    list.push_back({{line.id, "con", line.rule, line.phrase, line.sentence, false}, make});
  list.push_back(
      {{"CONTROL-C", "con", "", "", "the stand-in consumer without a defect", true}, make});
  return list;
}

}  // namespace

const std::vector<RoleEntry>& consumer_entries() {
  static const std::vector<RoleEntry> list = all();
  return list;
}

}  // namespace mutants
