#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_EXPECTATION_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_EXPECTATION_HPP

#include "counted_stream.hpp"
#include "raw_call.hpp"

#include <eventstream/event.hpp>

#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <vector>

namespace network {

/// How a call must end by what docs/network-stream.md and the control service's protocol say of
/// what is sent.
struct Expectation {
  std::vector<grpc::StatusCode> codes;
  /// The events that come, if the call reads: it may end with one of the codes before the last of
  /// them, and waits behind it.
  std::optional<std::vector<eventstream::Offset>> events = {};
};

/// `stream`: what is offered, under `application_key` alone.
Expectation expectation(const CallPlan& plan, const std::string& application_key,
                        CountedStream& stream);

/// The key in a request; nothing if it can't be read.
std::optional<std::string> application_key_in(const std::string& method, const std::string& bytes);

/// What is wrong with the outcome; empty if nothing is.
std::string complaint(const CallPlan& plan, const Expectation& expected,
                      const CallOutcome& outcome);

}  // namespace network

#endif
