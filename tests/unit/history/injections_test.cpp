#include "injections.hpp"

#include "script.hpp"

#include <algorithm>

namespace streamtest {
namespace {

class CheckerInjections : public testing::TestWithParam<Injection> {};

TEST_P(CheckerInjections, IsTheFirstThatIsNamedInALongRecord) {
  const Injection injection = GetParam();
  const Allowances allowances{.durable = true};
  Checker checker(allowances);
  Random random(static_cast<std::uint64_t>(injection.kind));
  int injected = 0;
  for (int round = 0; round < 400 && injected < 60; ++round) {
    const Shape shape{.calls = 200 + below(random, 200),
                      .appenders = 2,
                      .readers = 3,
                      .types = 2,
                      .truncates = injection.truncates,
                      .cancels = true,
                      .closes = true,
                      .final_phase = true,
                      .consumer = true};
    Record record = random_record(shape, allowances, random);
    if (!injection.inject(record, random)) continue;
    ++injected;
    const std::vector<Anomaly> anomalies = checker.check(record);
    ASSERT_FALSE(anomalies.empty()) << "round " << round << "\n" << to_json(record);
    ASSERT_EQ(to_string(anomalies.front().kind), to_string(injection.kind))
        << "round " << round << "\n"
        << lines(anomalies) << to_json(record);
  }
  EXPECT_GE(injected, 10);
}

std::string test_name(const testing::TestParamInfo<Injection>& info) {
  std::string name(to_string(info.param.kind));
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return letter == ' ' || letter == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, CheckerInjections, testing::ValuesIn(injections()), test_name);

TEST(CheckerInjectionsList, HasEveryKindButTheOneThatOnlyReplayShows) {
  for (int kind = 1; kind <= 29; ++kind) {
    const auto each = static_cast<AnomalyKind>(kind);
    EXPECT_EQ(std::any_of(injections().begin(), injections().end(),
                          [&](const Injection& injection) { return injection.kind == each; }),
              each != AnomalyKind::cursor_interference)
        << to_string(each);
  }
}

}  // namespace
}  // namespace streamtest
