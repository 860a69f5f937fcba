#ifndef STREAMTEST_SUBJECT_HANDLER_TRIAL_HPP
#define STREAMTEST_SUBJECT_HANDLER_TRIAL_HPP

#include <streamtest/subject/bench.hpp>
#include <streamtest/subject/handler_harness.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// One fresh handler, and what it must know and have done: for each source application the next
/// offset and the events whose effect is there. Records each call in the bench's history. Used by
/// the case's thread, but for call().
class HandlerTrial {
 public:
  using Answer = eventstream::Result<void>;

  /// Makes the handler, for events of so many applications. Throws HarnessFailure if the harness
  /// throws.
  explicit HandlerTrial(Bench& bench, std::size_t applications = 3);

  std::size_t applications() const { return sources_.size(); }
  const eventstream::Identity& application(std::size_t source) const {
    return sources_.at(source).identity;
  }
  /// The next offset as it must be.
  eventstream::Offset next(std::size_t source) const { return sources_.at(source).next; }

  /// An event of that application with a token of its own, of each of the types in turn.
  eventstream::Event event(std::size_t source, eventstream::Offset offset);

  /// Asks the handler; an exception or an error is a Violation.
  eventstream::Offset next_offset(const eventstream::Identity& application);

  /// handle_event() as it comes; an exception counts as a failure. From any thread, several at a
  /// time only if not recorded.
  Answer call(eventstream::Offset expected, const eventstream::Event& event,
              std::stop_token token = {}, bool recorded = true);
  /// For a call that isn't recorded by itself: begin before it, end behind it.
  History::Number begin(const std::string& actor, eventstream::Offset expected,
                        const eventstream::Event& event);
  void end(History::Number number, const Answer& answer);

  /// Handles the event at the offset that is due; it must succeed.
  void must_handle(const eventstream::Event& event);
  /// The call must fail and leave no trace.
  void must_refuse(eventstream::Offset expected, const eventstream::Event& event);
  /// Goes on with what a call answered that could end either way: a success must have moved the
  /// offset and applied the effect, a failure may have done both or neither. True if it did both.
  bool accept(const eventstream::Event& event, const Answer& answer);

  /// Every application's offset and effects are as they must be.
  void must_stand();

  void fail_next();
  /// Opens what is stored anew; what was stored must stand.
  void reopen();

 private:
  struct Source {
    eventstream::Identity identity;
    eventstream::Offset next = 0;
    std::vector<std::string> applied;
  };

  Source& source_of(const eventstream::Event& event);
  void apply(const eventstream::Event& event);
  void harness(std::string_view what, const std::function<void()>& action);
  std::vector<std::vector<std::string>> effects();
  std::string shown(const std::vector<std::string>& tokens) const;

  Bench* bench_;
  Scenario scenario_;
  std::vector<eventstream::EventType> types_;
  std::unique_ptr<HandlerSubject> handler_;
  std::vector<Source> sources_;
  std::map<std::string, eventstream::Event> events_;  // by token
  std::string last_ = "at the beginning";             // what was done last, in words
};

}  // namespace streamtest

#endif
