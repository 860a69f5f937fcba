#include <streamtest/subject/trial.hpp>

#include <fmt/format.h>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

Pending Reader::start_next(bool cancelled) {
  if (cancelled) trial_->needs(Means::cancelling);
  const std::string arguments = cancelled ? "cancelled" : "";
  const std::string actor = std::string(to_string(trial_->driver_->delivery())) + " " + name_;
  std::shared_ptr<History> history = trial_->witness_->shared_history();
  const History::Number number = history->invoke("next", actor, name_, arguments);
  // A stuck next may return after its trial is gone: it then finds the history alone.
  auto slot =
      std::make_shared<Slot>([history, number, vocabulary = trial_->vocabulary_](const Slot& done) {
        const Result<Event>& result = done.outcome();
        Outcome outcome;
        if (done.thrown()) {
          outcome.kind = "exception: " + done.thrown()->text;
        } else if (!result) {
          outcome.kind = error_name(result.error());
        } else {
          outcome.kind = "event";
          outcome.offset = result->offset;
          if (result->parcel) {
            outcome.event_type = result->parcel->type.name();
            outcome.token = vocabulary->token ? vocabulary->token(*result->parcel)
                                              : result->parcel->data.substr(0, 80);
          }
        }
        history->complete(number, std::move(outcome));
      });
  {
    std::lock_guard lock(trial_->mutex_);
    if (Trial::Open* open = trial_->find(cursor_.get())) open->pending = slot;
  }
  trial_->driver_->start(cursor_, slot, cancelled);
  return Pending(*trial_, name_, std::move(slot));
}

Result<void> Reader::close(const std::string& actor) {
  History& history = trial_->witness_->history();
  const History::Number number = history.invoke("close", actor, name_, "");
  try {
    const Result<void> result = cursor_->close();
    history.complete(number, {result ? "ok" : error_name(result.error()), {}, {}, {}});
    return result;
  } catch (const std::exception& error) {
    history.complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
    if (is_told(error)) throw;
    trial_->fail(fmt::format("close of {} threw an exception; outcomes are values: {}", name_,
                             error.what()));
  }
}

void Reader::destroy() {
  History& history = trial_->witness_->history();
  const History::Number number = history.invoke("destroy", "case", name_, "");
  trial_->forget(cursor_.get());
  cursor_.reset();
  history.complete(number, {"ok", {}, {}, {}});
}

bool Pending::returned_in_time() {
  return trial_->driver_->until(*slot_, trial_->patience_);
}

Result<Event> Pending::result() {
  if (!returned_in_time()) {
    const auto seconds = std::chrono::duration<double>(trial_->patience_).count();
    trial_->fail(fmt::format("next of {} is stuck: it has not returned within {:.3g} s{}", cursor_,
                             seconds,
                             trial_->driver_->exact() ? " and nothing else can happen" : ""));
  }
  rethrow();
  const Result<Event>& outcome = slot_->outcome();
  // What a case may look into.
  if (outcome && !outcome->parcel)
    trial_->fail(
        fmt::format("next of {} gave an empty event at {}: expected one that holds an "
                    "envelope, or an error",
                    cursor_, outcome->offset));
  return outcome;
}

void Pending::rethrow() const {
  const std::optional<Thrown>& thrown = slot_->thrown();
  if (!thrown) return;
  if (thrown->by == Thrown::By::harness) throw HarnessFailure(thrown->text);
  if (thrown->by == Thrown::By::lost_stream) throw StreamLost(thrown->text);
  trial_->fail(
      fmt::format("next of {} threw an exception; outcomes are values: {}", cursor_, thrown->text));
}

void Pending::cancel() {
  trial_->needs(Means::cancelling);
  slot_->cancel();
}

void Pending::give_up() {
  if (trial_->has(Means::cancelling)) slot_->cancel();
}

void Pending::must_give(const Expectation& expected) {
  if (!returned_in_time()) {
    const auto seconds = std::chrono::duration<double>(trial_->patience_).count();
    trial_->fail(
        fmt::format("next of {} is stuck: expected {}, but it has not returned within {:.3g} s",
                    cursor_, trial_->describe(expected), seconds));
  }
  rethrow();
  const Result<Event>& seen = slot_->outcome();
  const Errc* code = std::get_if<Errc>(&expected);
  const bool right = code ? !seen && seen.error() == *code
                          : seen && trial_->same(std::get<Logged>(expected), *seen);
  if (!right)
    trial_->fail(fmt::format("next of {} gave the wrong outcome: expected {}, seen {}", cursor_,
                             trial_->describe(expected), trial_->describe(seen)));
}

void Pending::must_be_waiting() {
  trial_->driver_->settle();
  if (!slot_->done()) return;
  rethrow();
  trial_->fail(fmt::format(
      "next of {} did not wait: it returned {} although nothing it could return had happened",
      cursor_, trial_->describe(slot_->outcome())));
}

}  // namespace streamtest
