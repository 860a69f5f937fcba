#ifndef STREAMTEST_SUBJECT_VOCABULARY_HPP
#define STREAMTEST_SUBJECT_VOCABULARY_HPP

#include <eventstream/envelope.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// What a stream can carry. The kit draws all its events and identities from it. The default is:
/// anything.
///
/// A stream that knows only its compiled event types lists them and says how to make a valid
/// envelope from a token and how to read the token back; rules that need more (TYP-2, PAY-1, and
/// PAY-2) are not_supported then.
struct Vocabulary {
  /// The event types it carries, at least three; empty: any name.
  std::vector<eventstream::EventType> event_types;

  /// A valid envelope of the type that carries the token: letters, digits, dashes and slashes, at
  /// most 100. The kit fills in source_application and the ids. Null: the token is the data.
  std::function<eventstream::Envelope(const eventstream::EventType& type, std::string_view token)>
      make;

  /// The token of an envelope that `make` made. Null: the data.
  std::function<std::string(const eventstream::Envelope& envelope)> token;

  /// An identity in the form this stream wants, from a unique name. Null: name and key are that
  /// name.
  std::function<eventstream::Identity(std::string_view unique_name)> identity;

  /// True if any type name and any payload can be carried.
  bool anything() const { return event_types.empty() && !make; }
};

}  // namespace streamtest

#endif
