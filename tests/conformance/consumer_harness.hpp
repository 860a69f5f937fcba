#ifndef STREAMTEST_TESTS_CONFORMANCE_CONSUMER_HARNESS_HPP
#define STREAMTEST_TESTS_CONFORMANCE_CONSUMER_HARNESS_HPP

#include <eventstream/consumer.hpp>
#include <streamtest/subject/harness.hpp>

// The project's own consumer.

namespace conformance {

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

}  // namespace conformance

#endif
