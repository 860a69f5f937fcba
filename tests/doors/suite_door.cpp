#include "../unit/subject/little_stream.hpp"

#include <streamtest/suite/suite.hpp>

namespace {

/// Two configurations of one stream.
struct Variants : LittleHarness {
  static std::vector<std::string> variants() { return {"large", "small"}; }
  using LittleHarness::LittleHarness;
};

/// Accepts an empty filter: breaks OPN-3.
struct Broken {
  struct Stream {
    eventstream::Identity application() const { return memory.application(); }
    eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token) {
      return memory.event_types(token);
    }
    eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                  const eventstream::EventTypeSet& filter,
                                                  std::stop_token token) {
      return memory.open(offset, filter.empty() ? memory.event_types().value() : filter, token);
    }
    memorystream::Stream& memory;
  };
  static streamtest::Capabilities capabilities() { return {}; }
  explicit Broken(const streamtest::Scenario& scenario)
      : little(scenario), wrapped{little.memory} {}
  Stream& stream() { return wrapped; }
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    return little.append(batch);
  }

  LittleHarness little;
  Stream wrapped;
};

}  // namespace

STREAMTEST_CERTIFY(Varied, Variants);
STREAMTEST_CERTIFY(Broken, Broken);
