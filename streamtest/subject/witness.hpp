#ifndef STREAMTEST_SUBJECT_WITNESS_HPP
#define STREAMTEST_SUBJECT_WITNESS_HPP

#include <streamtest/history/history.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace streamtest {

/// The stream broke the rule. Carries what was seen and everything that happened on the stream
/// until then.
class Violation : public std::exception {
 public:
  /// `counterexample` is a file that replays it, where there is one.
  Violation(std::string rule, std::string message, std::vector<Operation> history,
            std::string counterexample = {})
      : rule_(std::move(rule)),
        message_(std::move(message)),
        history_(std::move(history)),
        counterexample_(std::move(counterexample)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& rule() const { return rule_; }
  const std::string& message() const { return message_; }
  const std::vector<Operation>& history() const { return history_; }
  const std::string& counterexample() const { return counterexample_; }

 private:
  std::string rule_;
  std::string message_;
  std::vector<Operation> history_;
  std::string counterexample_;
};

/// The harness or the environment failed, so nothing is known about the stream: could_not_run.
class HarnessFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The process that the stream lives in has ended: the stream's failure, whichever call finds it
/// out. For harnesses of such streams; the text says how it ended.
class StreamLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// True of an exception that says by itself whose failure it is, whatever call it came from.
inline bool is_told(const std::exception& error) {
  return dynamic_cast<const HarnessFailure*>(&error) || dynamic_cast<const StreamLost*>(&error);
}

/// The stream lacks a means or a capability that the case needs: not_supported.
class NotSupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A situation that the rule is about never arose: inconclusive.
class Inconclusive : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throwing checks on behalf of one rule. Thread-safe; a failure in a thread of together() is never
/// lost.
class Witness {
 public:
  Witness(std::string rule, std::shared_ptr<History> history)
      : rule_(std::move(rule)), history_(std::move(history)) {}

  const std::string& rule() const { return rule_; }
  History& history() const { return *history_; }
  const std::shared_ptr<History>& shared_history() const { return history_; }

  /// Throws a Violation with the history so far.
  [[noreturn]] void fail(std::string message) const {
    throw Violation(rule_, std::move(message), history_->operations());
  }
  void check(bool holds, std::string_view message) const {
    if (!holds) fail(std::string(message));
  }

  /// Runs every function in a thread of its own, lets them begin together, and waits for all. One
  /// exception is rethrown as it is; several become one Violation that lists them, unless one of
  /// them is a HarnessFailure or a StreamLost.
  void together(std::vector<std::function<void()>> functions) const;

 private:
  std::string rule_;
  std::shared_ptr<History> history_;
};

}  // namespace streamtest

#endif
