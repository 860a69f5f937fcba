#include <persistedstream/source.hpp>
#include <persistedstream/stream.hpp>

#include <algorithm>
#include <stdexcept>

namespace persistedstream {

using eventstream::Cursor;
using eventstream::Errc;

namespace {

bool holds_all(const EventTypeSet& types, const EventTypeSet& filter) {
  return std::ranges::all_of(
      filter, [&](const eventstream::EventType& type) { return types.contains(type); });
}

}  // namespace

Stream::Stream(std::shared_ptr<EventRepository> repository, Options options) {
  if (!repository) throw std::invalid_argument("a persisted stream needs a repository");
  tail_ = std::make_shared<Tail>(std::move(repository), options.cache_size);
}

Stream::~Stream() {
  tail_->stop();
}

eventstream::Identity Stream::application() const {
  return tail_->repository().application();
}

Result<EventTypeSet> Stream::event_types(std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  return tail_->event_types();
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter, std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (filter.empty()) return Errc::no_event_types;
  if (!holds_all(tail_->known_types(), filter)) {
    const Result<EventTypeSet> types = tail_->event_types();
    if (!types) return types.error();
    if (!holds_all(*types, filter)) return Errc::unsupported_event_type;
  }
  return Cursor(std::make_unique<PersistedSource>(tail_, offset, filter));
}

Result<Offset> Stream::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  const eventstream::Identity application = this->application();
  for (const Parcel& parcel : batch)
    if (!parcel || parcel->source_application != application) return Errc::invalid_argument;
  return tail_->append(batch, expected);
}

Result<Offset> Stream::truncate(Offset first_retained) {
  return tail_->truncate(first_retained);
}

}  // namespace persistedstream
