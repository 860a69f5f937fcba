#include <streamtest/certify/plugin.hpp>

#include <testee/plugin/kit_side.hpp>

// The targets `exec:COMMAND`: the stream of a testee that is started and speaks by its standard
// streams.

namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;
using testee::told;

struct Cursor {
  Result<Event> next(const std::stop_token& token) {
    return told([&] { return cursor.next(token); });
  }
  Result<void> close() {
    return told([&] { return cursor.close(); });
  }

  testee::Cursor cursor;
};

struct Stream {
  Identity application() {
    return told([&] { return stream.application(); });
  }
  Result<EventTypeSet> event_types(const std::stop_token& token) {
    return told([&] { return stream.event_types(token); });
  }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter, const std::stop_token& token) {
    return told([&]() -> Result<Cursor> {
      Result<testee::Cursor> cursor = stream.open(offset, filter, token);
      if (!cursor) return cursor.error();
      return Cursor{*std::move(cursor)};
    });
  }

  testee::Stream& stream;
};

class Harness : public testee::Hooks {
 public:
  Harness(testee::Stream stream, bool settles) : Hooks(std::move(stream), settles) {}

  Stream& stream() { return stream_; }
  std::unique_ptr<Harness> twin(const streamtest::Scenario& scenario) {
    return told([&] { return std::make_unique<Harness>(made_twin(scenario), settles()); });
  }

 private:
  Stream stream_{made()};
};

streamtest::SubjectFactory factory_for(const std::string& command) {
  if (command.empty())
    throw streamtest::UsageError(
        "exec: needs a command behind the colon, such as 'exec:python3 mytestee.py'");
  const auto testees = std::make_shared<testee::Testees>(
      [command] { return std::make_shared<testee::Connection>(command); });
  const testee::Hello hello = testee::first_hello(*testees, "exec:" + command);
  return testee::factory_of<Harness>(testees, hello, [](testee::Stream stream, bool settles) {
    return std::make_unique<Harness>(std::move(stream), settles);
  });
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("testee", factory_for);
