#include <streamtest/certify/options.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace streamtest {
namespace {

/// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(Options, DurationsAreReadExactly) {
  EXPECT_EQ(parse_duration("patience", "500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_duration("patience", "1.5s"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_duration("patience", "2m"), std::chrono::minutes(2));
  EXPECT_EQ(parse_duration("patience", "24h"), std::chrono::hours(24));
}

TEST(Options, WrongDurationsAreRefused) {
  for (const char* text :
       {"", "s", "5", "0s", "-1s", "5 s", "5sec", "1e300s", "nan s", "25h", "infs"})
    EXPECT_THROW((void)parse_duration("patience", text), UsageError) << text;
}

TEST(Options, BudgetsHaveNames) {
  Options options;
  options.budget = "quick";
  EXPECT_EQ(options.settings().budget, std::chrono::seconds(3));
  options.budget = "90s";
  EXPECT_EQ(options.settings().budget, std::chrono::seconds(90));
  options.budget = "soon";
  EXPECT_THROW((void)options.settings(), UsageError);
}

TEST(Options, TheEnvironmentReachesEveryMember) {
  const Variable budget("STREAMTEST_BUDGET", "quick");
  const Variable seed("STREAMTEST_SEED", "42");
  const Variable patience("STREAMTEST_PATIENCE", "3s");
  const Variable profile("STREAMTEST_PROFILE", "strict");
  const Variable rule("STREAMTEST_RULE", "BLK-*,CLS-1");
  const Variable exclude("STREAMTEST_EXCLUDE", "TRN-*");
  const Variable scale("STREAMTEST_TIME_SCALE", "2.5");
  const Variable report("STREAMTEST_REPORT", "somewhere");
  const Variable accept("STREAMTEST_ACCEPT", "partial");
  const Variable jobs("STREAMTEST_JOBS", "2");
  const Variable variant("STREAMTEST_VARIANT", "small");
  const Options options = options_from_environment();
  EXPECT_EQ(options.budget, "quick");
  EXPECT_EQ(options.seed, 42U);
  EXPECT_EQ(options.settings().patience, std::chrono::seconds(3));
  EXPECT_EQ(options.profile, Profile::strict);
  EXPECT_EQ(options.rules, (std::vector<std::string>{"BLK-*", "CLS-1"}));
  EXPECT_EQ(options.exclude, std::vector<std::string>{"TRN-*"});
  EXPECT_DOUBLE_EQ(options.time_scale, 2.5);
  EXPECT_EQ(options.report, "somewhere");
  EXPECT_TRUE(options.accept_partial);
  EXPECT_EQ(options.jobs, 2U);
  EXPECT_EQ(options.variant, "small");
}

TEST(Options, AnUnknownVariableIsAnError) {
  const Variable typo("STREAMTEST_BUGDET", "quick");
  try {
    (void)options_from_environment();
    FAIL() << "it was accepted";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("STREAMTEST_BUGDET"), std::string::npos)
        << error.what();
  }
}

TEST(Options, AVariableWithAWrongValueIsAnError) {
  {
    const Variable seed("STREAMTEST_SEED", "many");
    EXPECT_THROW((void)options_from_environment(), UsageError);
  }
  {
    const Variable scale("STREAMTEST_TIME_SCALE", "0");
    EXPECT_THROW((void)options_from_environment(), UsageError);
  }
  const Variable patience("STREAMTEST_PATIENCE", "long");
  EXPECT_THROW((void)options_from_environment(), UsageError);
}

}  // namespace
}  // namespace streamtest
