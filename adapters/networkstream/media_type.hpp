#ifndef NETWORKSTREAM_MEDIA_TYPE_HPP
#define NETWORKSTREAM_MEDIA_TYPE_HPP

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace networkstream {

/// A media type in parts: two texts are of the same type if their parts are equal. A plain value.
///
/// Source of the format: RFC 2045, 5.1, and RFC 9110, 8.3.1. Type, subtype and the names of
/// parameters are in lower case here, since their case has no meaning; the values of parameters are
/// as they were written, without quotes.
struct MediaType {
  std::string name;                               ///< "application/json"
  std::map<std::string, std::string> parameters;  ///< in no order of their own

  friend bool operator==(const MediaType&, const MediaType&) = default;
};

/// Nothing if the text is no media type, or has a parameter twice.
std::optional<MediaType> parse_media_type(std::string_view text);

}  // namespace networkstream

#endif
