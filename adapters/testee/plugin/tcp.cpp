#include <streamtest/certify/plugin.hpp>
#include <streamtest/faults/address.hpp>

#include <testee/plugin/kit_side.hpp>
#include <testee/remote.hpp>

// The targets `tcp:HOST:PORT`: the stream of a testee that listens. Its readers reach it by a proxy
// whose network the cases make fail; whatever else is asked of it goes by a connection of its own.

namespace {

using testee::Endpoint;
using testee::told;

using Stream = testee::ToldStream<testee::RemoteStream, testee::RemoteCursor>;

class Harness : public testee::Hooks {
 public:
  Harness(testee::Stream stream, bool settles, const Endpoint& server)
      : Hooks(std::move(stream), settles), server_(server) {}

  Stream& stream() { return stream_; }
  streamtest::FaultProxy& network() { return *network_; }
  std::unique_ptr<Harness> twin(const streamtest::Scenario& scenario) {
    return told([&] { return std::make_unique<Harness>(made_twin(scenario), settles(), server_); });
  }

 private:
  Endpoint server_;
  /// Shared with the cursors, which may outlive their stream, and its harness (LIF-3).
  std::shared_ptr<streamtest::FaultProxy> network_ =
      std::make_shared<streamtest::FaultProxy>(server_.host, server_.port);
  Stream stream_{testee::RemoteStream({"127.0.0.1", network_->port()}, made().name(), network_)};
};

Endpoint endpoint_of(const std::string& text) {
  const auto address = streamtest::address_in(text);
  if (!address)
    throw streamtest::UsageError("tcp:" + text +
                                 ": write where the testee listens, such as tcp:127.0.0.1:4711");
  return {address->host, address->port};
}

streamtest::SubjectFactory factory_for(const std::string& address) {
  const Endpoint server = endpoint_of(address);
  const auto testees = std::make_shared<testee::Testees>(
      [server] { return std::make_shared<testee::Connection>(server); });
  const testee::Hello hello = testee::first_hello(*testees, "tcp:" + address);
  return testee::factory_of<Harness>(testees, hello, [server](testee::Stream stream, bool settles) {
    return std::make_unique<Harness>(std::move(stream), settles, server);
  });
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("testee", factory_for);
