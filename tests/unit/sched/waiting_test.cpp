#include "runs.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using streamtest::ThreadOutcome;
using streamtest::ThreadVerdict;
namespace sched = streamtest::sched;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends_) ::close(end);
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

TEST(VirtualTime, GoesOnWhenNothingElseCan) {
  std::chrono::nanoseconds slept{0};
  const ThreadOutcome outcome = run_plainly([&] {
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(1h);
    slept = std::chrono::steady_clock::now() - begin;
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok);
  EXPECT_GE(slept, 1h);
  EXPECT_LT(slept, 1h + 1s);
  EXPECT_GE(outcome.virtual_time, 1h);
}

TEST(VirtualTime, EndsWaitsInTheOrderOfTheirDeadlines) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable never;
    std::vector<int> ended;
    const auto wait = [&](int hours) {
      std::unique_lock lock(mutex);
      never.wait_for(lock, std::chrono::hours(hours));
      ended.push_back(hours);
    };
    {
      const std::array<std::jthread, 3> all{std::jthread(wait, 3), std::jthread(wait, 1),
                                            std::jthread(wait, 2)};
    }
    if (ended != std::vector{1, 2, 3}) throw std::runtime_error("in another order");
  };
  EXPECT_EQ(run_randomly(200, body).message, "");
}

TEST(VirtualTime, ComesToWhoPollsAClock) {
  const auto body = [] {
    const auto end = std::chrono::steady_clock::now() + 1h;
    while (std::chrono::steady_clock::now() < end) {
    }
    const auto later = std::chrono::system_clock::now() + 1h;
    while (std::chrono::system_clock::now() < later) std::this_thread::yield();
  };
  EXPECT_EQ(run_plainly(body).verdict, ThreadVerdict::ok);
}

TEST(VirtualTime, NeverEndsAWaitEarlyUnlessAsked) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::jthread other([&] {
      const std::lock_guard lock(mutex);
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, 1s, [&] { return done; })) throw std::runtime_error("early");
  };
  EXPECT_EQ(run_randomly(500, body).message, "");
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "early",
                      run_randomly(500, body, {.early_timeouts_below = 2s}).message);
}

// The time of the run went over its end.
TEST(VirtualTime, HasNoEndThatAWaitCouldReach) {
  const ThreadOutcome outcome = run_plainly([] {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, std::chrono::steady_clock::now() + std::chrono::hours(24 * 365 * 140));
    never.wait_until(lock, std::chrono::steady_clock::time_point::max());
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::deadlock) << outcome.message;
}

/// Notes when a move of that actor is said to have become possible.
class SinceWhen final : public streamtest::Chooser {
 public:
  std::size_t choose(std::span<const streamtest::Move> moves) override {
    for (const streamtest::Move& move : moves)
      if (notes && move.actor == 1) since.insert(move.since);
    return moves.front().actor == 1 && moves.size() > 1 ? 1 : 0;
  }
  std::size_t pick(std::size_t count) override { return count - 1; }

  bool notes = false;
  std::set<std::uint64_t> since;
};

// It had a new name at each choice, and partial order sampling a new priority for it.
TEST(VirtualTime, AWaitThatMayEndEarlyIsOneMoveForAsLong) {
  SinceWhen chooser;
  std::mutex mutex;
  std::condition_variable never;
  const ThreadOutcome outcome = sched::run({.early_timeouts_below = 2s}, chooser, [&] {
    std::jthread waits([&] {
      std::unique_lock lock(mutex);
      never.wait_for(lock, 1s);
    });
    sched::settle();
    chooser.notes = true;
    for (int i = 0; i < 5; ++i) sched::point("something else");
    chooser.notes = false;
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
  EXPECT_EQ(chooser.since.size(), 1U);
}

class Inheriting {
 public:
  Inheriting() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  Inheriting(const Inheriting&) = delete;
  Inheriting& operator=(const Inheriting&) = delete;
  ~Inheriting() { pthread_mutex_destroy(&mutex_); }
  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }
  pthread_mutex_t* native() { return &mutex_; }

 private:
  pthread_mutex_t mutex_{};
};

// Whoever had waited with it seemed to hold it for ever.
TEST(Conditions, MayBeWaitedForWithAMutexThatIsNotModelled) {
  const auto body = [] {
    Inheriting mutex;
    pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
    bool done = false;
    {
      std::jthread reader([&] {
        const std::lock_guard lock(mutex);
        while (!done) pthread_cond_wait(&changed, mutex.native());
      });
      std::jthread writer([&] {
        {
          const std::lock_guard lock(mutex);
          done = true;
        }
        pthread_cond_broadcast(&changed);
      });
    }
    const std::lock_guard once_more(mutex);
    pthread_cond_t nobody = PTHREAD_COND_INITIALIZER;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    EXPECT_EQ(pthread_cond_timedwait(&nobody, mutex.native(), &now), ETIMEDOUT);
  };
  const ThreadOutcome outcome = run_randomly(200, body);
  EXPECT_EQ(outcome.verdict, ThreadVerdict::ok) << outcome.message;
}

TEST(Spurious, WakeUpsComeOnlyIfAsked) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::jthread other([&] {
      const std::lock_guard lock(mutex);
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    if (!done) changed.wait(lock);  // NOLINT(bugprone-spuriously-wake-up-functions): the point
    if (!done) throw std::runtime_error("for nothing");
  };
  EXPECT_EQ(run_randomly(500, body).message, "");
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "for nothing",
                      run_randomly(500, body, {.spurious_wakeups = true}).message);
}

