#ifndef STREAMTEST_SUBJECT_CONSUMER_HARNESS_HPP
#define STREAMTEST_SUBJECT_CONSUMER_HARNESS_HPP

#include <eventstream/backoff.hpp>
#include <eventstream/clock.hpp>
#include <eventstream/handler.hpp>
#include <eventstream/semaphore.hpp>
#include <eventstream/stream.hpp>
#include <streamtest/subject/scenario.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

/// What an implementer writes to have a consumer certified (CNS-1 to CNS-8): a harness that runs
/// it. The kit plays the stream, the handler and the clock, so that no test waits; a consumer that
/// speaks to other types than ours is given them through adapters in the harness.
///
///     struct MyConsumerHarness {
///       explicit MyConsumerHarness(const streamtest::Scenario& scenario);
///       // Runs a fresh consumer until the token asks to stop, or nothing that the handler wants
///       // is produced.
///       eventstream::Result<void> run(eventstream::Stream& stream, eventstream::Handler& handler,
///                                     std::stop_token token,
///                                     const streamtest::ConsumerSetup& setup);
///     };
///
/// run() is called from several threads at once, each time with a stream and a handler of their
/// own. What it throws is taken for the consumer's end like a value; an exception from the
/// constructor is the harness's failure.
///
/// Optional members:
///
///     // What of a ConsumerSetup this consumer can't use.
///     static ConsumerMeans means();
///     static std::vector<std::string> variants();

namespace streamtest {

/// How a consumer is to be run. The kit never leaves out the clock.
struct ConsumerSetup {
  /// The delay after so many failures in a row, 1 after the first; empty: the consumer's own.
  eventstream::Backoff strategy;
  /// A permit is held around each call of the handler; null: no limit.
  std::shared_ptr<eventstream::Semaphore> semaphore;
  /// Measures every delay.
  std::shared_ptr<eventstream::Clock> clock;
  /// Told of each failure in any words; empty: nobody is.
  std::function<void(std::string_view)> log;
};

/// What a consumer can be given. What it lacks takes rules with it: they are not_supported, and the
/// whole is partial.
struct ConsumerMeans {
  bool strategy = true;
  bool semaphore = true;
  bool clock = true;
};

template <typename T>
concept MadeConsumerHarness =
    requires(T& harness, eventstream::Stream& stream, eventstream::Handler& handler,
             std::stop_token token, const ConsumerSetup& setup) {
      {
        harness.run(stream, handler, token, setup)
      } -> std::convertible_to<eventstream::Result<void>>;
    };

template <typename T>
concept ConsumerHarnessLike = MadeConsumerHarness<T> && std::constructible_from<T, const Scenario&>;

/// One consumer under test with its harness, type-erased. Thread-safe.
class ConsumerSubject {
 public:
  ConsumerSubject() = default;
  ConsumerSubject(const ConsumerSubject&) = delete;
  ConsumerSubject& operator=(const ConsumerSubject&) = delete;
  virtual ~ConsumerSubject() = default;

  virtual ConsumerMeans means() const = 0;
  virtual eventstream::Result<void> run(eventstream::Stream& stream, eventstream::Handler& handler,
                                        std::stop_token token, const ConsumerSetup& setup) = 0;
};

namespace detail {

template <MadeConsumerHarness H>
class ConsumerHarnessSubject final : public ConsumerSubject {
 public:
  explicit ConsumerHarnessSubject(std::unique_ptr<H> harness) : harness_(std::move(harness)) {}

  ConsumerMeans means() const override {
    if constexpr (requires { H::means(); }) return H::means();
    return {};
  }
  eventstream::Result<void> run(eventstream::Stream& stream, eventstream::Handler& handler,
                                std::stop_token token, const ConsumerSetup& setup) override {
    return harness_->run(stream, handler, std::move(token), setup);
  }

 private:
  std::unique_ptr<H> harness_;
};

}  // namespace detail

}  // namespace streamtest

#endif
