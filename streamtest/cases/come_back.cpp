#include <streamtest/cases/come_back.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

using eventstream::Envelope;
using eventstream::Event;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

namespace {

/// Where two byte strings differ, in words; they are too long and too odd to be shown.
std::string difference(const std::string& expected, const std::string& seen) {
  const auto [left, right] =
      std::mismatch(expected.begin(), expected.end(), seen.begin(), seen.end());
  const auto at = left - expected.begin();
  if (left == expected.end() || right == seen.end())
    return fmt::format("{} bytes, seen {} bytes that agree up to byte {}", expected.size(),
                       seen.size(), at);
  return fmt::format("{} bytes with {:#04x} at byte {}, seen {} bytes with {:#04x} there",
                     expected.size(), static_cast<unsigned char>(*left), at, seen.size(),
                     static_cast<unsigned char>(*right));
}

/// Fails if the field came back as something else.
void must_equal(const Trial& trial, std::string_view field, Offset offset,
                const std::string& expected, const std::string& seen) {
  if (seen != expected)
    trial.fail(fmt::format("the {} of the event at {} came back changed: expected {}", field,
                           offset, difference(expected, seen)));
}

void must_equal(const Trial& trial, std::string_view field, Offset offset, const Identity& expected,
                const Identity& seen) {
  must_equal(trial, fmt::format("{} name", field), offset, expected.name(), seen.name());
  must_equal(trial, fmt::format("{} key", field), offset, expected.key(), seen.key());
}

}  // namespace

void must_come_back(const Trial& trial, const Logged& appended, Pending read) {
  if (!read.returned_in_time())
    trial.fail(fmt::format("a next is stuck: expected the event at {} with {} bytes of data",
                           appended.offset, appended.parcel->data.size()));
  must_come_back(trial, appended, read.result());
}

void must_come_back(const Trial& trial, const Logged& appended, const Result<Event>& seen) {
  if (!seen || !seen->parcel || seen->offset != appended.offset)
    trial.fail(fmt::format("expected the event at {} with {} bytes of data, seen {}",
                           appended.offset, appended.parcel->data.size(),
                           !seen          ? trial.describe(seen)
                           : seen->parcel ? fmt::format("the one at {}", seen->offset)
                                          : "an event without a parcel"));
  const Envelope& expected = *appended.parcel;
  const Envelope& got = *seen->parcel;
  const Offset at = appended.offset;
  must_equal(trial, "data", at, expected.data, got.data);
  must_equal(trial, "type", at, expected.type.name(), got.type.name());
  must_equal(trial, "media type", at, expected.media_type, got.media_type);
  must_equal(trial, "message id", at, expected.message_id, got.message_id);
  must_equal(trial, "causation id", at, expected.causation_id, got.causation_id);
  must_equal(trial, "correlation id", at, expected.correlation_id, got.correlation_id);
  must_equal(trial, "source application", at, expected.source_application, got.source_application);
  must_equal(trial, "source handler", at, expected.source_handler, got.source_handler);
  must_equal(trial, "source instance id", at, expected.source_instance_id, got.source_instance_id);
  if (got.created_at != expected.created_at)
    trial.fail(
        fmt::format("the instant of the event at {} came back changed: expected {} ns since "
                    "1970, seen {} ns",
                    at, expected.created_at.time_since_epoch().count(),
                    got.created_at.time_since_epoch().count()));
}

}  // namespace streamtest
