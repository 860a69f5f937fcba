#include "reopened_stream.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/generate.hpp>
#include <streamtest/explore/player.hpp>
#include <streamtest/explore/sequences.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <random>

namespace streamtest {
namespace {

/// How many of so many programs of the rule came to each situation that it needs.
std::vector<int> arisen(std::string_view rule, const std::vector<Situation>& needed, int programs) {
  const SubjectFactory factory = make_factory<ReopenedHarness>("reopened");
  const Settings settings{.patience = std::chrono::seconds(5)};
  const auto driver = make_threads_driver();
  Bench bench(factory, settings, *driver, std::make_shared<History>(), std::string(rule),
              "situation", {});
  const Shape shape = shape_for(rule, factory);
  std::mt19937_64 random(11);
  std::vector<int> counts(needed.size());
  for (int i = 0; i < programs; ++i) {
    const Program program = generate([&] { return random(); }, random() % 37, shape);
    const std::chrono::milliseconds moment(0);
    const Played played =
        play(bench, program, {moment, least_waiting * 50, least_waiting * 50, ""});
    EXPECT_FALSE(played.breach) << played.message << "\n" << to_text(played.steps);
    for (std::size_t k = 0; k < needed.size(); ++k)
      counts[k] += played.situations.test(static_cast<std::size_t>(needed[k])) ? 1 : 0;
  }
  return counts;
}

TEST(Situation, WhatARuleNeedsComesUpInOneProgramOfTwentyOrMoreOften) {
  const SubjectFactory factory = make_factory<ReopenedHarness>("reopened");
  for (const std::string_view rule : judged_rules()) {
    const std::vector<Situation> needed = needed_situations(rule, factory);
    EXPECT_FALSE(needed.empty()) << rule;
    const std::vector<int> counts = arisen(rule, needed, 120);
    for (std::size_t k = 0; k < needed.size(); ++k)
      EXPECT_GE(counts[k], 6) << rule << ": " << to_string(needed[k]);
  }
}

TEST(Situation, WhatAStreamCanNotComeToIsNotAskedFor) {
  SubjectFactory factory = make_factory<ReopenedHarness>("reopened");
  EXPECT_EQ(needed_situations("TRN-6", factory).size(), 3U);
  factory.hooks.reopen = false;
  EXPECT_EQ(needed_situations("TRN-6", factory).size(), 1U);
  EXPECT_EQ(needed_situations("BLK-4", factory).size(), 1U);
  EXPECT_EQ(needed_situations("CLS-6", factory).size(), 1U);
  factory.capabilities.truncation = Truncation::held;
  EXPECT_TRUE(needed_situations("CLS-6", factory).empty());
  factory.capabilities.held_events = 2;
  EXPECT_EQ(needed_situations("CLS-6", factory).size(), 1U);
  factory.capabilities.truncation = Truncation::coarse;
  EXPECT_TRUE(needed_situations("TRN-1", factory).empty());
}

}  // namespace
}  // namespace streamtest
