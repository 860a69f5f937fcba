#include "fuzz_case.hpp"

#include "expectation.hpp"
#include "method.hpp"
#include "raw_call.hpp"
#include "raw_connection.hpp"
#include "sample.hpp"
#include "spoilt_message.hpp"

#include <streamtest/control/v1/control.pb.h>
#include <streamtest/faults/address.hpp>

#include <array>

namespace network {
namespace {

using std::chrono::microseconds;

/// What a case sends, each by chance.
class Sender {
 public:
  Sender(eventstream::Identity application, Random& random)
      : application_(std::move(application)), random_(random) {}

  /// Nearly always what a stub would do, and else something that none would.
  CallPlan call() {
    CallPlan plan{.method = method(), .messages = {}};
    plan.messages.push_back(bytes(plan.method));
    switch (random_() % 12) {
      case 0:
        plan.messages.clear();
        break;
      case 1:
        plan.messages.push_back(bytes(plan.method));
        break;
      case 2:
        plan.cancel = microseconds(random_() % 800);
        break;
      case 3:
        plan.deadline = microseconds(random_() % 1'500);
        break;
      case 4:
        plan.read = false;
        break;
      default:
        break;
    }
    plan.half_close = random_() % 8 != 0;
    plan.in_order = !spoilt_;
    return plan;
  }

  std::string method() {
    const std::array<std::string, 5> methods{method::consume, method::event_types, method::reset,
                                             method::append, method::truncate};
    if (random_() % 40 == 0)
      return random_() % 2 == 0 ? "/no.such.Service/Method" : method::consume + "r";
    if (random_() % 3 == 0) return method::consume;
    return methods[random_() % methods.size()];
  }

  std::string bytes(const std::string& method) {
    if (random_() % 20 == 0) return spoilt(random_bytes(random_, 300));
    Message message = request(method);
    const auto times = random_() % 4;
    for (auto i = times; i > 0; --i) spoil(message, random_);
    std::string bytes = encoded(message);
    const bool cut = random_() % 5 == 0;
    if (cut) spoil(bytes, random_);
    return times > 0 || cut ? spoilt(std::move(bytes)) : bytes;
  }

 private:
  std::string spoilt(std::string bytes) {
    spoilt_ = true;
    return bytes;
  }

  static Message event_type(const std::string& name) { return {{1, name}, {2, media_type}}; }

  Message identity() const { return {{1, application_.name()}, {2, application_.key()}}; }

  Message envelope() {
    const std::string id = "message " + std::to_string(random_() % 100);
    Message message{{1, id},
                    {2, id},
                    {3, id},
                    {4, identity()},
                    {7, "2026-11-26T01:02:03.456789Z"},
                    {10, random_() % 2 == 0 ? "A" : "B"},
                    {11, media_type},
                    {12, random_bytes(random_, 200)}};
    if (random_() % 3 == 0) {
      message.emplace_back(5, identity());
      message.emplace_back(6, "instance");
    }
    return message;
  }

  /// A request that is in order.
  Message request(const std::string& method) {
    Message message{{1, application_.key()}};
    if (method == method::consume) {
      message.emplace_back(2, event_type("A"));
      if (random_() % 2 == 0) message.emplace_back(2, event_type("B"));
      if (random_() % 2 == 0) message.emplace_back(3, random_() % 8);
    } else if (method == method::reset) {
      message.emplace_back(2, application_.name());
      message.emplace_back(3, event_type("A"));
      message.emplace_back(3, event_type("B"));
      if (random_() % 2 == 0) message.emplace_back(4, random_() % 8);
      if (random_() % 2 == 0) message.emplace_back(5, random_() % 8);
    } else if (method == method::append) {
      for (auto events = random_() % 4; events > 0; --events) message.emplace_back(2, envelope());
      message.emplace_back(3, random_() % 2);
    } else if (method == method::truncate) {
      message.emplace_back(2, random_() % 8);
    }
    return message;
  }

  const eventstream::Identity application_;
  Random& random_;
  bool spoilt_ = false;
};

std::string described(const CallPlan& plan) {
  std::string text = plan.method + " with";
  for (const std::string& message : plan.messages)
    text += " " + std::to_string(message.size()) + " bytes";
  if (plan.messages.empty()) text += "out a message";
  if (!plan.half_close) text += ", no half-close";
  if (!plan.read) text += ", not read";
  if (plan.cancel) text += ", cancelled";
  if (plan.deadline) text += ", with a deadline";
  return text + ": ";
}

class Case {
 public:
  Case(FuzzedServer& server, std::uint64_t seed, std::uint64_t number)
      : server_(server),
        application_("fuzzed", std::to_string(seed) + "-" + std::to_string(number)) {
    std::seed_seq seeds{seed, number};
    random_.seed(seeds);
  }

  std::string run() {
    server_.begin(application_, random_() % 7);
    server_.go_on();
    std::string wrong;
    for (auto steps = 1 + random_() % 3; steps > 0 && wrong.empty() && !doubtful_; --steps)
      wrong = random_() % 6 == 0 ? spoilt_connection() : spoilt_call();
    server_.end(application_);
    return wrong;
  }

 private:
  std::string spoilt_connection() {
    doubtful_ = true;
    Sender sender(application_, random_);
    RawRequest request{.method = sender.method(), .message = {}};
    request.message = sender.bytes(request.method);
    return spoil_connection(streamtest::address_in(server_.address()).value(), request, random_);
  }

  std::string spoilt_call() {
    CallPlan plan = Sender(application_, random_).call();
    doubtful_ = plan.cancel || plan.deadline || !plan.read;
    plan.in_order = plan.in_order && !remade_;
    const Expectation expected = expectation(plan, application_.key(), *server_.stream());
    if (expected.events) plan.enough = expected.events->size();
    try {
      const CallOutcome outcome = perform(server_.channel(), plan);
      if (plan.method == method::reset && outcome.status.ok()) {
        doubtful_ |= forgets(plan);
        remade_ |= !plan.in_order;
      }
      const std::string wrong = complaint(plan, expected, outcome);
      return wrong.empty() ? "" : described(plan) + wrong;
    } catch (const CallHangs& hangs) {
      throw CallHangs(described(plan) + hangs.what());
    }
  }

  /// A Reset without event types does.
  static bool forgets(const CallPlan& plan) {
    streamtest::control::v1::ResetRequest request;
    request.ParseFromString(plan.messages.front());
    return request.event_types().empty();
  }

  FuzzedServer& server_;
  const eventstream::Identity application_;
  Random random_;
  // The server may do later what it was asked, or has forgotten the application: how it answers the
  // next call isn't certain.
  bool doubtful_ = false;
  bool remade_ = false;  ///< for other events than those that would be in order
};

}  // namespace

std::string run_case(FuzzedServer& server, std::uint64_t seed, std::uint64_t number) {
  return Case(server, seed, number).run();
}

}  // namespace network
