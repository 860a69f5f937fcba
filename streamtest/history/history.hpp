#ifndef STREAMTEST_HISTORY_HISTORY_HPP
#define STREAMTEST_HISTORY_HISTORY_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// What an operation came to.
struct Outcome {
  std::string kind;  ///< "ok", "event", or the name of an error ("truncated")
  std::optional<std::uint64_t> offset;
  std::string event_type;
  std::string token;  ///< what identifies the event's content
};

/// One call that a case made, from its invocation to its return; without a return it is pending.
struct Operation {
  std::string name;       ///< "append", "open", "next", "close", …
  std::string actor;      ///< who called: "case", "reader 3", "appender 1"
  std::string cursor;     ///< which cursor: "c2"; empty if none
  std::string arguments;  ///< as text, readable
  std::chrono::nanoseconds invoked{};
  std::optional<std::chrono::nanoseconds> returned;
  Outcome outcome;  ///< empty while pending
};

/// What happened on one stream, in the order of invocation. Times count from the history's start.
///
/// Thread-safe: actors record from their own threads. An operation's number is its handle and stays
/// valid until clear(); completing a number from before a clear() is ignored, because a stuck call
/// may come back late.
class History {
 public:
  using Number = std::uint64_t;

  Number invoke(std::string name, std::string actor, std::string cursor, std::string arguments);
  void complete(Number number, Outcome outcome);

  /// Starts anew: a fresh stream has a fresh history.
  void clear();

  std::vector<Operation> operations() const;
  /// How many invocations and returns there were since construction; grows as long as something
  /// happens.
  std::uint64_t progress() const;

  /// The time since the history's start.
  std::chrono::nanoseconds now() const;

 private:
  mutable std::mutex mutex_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Number first_ = 0;  ///< the number of operations_.front()
  std::uint64_t progress_ = 0;
  std::vector<Operation> operations_;
};

/// Indexes of the operations, ascending.
using Marked = std::vector<std::size_t>;

/// The operations that the text of a failure is about: of each cursor that it names, where it was
/// opened and the last read, or the last close if the text says so; of each event or offset that it
/// names, the append that gave it.
Marked named_operations(const std::vector<Operation>& operations, std::string_view text);

/// The last `count` operations as lines of text, and those of the earlier part that are marked; the
/// rest is summed up. A marked one begins with an arrow. Times are in microseconds.
std::string to_text(const std::vector<Operation>& operations, const Marked& marked = {},
                    std::size_t count = 24);

/// The pending operations as lines of text, with cursor, actor and age in whole seconds.
std::string pending_text(const std::vector<Operation>& operations, std::chrono::nanoseconds now);

/// {"operations":[{name, actor, cursor, arguments, invoked_ns, returned_ns, outcome, offset,
/// event_type, token}]}
std::string to_json(const std::vector<Operation>& operations);

/// What to_json() wrote. Throws `std::invalid_argument` that names the place if the text is
/// anything else.
std::vector<Operation> history_from_json(std::string_view text);

}  // namespace streamtest

#endif
