#ifndef EVENTSTREAM_CONSUMER_HPP
#define EVENTSTREAM_CONSUMER_HPP

#include <eventstream/backoff.hpp>
#include <eventstream/clock.hpp>
#include <eventstream/handler.hpp>
#include <eventstream/semaphore.hpp>
#include <eventstream/stream.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

namespace eventstream {

/// A failure that a consumer met, and will try to get over.
struct ConsumerFailure {
  /// What was being done: "event types", "next offset", "open", "read", "check" (of what the stream
  /// delivered, CNS-3) or "handle".
  std::string_view step;
  boost::system::error_code error;
  /// How many failures there were in a row, this one included.
  std::uint64_t failures = 0;
  /// What is waited before the next try.
  std::chrono::nanoseconds delay{};
};

struct ConsumerOptions {
  /// The delay after each failure; empty: exponential(). A negative delay counts as none, one of
  /// more than a day as a day; if it throws, the delay is a minute.
  Backoff backoff;
  /// A permit is held around each call of the handler; null: no limit.
  std::shared_ptr<Semaphore> semaphore;
  /// Told of each failure before its delay, from run()'s thread; empty: nobody is.
  std::function<void(const ConsumerFailure& failure)> log;
  /// Measures the delays; null: the machine's.
  std::shared_ptr<Clock> clock;
};

/// Feeds a handler with the events of a stream: each exactly once in the handler's own count, in
/// order, for as long as it takes (CNS-1, CNS-2).
///
/// After any failure, the handler's, the stream's, a truncation (D17) or an event that must not be
/// handled (below the expected offset, of another application, of a type that wasn't asked for,
/// without its ids: CNS-3), the consumer waits and begins anew at the handler's next_offset(). An
/// exception of the stream or the handler is a failure like any other.
///
/// The number of failures in a row begins at 0 again after an event was handled, and after one was
/// read if the last failure wasn't the handler's (CNS-4).
class Consumer {
 public:
  /// The stream and the handler must outlive the consumer.
  Consumer(Stream& stream, Handler& handler, ConsumerOptions options = {});

  /// Runs until the token asks to stop, and gives `cancelled` then, from whatever it waits for
  /// (CNS-5). Succeeds at once if the stream has no type that the handler wants (CNS-6). One call
  /// at a time; whatever it opened or holds is given back when it returns. Throws what `log`
  /// throws.
  Result<void> run(const std::stop_token& token);

 private:
  struct Failure {
    std::string_view step;
    boost::system::error_code error;
  };
  std::optional<Failure> consume(const std::stop_token& token);
  std::optional<Failure> handle_all(Cursor& cursor, Offset expected, const Identity& application,
                                    const EventTypeSet& types, const std::stop_token& token);
  std::chrono::nanoseconds delay() const;

  Stream& stream_;
  Handler& handler_;
  ConsumerOptions options_;
  std::uint64_t failures_ = 0;
  bool handler_failed_ = false;  // the last failure was the handler's
};

}  // namespace eventstream

#endif
