#include <networkstream/media_type.hpp>
#include <networkstream/status.hpp>
#include <networkstream/wanted.hpp>

#include <algorithm>
#include <utility>

namespace networkstream {

using eventstream::EventType;
using eventstream::Parcel;

namespace {

/// Four for each of as many types as a filter can have. They are kept while the call lasts, and
/// looked through for an event, so that eight million would cost others.
constexpr std::size_t most_media_types = 131'072;

}  // namespace

std::variant<Wanted, grpc::Status> Wanted::of(
    const dogma::interop::v1::eventstream::ConsumeRequest& request, const Served& served) {
  if (request.event_types().empty()) return status::no_event_types();
  Wanted wanted;
  std::vector<EventType> types;
  std::vector<std::string> unknown;
  std::size_t media_types = 0;
  for (const auto& entry : request.event_types()) {
    const auto known = served.media_types.find(EventType(entry.portable_name()));
    if (known == served.media_types.end()) {
      unknown.push_back(entry.portable_name());
      continue;
    }
    media_types += static_cast<std::size_t>(entry.media_types_size());
    if (media_types > most_media_types) return status::too_many_media_types();
    types.push_back(known->first);
    // Of two entries the last one counts.
    wanted.media_types_[known->first] = {entry.media_types().begin(), entry.media_types().end()};
  }
  if (!unknown.empty()) return status::unrecognized_event_types(unknown);
  for (const auto& [type, understood] : wanted.media_types_)
    if (understood.empty()) return status::empty_media_types(type.name());
  wanted.types_ = eventstream::EventTypeSet(std::move(types));
  return wanted;
}

std::variant<Parcel, grpc::Status> Wanted::encode(const Parcel& event,
                                                  const Transcoder& transcoder) const {
  const auto asked_for = media_types_.find(event->type);
  if (asked_for == media_types_.end())
    return status::refused(grpc::StatusCode::INTERNAL,
                           "the stream gave an event of a type that wasn't asked for");
  const std::vector<std::string>& media_types = asked_for->second;
  if (std::ranges::find(media_types, event->media_type) != media_types.end()) return event;
  const std::optional<MediaType> stored = parse_media_type(event->media_type);
  for (const std::string& text : media_types) {
    const std::optional<MediaType> asked = parse_media_type(text);
    if (!asked) return status::malformed_media_type();
    if (asked == stored) return event;
    if (!transcoder) continue;
    if (std::optional<eventstream::Envelope> encoded = transcoder(*event, text))
      return Parcel(*std::move(encoded));
  }
  return status::no_recognized_media_types(event->type.name());
}

}  // namespace networkstream
