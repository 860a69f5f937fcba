#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_RAW_CALL_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_RAW_CALL_HPP

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace network {

/// A call of any method with any bytes, also in an order that no stub would keep.
struct CallPlan {
  std::string method;  ///< "/package.Service/Method"
  std::vector<std::string> messages;
  bool half_close = true;
  bool in_order = false;  ///< no message is spoilt, and each fits the stream
  /// Cancelled once so many answers have come; without a number it is waited for the end.
  std::optional<std::size_t> enough = {};
  bool read = true;  ///< false: no answer is asked for, and it is cancelled at once
  /// Since the begin of the call.
  std::optional<std::chrono::microseconds> cancel = {};
  std::optional<std::chrono::microseconds> deadline = {};
};

struct CallOutcome {
  std::vector<std::string> answers;
  bool cancelled = false;  ///< by this side
  grpc::Status status;
};

/// A call didn't end, or went on after it was cancelled.
class CallHangs : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Makes the call and waits for its end. Throws CallHangs if it doesn't come; what belongs to the
/// call is left behind then.
CallOutcome perform(const std::shared_ptr<grpc::Channel>& channel, const CallPlan& plan);

}  // namespace network

#endif