TEST(Settle, ReturnsWhenTheOthersReallyWait) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable changed;
    bool waiting = false;
    bool done = false;
    std::jthread reader([&] {
      std::unique_lock lock(mutex);
      while (!done) {
        waiting = true;
        changed.wait_for(lock, 1h);
        waiting = false;
      }
    });
    sched::settle();
    const bool waited = waiting;
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    changed.notify_one();
    if (!waited) throw std::runtime_error("settled before the reader waited");
  };
  EXPECT_EQ(run_randomly(500, body).message, "");
}

TEST(Settle, TakesWhoSpinsForOneWhoWaits) {
  const auto body = [] {
    std::atomic<bool> done = false;
    std::jthread reader([&] {
      while (!done) std::this_thread::yield();
    });
    sched::settle();
    done = true;
  };
  EXPECT_EQ(run_randomly(100, body).verdict, ThreadVerdict::ok);
}

TEST(Settle, IsNothingOutsideARun) {
  sched::settle();
  EXPECT_FALSE(sched::controlled());
}

TEST(Input, IsWaitedForAtAPoint) {
  const auto body = [] {
    const Pipe pipe;
    std::jthread writer([&] { EXPECT_EQ(::write(pipe.writing(), "x", 1), 1); });
    char letter = 0;
    if (::read(pipe.reading(), &letter, 1) != 1 || letter != 'x')
      throw std::runtime_error("nothing read");
    std::jthread second([&] { EXPECT_EQ(::write(pipe.writing(), "y", 1), 1); });
    pollfd asked{pipe.reading(), POLLIN, 0};
    if (::poll(&asked, 1, 3'600'000) != 1) throw std::runtime_error("nothing to read");
  };
  EXPECT_EQ(run_randomly(200, body).message, "");
}

TEST(Input, ThatNobodyCanWriteIsADeadlock) {
  static const Pipe& pipe = *new Pipe;  // its reader sleeps forever
  const ThreadOutcome outcome = run_plainly([] {
    char letter = 0;
    static_cast<void>(::read(pipe.reading(), &letter, 1));
  });
  EXPECT_EQ(outcome.verdict, ThreadVerdict::deadlock);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "actor 0 waits in read for fd", outcome.message);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "(pipe:[", outcome.message);
}

TEST(Input, ThatAnotherProcessMaySendAccusesNobody) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  const ThreadOutcome outcome = run_plainly(
      [&] {
        pollfd asked{terminal, POLLPRI, 0};
        ::poll(&asked, 1, -1);
      },
      {.patience = 20ms});
  EXPECT_EQ(outcome.verdict, ThreadVerdict::lost_control) << outcome.message;
}

TEST(LostControl, IsToldWithThreadAndCallAndDescriptor) {
  static const Pipe& pipe = *new Pipe;
  static const std::vector<char>& much = *new std::vector<char>(1 << 20);
  const ThreadOutcome outcome =
      run_plainly([] { static_cast<void>(::write(pipe.writing(), much.data(), much.size())); },
                  {.patience = 50ms});
  EXPECT_EQ(outcome.verdict, ThreadVerdict::lost_control);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "actor 0 (thread ", outcome.message);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "in write on fd ", outcome.message);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "(pipe:[", outcome.message);
}

TEST(LostControl, IsToldOfOneThatSpinsUnseen) {
  const auto enough = std::make_shared<std::atomic<bool>>(false);
  const ThreadOutcome outcome = run_plainly(
      [enough] {
        while (!*enough) {
        }
      },
      {.patience = 50ms});
  *enough = true;
  EXPECT_EQ(outcome.verdict, ThreadVerdict::lost_control);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "running", outcome.message);
}

TEST(Files, AreLockedUnderControl) {
  const auto body = [] {
    std::FILE* const file = std::tmpfile();
    int inside = 0;
    {
      const auto use = [&] {
        ::flockfile(file);
        if (++inside != 1) throw std::runtime_error("two at once");
        std::this_thread::yield();
        --inside;
        ::funlockfile(file);
      };
      std::jthread first(use);
      std::jthread second(use);
    }
    std::fclose(file);
  };
  EXPECT_EQ(run_randomly(100, body).message, "");
}

}  // namespace
