#ifndef TESTS_UNIT_PERSISTEDSTREAM_EVENTS_HPP
#define TESTS_UNIT_PERSISTEDSTREAM_EVENTS_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <streamtest/certify/temporary_folder.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// What tests of the persisted stream say often.
namespace events {

inline const eventstream::Identity owner{"log", "log-key"};
inline const eventstream::EventType a{"A"};
inline const eventstream::EventType b{"B"};
inline const eventstream::EventTypeSet both{a, b};

inline eventstream::Parcel parcel(const eventstream::EventType& type, std::string data = {},
                                  const eventstream::Identity& application = owner) {
  eventstream::Envelope envelope;
  envelope.source_application = application;
  envelope.type = type;
  envelope.data = std::move(data);
  return eventstream::Parcel(std::move(envelope));
}

inline std::vector<eventstream::Parcel> batch(const std::vector<eventstream::EventType>& types) {
  std::vector<eventstream::Parcel> parcels;
  for (const eventstream::EventType& type : types) parcels.push_back(parcel(type));
  return parcels;
}

inline std::vector<eventstream::Parcel> many(std::size_t count,
                                             const eventstream::EventType& type) {
  return batch(std::vector(count, type));
}

inline std::vector<eventstream::Offset> offsets(const std::vector<eventstream::Event>& list) {
  std::vector<eventstream::Offset> all;
  for (const eventstream::Event& event : list) all.push_back(event.offset);
  return all;
}

/// A folder that goes with its test.
struct Folder {
  std::filesystem::path file(const char* name = "streams.db") const {
    return temporary.path() / name;
  }
  streamtest::TemporaryFolder temporary;
};

}  // namespace events

#endif
