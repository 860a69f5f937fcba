#include "stream.hpp"

#include "find_entry.hpp"
#include "source.hpp"

#include <algorithm>

namespace mutants {

using eventstream::Cursor;
using eventstream::EventType;
using eventstream::Identity;
using eventstream::Source;

namespace {

std::shared_ptr<Log> add_log(Backend& backend, const streamtest::Scenario& scenario) {
  const Entry* entry = find_entry(entries(), scenario.arguments);
  return backend.add(scenario.event_types, entry ? entry->defect : Defect::none,
                     entry && entry->narrow);
}

}  // namespace

streamtest::Capabilities Stream::capabilities() {
  return {.truncation = streamtest::Truncation::strict,
          .conditional_append = true,
          .max_event_size = max_event_size,
          .cursors_outlive_stream = true,
          .twin = true};
}

Stream::Stream(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
    : backend_(std::move(backend)),
      application_(scenario.application),
      log_(add_log(*backend_, scenario)) {}

Stream::~Stream() {
  log_->leave();
}

Identity Stream::application() const {
  // The identity is read back from the store, which shortens it.
  if (has(Defect::name_changes_after_append)) {
    const auto lock = log_->lock();
    const std::string& name = application_.name();
    if (log_->end() > 0) return {name.substr(0, name.size() - 1), application_.key()};
  }
  return application_;
}

Result<EventTypeSet> Stream::event_types(const std::stop_token& token) const {
  if (token.stop_requested()) return Errc::cancelled;
  if (!has(Defect::types_come_from_stored_events)) return log_->types();
  // SELECT DISTINCT type FROM events: nothing on a fresh stream.
  EventTypeSet stored;
  const auto lock = log_->lock();
  for (Offset offset = log_->first(); offset < log_->end(); ++offset)
    stored.insert(log_->at(offset)->type);
  return stored;
}

Result<std::unique_ptr<Source>> Stream::open_source(Offset offset, const EventTypeSet& filter,
                                                    const std::stop_token& token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (filter.empty() && !has(Defect::empty_filter_means_all)) return Errc::no_event_types;
  // The check that the documentation promises is missing.
  if (!has(Defect::unsupported_type_is_accepted)) {
    for (const EventType& type : filter)
      if (!log_->types().contains(type)) return Errc::unsupported_event_type;
  }
  {
    const auto lock = log_->lock();
    // B14: an offset that isn't there yet is taken for the end.
    if (has(Defect::open_beyond_end_is_clamped)) offset = std::min(offset, log_->end());
    // B72: watching at the compacted revision is refused as compacted.
    if (has(Defect::open_at_cut_is_truncated) && offset == log_->first() && offset > 0)
      return Errc::truncated;
  }
  // B01: the start is taken as exclusive.
  if (has(Defect::open_is_exclusive)) ++offset;
  return std::make_unique<LogSource>(log_, offset, Filter(filter, log_->defect()));
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token) {
  Result<std::unique_ptr<Source>> source = open_source(offset, filter, token);
  if (!source) return source.error();
  return Cursor(*std::move(source));
}

Result<Offset> Stream::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  for (const Parcel& parcel : batch)
    if (parcel && parcel->source_application != application_) return Errc::invalid_argument;
  return log_->append(batch, expected);
}

Offset Stream::truncate(Offset first_retained) {
  return backend_->truncate(*log_, first_retained);
}

}  // namespace mutants
