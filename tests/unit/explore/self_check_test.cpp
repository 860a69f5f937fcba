#include "../subject/little_stream.hpp"
#include "powerless_control.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

std::string refusal() {
  try {
    (void)make_controlled_way();
  } catch (const HarnessFailure& failure) {
    return failure.what();
  }
  return "none";
}

TEST(SelfCheck, WithoutThePlantedBugThereIsNoControlledWay) {
  const std::string says = refusal();
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "this build is not under control", says);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "the planted bug wasn't found", says);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "streamtest-plain", says);
}

TEST(SelfCheck, IsMadeOnceInAProcessAndHeldAgainstItForGood) {
  const std::string first = refusal();
  EXPECT_EQ(refusal(), first);
  EXPECT_EQ(powerless_self_checks(), 1);
}

TEST(SelfCheck, ARuleThatShouldBeExploredCouldNotRun) {
  const SubjectFactory little = make_factory<LittleHarness>("little");
  Runner runner(little, {}, {"memory:", "default", "", ""});
  const Finding finding =
      runner.run(*find_rule("ORD-5"), Case{"ORD-5", "explored_schedules", run_exploration},
                 Delivery::blocking);
  EXPECT_EQ(finding.result.verdict, Verdict::could_not_run);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "this build is not under control",
                      finding.result.message);
  EXPECT_EQ(finding.schedules, 0U);
}

}  // namespace
}  // namespace streamtest
