#include <streamtest/explore/terms.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

Terms::Terms(const Trial& trial) : trial_(&trial) {
  for (const eventstream::EventType& type : trial.all_types()) type_names_.push_back(type.name());
}

std::size_t Terms::index_of(const eventstream::EventType& type) const {
  return static_cast<std::size_t>(std::find(type_names_.begin(), type_names_.end(), type.name()) -
                                  type_names_.begin());
}

std::string Terms::content(const eventstream::Parcel& parcel) const {
  if (!parcel) return "";
  return fmt::format("{}\n{}\n{}\n{}", parcel->type.name(), trial_->token(*parcel),
                     parcel->source_application.name(), parcel->source_application.key());
}

Known Terms::known(const Logged& event) const {
  return {event.offset, index_of(event.parcel->type), content(event.parcel),
          trial_->describe(Expectation(event))};
}

Seen Terms::failure(const boost::system::error_code& error) {
  Seen seen{.kind = Seen::Kind::other};
  if (error == Errc::truncated) seen.kind = Seen::Kind::truncated;
  if (error == Errc::cancelled) seen.kind = Seen::Kind::cancelled;
  if (error == Errc::cursor_closed) seen.kind = Seen::Kind::closed;
  seen.text = error.category() == eventstream::error_category()
                  ? std::string(eventstream::to_string(static_cast<Errc>(error.value())))
                  : error.message();
  return seen;
}

Seen Terms::outcome(Pending& read) const {
  try {
    const Result<Event> result = read.result();
    if (!result) return failure(result.error());
    return {Seen::Kind::event, result->offset,
            result->parcel ? index_of(result->parcel->type) : ~std::size_t{0},
            content(result->parcel), trial_->describe(result)};
  } catch (const Violation& violation) {
    return {.kind = Seen::Kind::other, .text = "an exception (" + violation.message() + ")"};
  }
}

bool returns_within(Trial& trial, Pending& read, std::chrono::nanoseconds patience) {
  const std::chrono::nanoseconds usual = trial.patience();
  trial.set_patience(patience);
  const bool returned = read.returned_in_time();
  trial.set_patience(usual);
  return returned;
}

}  // namespace streamtest
