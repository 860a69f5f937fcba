#include <streamtest/certify/plugin.hpp>

#include <testee/plugin/kit_side.hpp>

// The targets `exec:COMMAND`: the stream of a testee that is started and speaks by its standard
// streams.

namespace {

using testee::told;

using Stream = testee::ToldStream<testee::Stream&, testee::Cursor>;

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
