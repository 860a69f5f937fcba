#include "runs.hpp"
#include "targets.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;
using streamtest::ThreadOutcome;
using streamtest::ThreadVerdict;
namespace sched = streamtest::sched;

TEST(Run, IsOkWhenAllHaveEnded) {
  const ThreadOutcome outcome = run_plainly([] { targets::two_locks(true); });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
  EXPECT_EQ(outcome.actors, 2U);
  EXPECT_GT(outcome.moves, 4U);
  EXPECT_TRUE(outcome.met_a_point);
  EXPECT_EQ(outcome.uncontrolled, 0U);
}

TEST(Run, FailsWithTheTextOfWhatTheBodyThrew) {
  const ThreadOutcome outcome = run_plainly([] { throw std::runtime_error("wrong order"); });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::failed);
  EXPECT_EQ(outcome.message, "the body ended with an exception: wrong order");
}

TEST(Run, FailsWithTheTextOfWhatAThreadThrew) {
  const ThreadOutcome outcome =
      run_plainly([] { std::jthread([] { throw std::runtime_error("too late"); }); });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::failed);
  EXPECT_EQ(outcome.message, "actor 1 ended with an exception: too late");
}

TEST(Run, TellsThreadsThatAreLeftWhenTheBodyHasEnded) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable never;
  };
  static Shared& shared = *new Shared;  // its thread never ends
  const ThreadOutcome outcome = run_plainly([] {
    std::thread([] {
      std::unique_lock lock(shared.mutex);
      shared.never.wait(lock, [] { return false; });
    }).detach();
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::leaked);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "actor 1 waits on condition", outcome.message);
}

TEST(Run, LetsThreadsEndThatTheBodyDidNotWaitFor) {
  const ThreadOutcome outcome =
      run_plainly([] { std::thread([] { std::this_thread::sleep_for(1s); }).detach(); });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
}

// It is the run that joins a detached thread, with which glibc would take a second join for one of
// another thread.
TEST(Run, RefusesASecondDetachAndAJoinOfADetachedThread) {
  int again = 0;
  int joined = 0;
  const ThreadOutcome outcome = run_plainly([&] {
    std::thread thread([] { std::this_thread::sleep_for(1s); });
    const pthread_t handle = thread.native_handle();
    thread.detach();
    again = pthread_detach(handle);
    joined = pthread_join(handle, nullptr);
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
  EXPECT_EQ(again, EINVAL);
  EXPECT_EQ(joined, EINVAL);
}

TEST(Run, EndsASpinnerAtTheStepLimit) {
  const ThreadOutcome outcome = run_plainly(
      [] {
        for (;;) std::this_thread::yield();
      },
      {.moves = 500});
  EXPECT_EQ(outcome.verdict, ThreadVerdict::step_limit);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "after 500 moves: actor 0 could go on with 'yield'",
                      outcome.message);
}

TEST(Run, LetsTheOthersGoOnWhileOneYields) {
  const auto body = [] {
    std::atomic<bool> done = false;
    std::jthread other([&] { done = true; });
    while (!done) std::this_thread::yield();
  };
  EXPECT_EQ(run_plainly(body, {.moves = 100}).verdict, ThreadVerdict::ok);
}

TEST(Run, LetsTwoThatYieldWaitForOneThatSleeps) {
  const auto body = [] {
    std::atomic<bool> done = false;
    const auto spin = [&] {
      while (!done) std::this_thread::yield();
    };
    std::jthread first(spin);
    std::jthread second(spin);
    std::this_thread::sleep_for(1h);
    done = true;
  };
  EXPECT_EQ(run_plainly(body, {.moves = 500}).verdict, ThreadVerdict::ok);
}

TEST(Run, SaysThatNothingIsControlledIfNoPointWasMet) {
  const auto body = [] { std::jthread([] {}); };
  EXPECT_FALSE(run_plainly(body).met_a_point);
  const sched::Report report = sched::explore({}, body);
  EXPECT_FALSE(report.passed());
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "nothing controlled", report.text());
}

