#include <streamtest/sched/sched.hpp>

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace {

TEST(OpenedLibrary, IsUnderControl) {
  void* const library = ::dlopen(STREAMTEST_OPENED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << ::dlerror();
  const auto body = reinterpret_cast<void (*)()>(::dlsym(library, "run_in_the_opened_library"));
  ASSERT_NE(body, nullptr);
  const streamtest::sched::Report report = streamtest::sched::explore({}, body);
  EXPECT_EQ(report.verdict, streamtest::ThreadVerdict::deadlock) << report.text();
  EXPECT_EQ(report.replayed, 3U) << report.text();
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "targets.cpp:", report.trace);
}

}  // namespace
