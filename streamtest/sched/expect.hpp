#ifndef STREAMTEST_SCHED_EXPECT_HPP
#define STREAMTEST_SCHED_EXPECT_HPP

#include <streamtest/sched/sched.hpp>

/// Explores a block of code in a GoogleTest test, which includes <gtest/gtest.h> itself; a failure
/// is not fatal and shows the whole report.
///
///     STREAMTEST_EXPECT_SCHEDULES(streamtest::sched::Options{.schedules = 2000}, {
///       Queue queue;
///       std::jthread reader([&] { queue.pop(); });
///       queue.push(1);
///     });
///
/// Say what is wrong by throwing: an EXPECT_… in the block fails the test, but the search goes on
/// and the schedule isn't told. Blocks and throws as explore() does.
#define STREAMTEST_EXPECT_SCHEDULES(options, ...)                     \
  if (const ::streamtest::sched::Report streamtest_report =           \
          ::streamtest::sched::explore((options), [&]() __VA_ARGS__); \
      streamtest_report.passed()) {                                   \
  } else                                                              \
    ADD_FAILURE() << streamtest_report.text()

#endif
