#include "targets.hpp"

#include <streamtest/sched/expect.hpp>
#include <streamtest/schedule/search.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using streamtest::ThreadVerdict;
using streamtest::sched::Options;
using streamtest::sched::Report;

struct Target {
  const char* name;
  void (*body)(bool right);
  ThreadVerdict verdict;
  std::chrono::nanoseconds early_timeouts_below{0};

  Options options(std::uint64_t seed) const {
    Options options{.seed = seed};
    options.limits.early_timeouts_below = early_timeouts_below;
    return options;
  }
};
void PrintTo(const Target& target, std::ostream* out) {
  *out << target.name;
}

constexpr Target all[] = {
    {"missed_wake_up", targets::missed_wake_up, ThreadVerdict::deadlock},
    {"close_against_next", targets::close_against_next, ThreadVerdict::deadlock},
    {"two_locks", targets::two_locks, ThreadVerdict::deadlock},
    {"shared_condition", targets::shared_condition, ThreadVerdict::deadlock},
    {"time_out_against_append", targets::time_out_against_append, ThreadVerdict::failed, 1s},
    {"long_prefix", targets::long_prefix, ThreadVerdict::failed},
    {"atomic_wait", targets::atomic_wait, ThreadVerdict::deadlock},
    {"stop_callback", targets::stop_callback, ThreadVerdict::deadlock},
};

class Targets : public testing::TestWithParam<Target> {};
INSTANTIATE_TEST_SUITE_P(All, Targets, testing::ValuesIn(all),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(Targets, AreFoundWithEachSeedAndReplayThreeTimes) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Report report =
        streamtest::sched::explore(GetParam().options(seed), [] { GetParam().body(false); });
    ASSERT_EQ(report.verdict, GetParam().verdict) << "seed " << seed << ": " << report.text();
    EXPECT_EQ(report.replayed, 3U) << report.text();
  }
}

TEST_P(Targets, GiveTheSameVerdictAndHashWhenReplayedByTheirText) {
  const Report found =
      streamtest::sched::explore(GetParam().options(3), [] { GetParam().body(false); });
  const Report again = streamtest::sched::replay(
      found.schedule, [] { GetParam().body(false); }, GetParam().options(3).limits);
  EXPECT_EQ(again.verdict, GetParam().verdict) << again.text();
  EXPECT_EQ(again.hash, found.hash);
}

// As they were found, not shrunk: long schedules replay as exactly as short ones.
TEST_P(Targets, ReplayExactlyWhateverTheSeed) {
  const auto limits = GetParam().options(0).limits;
  const streamtest::RunProgram program = [&](streamtest::Chooser& chooser) {
    const auto outcome = streamtest::sched::run(limits, chooser, [] { GetParam().body(false); });
    return streamtest::Run{
        std::string(outcome.verdict == ThreadVerdict::ok ? "" : to_string(outcome.verdict)),
        outcome.hash};
  };
  for (std::uint64_t seed = 100; seed < 112; ++seed) {
    std::uint64_t schedules = 0;
    const auto strategy = streamtest::make_portfolio(seed);
    const auto found =
        streamtest::search(*strategy, program, [&] { return schedules < 1000; }, schedules);
    ASSERT_TRUE(found) << "seed " << seed;
    EXPECT_EQ(streamtest::replays(*found, program), 3U)
        << "seed " << seed << ", schedule " << to_text(found->schedule);
  }
}

TEST_P(Targets, AreCleanOnceTheyAreRight) {
  STREAMTEST_EXPECT_SCHEDULES(GetParam().options(1), { GetParam().body(true); });
}

TEST(OtherMeans, AreUnderControlAndClean) {
  constexpr Options options{.schedules = 500};
  STREAMTEST_EXPECT_SCHEDULES(options, { targets::shared_mutex(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { targets::latch_and_semaphore(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { targets::call_once_and_async(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { targets::recursive_and_timed_mutex(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { targets::semaphores_of_posix(); });
}

// It was reported as a pass.
TEST(Report, OfAFailureThatDoesNotComeAgainIsNoPass) {
  int runs = 0;
  const Report report = streamtest::sched::explore({}, [&] {
    streamtest::sched::point("here");
    if (++runs == 2) throw std::runtime_error("once");
  });
  EXPECT_EQ(report.verdict, ThreadVerdict::diverged) << report.text();
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.replayed, 0U);
  EXPECT_EQ(report.message,
            "'failed: the body ended with an exception: once' was seen, and not again in the same "
            "order; the body doesn't do the same each time");
}

TEST(Report, TellsWhoOwnsWhatAndWhoWaitsForItAndWhere) {
  const Report report = streamtest::sched::explore({}, [] { targets::two_locks(false); });
  EXPECT_EQ(report.message,
            "actor 0 waits for lock 4, owned by actor 1; actor 1 waits for lock 3, owned by "
            "actor 0");
  EXPECT_NE(report.trace.find("targets::two_locks(bool) at targets.cpp:"), std::string::npos)
      << report.trace;
  EXPECT_NE(report.text().find("replays 3/3"), std::string::npos) << report.text();
}

}  // namespace
