#ifndef STREAMTEST_SUBJECT_HANDLER_HARNESS_HPP
#define STREAMTEST_SUBJECT_HANDLER_HARNESS_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>
#include <streamtest/subject/capabilities.hpp>
#include <streamtest/subject/scenario.hpp>

#include <concepts>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

/// What an implementer writes to have a handler certified (HND-1, HND-2): a harness. The handler
/// need not derive from anything of ours.
///
///     struct MyHandlerHarness {
///       // A fresh handler, which wants scenario.event_types and has handled nothing.
///       explicit MyHandlerHarness(const streamtest::Scenario& scenario);
///       my::Handler& handler();
///       // The message ids of the events whose effect is there, in the order of application.
///       std::vector<std::string> effects();
///     };
///
/// effects() is called while nothing else is. What it tells of different applications may be in any
/// order. An exception from a member of the harness is the harness's failure: the rule then
/// could_not_run. One from the handler counts as a failure of the handler's call.
///
/// Optional members:
///
///     // The next effect fails after it has begun. HND-2
///     void fail_next();
///     // Closes the handler as its program would at its end, and opens what is stored anew.
///     void reopen();
///     // Its constructor honours Scenario::existing, so that a handler can be found again whose
///     // process was killed. HND-2
///     static constexpr bool attaches = true;
///     // As a stream's harness has them.
///     static Capabilities capabilities();
///     static Vocabulary vocabulary();
///     static std::vector<std::string> variants();

namespace streamtest {

template <typename T>
concept HandlerLike = requires(T& handler, const eventstream::Identity& application,
                               const eventstream::Event& event, std::stop_token token) {
  { handler.event_types() } -> std::convertible_to<eventstream::EventTypeSet>;
  {
    handler.next_offset(application, token)
  } -> std::convertible_to<eventstream::Result<eventstream::Offset>>;
  {
    handler.handle_event(eventstream::Offset{}, event, token)
  } -> std::convertible_to<eventstream::Result<void>>;
};

/// A harness of a handler, however it is made.
template <typename T>
concept MadeHandlerHarness = requires(T& harness) {
  { harness.handler() } -> HandlerLike;
  { harness.effects() } -> std::convertible_to<std::vector<std::string>>;
};

template <typename T>
concept HandlerHarnessLike = MadeHandlerHarness<T> && std::constructible_from<T, const Scenario&>;

/// One fresh handler under test with its harness, type-erased. Hooks that the harness lacks throw
/// `std::logic_error`; cases ask first. Threads: as eventstream::Handler's; the hooks and effects()
/// from one thread while nothing else is called.
class HandlerSubject {
 public:
  HandlerSubject() = default;
  HandlerSubject(const HandlerSubject&) = delete;
  HandlerSubject& operator=(const HandlerSubject&) = delete;
  virtual ~HandlerSubject() = default;

  virtual eventstream::EventTypeSet event_types() = 0;
  virtual eventstream::Result<eventstream::Offset> next_offset(
      const eventstream::Identity& application, std::stop_token token) = 0;
  virtual eventstream::Result<void> handle_event(eventstream::Offset expected,
                                                 const eventstream::Event& event,
                                                 std::stop_token token) = 0;

  virtual std::vector<std::string> effects() = 0;
  virtual void fail_next() = 0;
  virtual void reopen() = 0;
};

namespace detail {

template <typename T>
concept HasFailNext = requires(T& harness) { harness.fail_next(); };
template <typename T>
concept HasReopen = requires(T& harness) { harness.reopen(); };

template <MadeHandlerHarness H>
class HandlerHarnessSubject final : public HandlerSubject {
 public:
  explicit HandlerHarnessSubject(std::unique_ptr<H> harness) : harness_(std::move(harness)) {}

  eventstream::EventTypeSet event_types() override { return harness_->handler().event_types(); }
  eventstream::Result<eventstream::Offset> next_offset(const eventstream::Identity& application,
                                                       std::stop_token token) override {
    return harness_->handler().next_offset(application, token);
  }
  eventstream::Result<void> handle_event(eventstream::Offset expected,
                                         const eventstream::Event& event,
                                         std::stop_token token) override {
    return harness_->handler().handle_event(expected, event, token);
  }
  std::vector<std::string> effects() override { return harness_->effects(); }
  void fail_next() override {
    if constexpr (HasFailNext<H>) return harness_->fail_next();
    throw std::logic_error("the harness has no fail_next()");
  }
  void reopen() override {
    if constexpr (HasReopen<H>) return harness_->reopen();
    throw std::logic_error("the harness has no reopen()");
  }

 private:
  std::unique_ptr<H> harness_;
};

}  // namespace detail

}  // namespace streamtest

#endif
