#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/faults/address.hpp>
#include <streamtest/faults/proxy.hpp>
#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/harness.hpp>
#include <streamtest/subject/witness.hpp>

#include <networkstream/controller.hpp>
#include <networkstream/stream.hpp>

#include <memory>
#include <random>
#include <utility>

// The targets `grpc://HOST:PORT`: any server that speaks the wire protocol and offers the control
// service, read by our client through a network that can fail.

namespace {

using eventstream::Errc;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using networkstream::Controller;
using streamtest::Capabilities;
using streamtest::Scenario;

/// gRPC's usual limit of a message is 4 MiB; what is around the data must find room as well.
constexpr std::uint64_t largest = std::uint64_t{3} << 20U;

/// A server as it was met first.
struct Server {
  Server(streamtest::Address where, const std::string& text)
      : address(std::move(where)), control(text) {}

  const streamtest::Address address;
  Controller control;
};

networkstream::Options client_options(const Scenario& scenario, const std::string& target) {
  return {.target = target,
          .application = scenario.application,
          .media_types = [](const eventstream::EventType&) { return streamtest::media_types(); },
          .keepalive = std::chrono::seconds(2),
          .keepalive_timeout = std::chrono::seconds(1)};
}

class Harness {
 public:
  static Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::held,
            .coarse_position = true,
            .lazy_type_check = true,
            .max_event_size = largest,
            .max_batch_bytes = largest,
            .staleness = std::chrono::seconds(1),
            .cursors_outlive_stream = true,
            .twin = true};
  }

  Harness(const Scenario& scenario, std::shared_ptr<Server> server)
      : server_(std::move(server)),
        key_(fresh(*server_, scenario)),
        network_(server_->address.host, server_->address.port),
        stream_(client_options(scenario, network_.address())) {}
  ~Harness() {
    stream_.reset();  // before its readers hear that the server has forgotten it
    server_->control.forget(key_);
  }

  networkstream::Stream& stream() { return *stream_; }
  streamtest::FaultProxy& network() { return network_; }
  std::unique_ptr<Harness> twin(const Scenario& scenario) {
    return std::make_unique<Harness>(scenario, server_);
  }

  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    for (const Parcel& parcel : batch)
      if (parcel->data.size() > largest) return Errc::too_large;
    return server_->control.append(key_, batch);
  }
  Result<Offset> truncate(Offset first_retained) {
    const std::optional<Offset> first = server_->control.truncate(key_, first_retained);
    if (!first) throw streamtest::HarnessFailure("the server could truncate before, and can't now");
    return *first;
  }

 private:
  static std::string fresh(Server& server, const Scenario& scenario) {
    server.control.reset({.application = scenario.application, .event_types = scenario.event_types},
                         streamtest::media_types());
    return scenario.application.key();
  }

  const std::shared_ptr<Server> server_;
  const std::string key_;
  streamtest::FaultProxy network_;
  std::optional<networkstream::Stream> stream_;
};

/// What the server is, and whether it can truncate.
std::pair<std::string, bool> meet(Server& server) {
  // Another process may meet it at the same time.
  std::random_device random;
  const std::string key =
      "streamtest-meets-the-server-" + std::to_string(random()) + "-" + std::to_string(random());
  const eventstream::EventType type("streamtest.Meeting");
  const std::string name = server.control.reset({.application = {key, key}, .event_types = {type}},
                                                streamtest::media_types());
  const bool truncates = server.control.truncate(key, 0).has_value();
  server.control.forget(key);
  return {name, truncates};
}

streamtest::SubjectFactory factory_for(const std::string& rest) {
  const std::string text = rest.starts_with("//") ? rest.substr(2) : rest;
  const std::optional<streamtest::Address> address = streamtest::address_in(text);
  if (!address)
    throw streamtest::UsageError("grpc:" + rest +
                                 ": needs an address, such as grpc://127.0.0.1:5000");
  const auto server = std::make_shared<Server>(*address, text);
  std::pair<std::string, bool> met;
  try {
    met = meet(*server);
  } catch (const networkstream::ControlFailed& why) {
    throw streamtest::UsageError(
        std::string(why.what()) +
        "\nA server is certified with the help of the service streamtest.control.v1.Control; does "
        "it run, and offer that? Ours does: streamtest serve memory: --control");
  }
  streamtest::SubjectFactory factory = streamtest::make_factory<Harness>(
      met.first.empty() ? "grpc" : met.first,
      [server](const Scenario& scenario) { return std::make_unique<Harness>(scenario, server); });
  factory.hooks.truncate = met.second;
  if (!met.second) factory.capabilities.truncation = streamtest::Truncation::none;
  return factory;
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("grpc", factory_for);