TEST(Run, StaysUsableAfterAHundredThatGotStuck) {
  const sched::Report found = sched::explore({}, [] { targets::two_locks(false); });
  for (int i = 0; i < 100; ++i) {
    streamtest::Replay replay(streamtest::schedule_from_text(found.schedule).value());
    ASSERT_EQ(sched::run({}, replay, [] { targets::two_locks(false); }).verdict,
              ThreadVerdict::deadlock);
  }
  EXPECT_EQ(run_randomly(100, [] { targets::shared_condition(true); }).verdict, ThreadVerdict::ok);
  std::mutex mutex;  // outside a run all is as ever
  std::unique_lock lock(mutex);
  std::jthread([&] { EXPECT_FALSE(mutex.try_lock()); }).join();
  lock.unlock();
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

TEST(Run, IsRefusedWithinARun) {
  const ThreadOutcome outcome = run_plainly([] { run_plainly([] {}); });
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "within another one", outcome.message);
}

TEST(Run, IsAskedForChoicesInTheOrderThatIsPromised) {
  struct Watching final : streamtest::Chooser {
    std::size_t choose(std::span<const streamtest::Move> moves) override {
      // The actor that moved last if it can, then by rising number from there on, around.
      for (std::size_t i = 1; i < moves.size(); ++i) {
        const auto distance = [&](const streamtest::Move& move) {
          return (move.actor + 4 - last) % 4;
        };
        ordered &= distance(moves[i - 1]) < distance(moves[i]);
      }
      for (const streamtest::Move& move : moves) past &= move.since <= made;
      ++made;
      const std::size_t choice = made % moves.size();
      last = moves[choice].actor;
      return choice;
    }
    std::size_t pick(std::size_t count) override { return count - 1; }
    std::uint64_t made = 0;
    streamtest::Actor last = 0;
    bool ordered = true;
    bool past = true;
  } chooser;
  const auto body = [] {
    std::mutex mutex;
    const auto lock = [&] {
      for (int i = 0; i < 5; ++i) const std::lock_guard guard(mutex);
    };
    const std::array<std::jthread, 3> all{std::jthread(lock), std::jthread(lock),
                                          std::jthread(lock)};
  };
  const ThreadOutcome outcome = sched::run({}, chooser, body);
  EXPECT_EQ(outcome.moves, chooser.made);
  EXPECT_TRUE(chooser.ordered);
  EXPECT_TRUE(chooser.past);
}

TEST(Replay, SaysThatAScheduleDoesNotFit) {
  const sched::Report report = sched::replay("5000=1", [] { targets::missed_wake_up(true); });
  EXPECT_EQ(report.verdict, ThreadVerdict::diverged);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "doesn't fit this program, which came to: ok",
                      report.message);
}

TEST(Replay, RefusesWhatIsNoSchedule) {
  EXPECT_THROW(sched::replay("tomorrow", [] {}), std::invalid_argument);
}

TEST(SelfCheck, FindsThePlantedBug) {
  EXPECT_EQ(sched::self_check(), "");
}

TEST(ThreadControl, IsFoundByWhoDoesNotKnowTheLibrary) {
  const streamtest::ThreadControl* const control = streamtest::thread_control();
  ASSERT_NE(control, nullptr);
  streamtest::Replay plain{streamtest::Schedule{}};
  bool inside = false;
  std::uint64_t moves = 0;
  const ThreadOutcome outcome = control->run({}, plain, [&] {
    inside = control->controlled();
    control->point("here");
    moves = control->moves();
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
  EXPECT_TRUE(inside);
  EXPECT_EQ(moves, 2U);  // the body's begin and the point
  EXPECT_FALSE(control->controlled());
  EXPECT_EQ(control->moves(), 0U);
}

}  // namespace
