#include <eventstream/consumer.hpp>
#include <streamtest/suite/suite.hpp>

// The project's own consumer.

namespace {

struct ConsumerHarness {
  explicit ConsumerHarness(const streamtest::Scenario&) {}

  eventstream::Result<void> run(eventstream::Stream& stream, eventstream::Handler& handler,
                                const std::stop_token& token,
                                const streamtest::ConsumerSetup& setup) {
    eventstream::ConsumerOptions options;
    options.backoff = setup.strategy;
    options.semaphore = setup.semaphore;
    options.clock = setup.clock;
    if (setup.log)
      options.log = [&](const eventstream::ConsumerFailure& failure) { setup.log(failure.step); };
    return eventstream::Consumer(stream, handler, options).run(token);
  }
};

}  // namespace

STREAMTEST_CERTIFY_CONSUMER(Consumer, ConsumerHarness);
