#include "little_stream.hpp"

#include <streamtest/subject/thread_runtime.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace streamtest {
namespace {

using boost::system::error_code;

/// What the wait came to.
std::future<error_code> wait(Timer& timer) {
  const auto told = std::make_shared<std::promise<error_code>>();
  timer.async_wait([told](error_code error) { told->set_value(error); });
  return told->get_future();
}

class RuntimeOfAThread : public testing::Test {
 protected:
  const std::shared_ptr<ThreadRuntime> runtime_ = std::make_shared<ThreadRuntime>();
};

TEST_F(RuntimeOfAThread, HandlersRunInOneOtherThreadAndAStrandKeepsTheirOrder) {
  std::vector<int> order;
  std::promise<std::thread::id> last;
  const boost::asio::any_io_executor strand = runtime_->strand("stream");
  for (int i = 0; i < 3; ++i) boost::asio::post(strand, [&, i] { order.push_back(i); });
  boost::asio::post(strand, [&] { last.set_value(std::this_thread::get_id()); });
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST_F(RuntimeOfAThread, ATimerExpires) {
  Timer timer(runtime_, runtime_->executor("stream"));
  EXPECT_EQ(timer.expires_after(std::chrono::microseconds(1)), 0U);
  EXPECT_EQ(wait(timer).get(), error_code());
}

TEST_F(RuntimeOfAThread, ATimerIsCancelledByItselfByItsEndAndByTheSlot) {
  std::future<error_code> at_the_end;
  boost::asio::cancellation_signal signal;
  {
    Timer timer(runtime_, runtime_->executor("stream"));
    timer.expires_after(Timer::duration::max());
    std::future<error_code> cancelled = wait(timer);
    EXPECT_EQ(timer.cancel(), 1U);
    EXPECT_EQ(cancelled.get(), boost::asio::error::operation_aborted);
    std::promise<error_code> by_slot;
    timer.async_wait(boost::asio::bind_cancellation_slot(
        signal.slot(), [&](error_code error) { by_slot.set_value(error); }));
    signal.emit(boost::asio::cancellation_type::terminal);
    EXPECT_EQ(by_slot.get_future().get(), boost::asio::error::operation_aborted);
    at_the_end = wait(timer);
  }
  EXPECT_EQ(at_the_end.get(), boost::asio::error::operation_aborted);
}

TEST_F(RuntimeOfAThread, WhatIsLeftAtTheEndIsDestroyedThoughItHoldsTheRuntime) {
  const auto kept = std::make_shared<int>(0);
  auto timer = std::make_shared<Timer>(runtime_, runtime_->executor("stream"));
  timer->expires_after(Timer::duration::max());
  timer->async_wait([kept, timer, runtime = runtime_](error_code) {});
  timer.reset();
  EXPECT_EQ(kept.use_count(), 2);
  runtime_->end();
  EXPECT_EQ(kept.use_count(), 1);
}

// By then nobody else may still be writing down that it waits.
TEST_F(RuntimeOfAThread, AHandlerMayUseItsTimerAgainAtOnce) {
  for (int i = 0; i < 500; ++i) {
    Timer timer(runtime_, runtime_->executor("stream"));
    const auto done = std::make_shared<std::promise<void>>();
    std::future<void> is_done = done->get_future();
    timer.async_wait([&timer, done](error_code) {
      timer.expires_after(Timer::duration::zero());
      timer.async_wait([done](error_code) { done->set_value(); });
    });
    is_done.get();
  }
}

TEST_F(RuntimeOfAThread, WhatIsLeftAloneHasOneThreadStill) {
  const auto thread = [this] {
    const auto told = std::make_shared<std::promise<std::thread::id>>();
    std::future<std::thread::id> id = told->get_future();
    boost::asio::post(runtime_->executor("stream"),
                      [told] { told->set_value(std::this_thread::get_id()); });
    return id.get();
  };
  const std::thread::id before = thread();
  runtime_->leave();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(thread(), before);
}

TEST_F(RuntimeOfAThread, ATimerNeedsARuntime) {
  EXPECT_THROW(Timer(nullptr, {}), std::invalid_argument);
}

struct Later : LittleHarness {
  using LittleHarness::LittleHarness;
  void async_append(std::vector<eventstream::Parcel> batch, Subject::Appended done) {
    ++later;
    done(append(batch));
  }
  static inline int later = 0;
};

TEST(AsyncAppend, IsTheHarnessesIfItHasOneAndElseItsAppend) {
  Scenario scenario;
  scenario.event_types = {eventstream::EventType("EventA")};
  eventstream::Envelope envelope;
  envelope.type = eventstream::EventType("EventA");
  const std::vector<eventstream::Parcel> batch{eventstream::Parcel(envelope)};
  Later::later = 0;
  for (const bool has_one : {false, true}) {
    const SubjectFactory factory =
        has_one ? make_factory<Later>("later") : make_factory<LittleHarness>("little");
    EXPECT_EQ(factory.hooks.async_append, has_one);
    Offsets told;
    factory.make(scenario)->async_append(
        batch, [&](const eventstream::Result<Offsets>& offsets) { told = offsets.value(); });
    EXPECT_EQ(told, Offsets{0});
    EXPECT_EQ(Later::later, has_one ? 1 : 0);
  }
}

TEST(Capability, DeterministicIsPrinted) {
  const std::pair<std::string, std::string> printed("deterministic", "yes");
  EXPECT_EQ(declared({.deterministic = true}), std::vector{printed});
}

}  // namespace
}  // namespace streamtest
