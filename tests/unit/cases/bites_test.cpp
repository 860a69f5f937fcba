#include "../../conformance/handler_harness.hpp"
#include "bite.hpp"
#include "lie.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/subject/worker.hpp>

#include <gtest/gtest.h>
#include <mutants/gallery.hpp>

#include <algorithm>
#include <chrono>

namespace streamtest {
namespace {

/// The name by which this program is a process that does no work.
constexpr const char* idle = "idle";

/// What is certified where a row names no entry of the gallery.
SubjectFactory truthful(const std::string& name) {
  if (name == "sqlite-handler") return make_factory<conformance::SqliteHandlerHarness>(name);
  return mutants::make(name);
}

const Case& case_of(std::string_view rule, std::string_view name) {
  const auto& all = all_cases();
  const auto found = std::ranges::find_if(
      all, [&](const Case& each) { return each.rule == rule && each.name == name; });
  if (found == all.end()) throw std::logic_error("there is no such case");
  return *found;
}

Finding run(const Bite& bite, const SubjectFactory& factory, std::uint64_t seed) {
  const Settings settings{
      .patience = bite.patience, .budget = std::chrono::milliseconds(1), .seed = seed};
  const std::string worker = bite.idle_worker ? idle : bite.truth;
  Runner runner(factory, settings, {bite.truth, "quick", "", "", {"unit_bites", worker}});
  return runner.run(*find_rule(bite.rule), case_of(bite.rule, bite.name), Delivery::blocking);
}

class BitesTest : public testing::TestWithParam<Bite> {};

// One wrong answer at a place where this check alone looks, so that nobody can lose the check
// without a test that fails. Where threads race, chance decides which answer that is: then the
// question is whether the check can see it at all, and several places and schedules are tried.
TEST_P(BitesTest, ACheckTellsOfItsLie) {
  const Bite& bite = GetParam();
  std::string seen;
  const std::uint64_t seeds = bite.places == 1 ? 1 : 10;
  for (std::uint64_t attempt = 0; attempt < bite.places * seeds; ++attempt) {
    Lying plan = bite.plan;
    plan.first += attempt % bite.places;
    SubjectFactory factory = lying(truthful(bite.truth), std::make_shared<Liar>(plan));
    if (bite.change) bite.change(factory);
    const Finding finding = run(bite, factory, 1 + attempt / bite.places);
    if (finding.result.verdict == Verdict::fail &&
        finding.result.message.find(bite.phrase) != std::string::npos)
      return;
    seen += finding.result.message + "\n";
  }
  FAIL() << "expected \"" << bite.phrase << "\", seen\n" << seen;
}

std::string name_of(const testing::TestParamInfo<Bite>& info) {
  return std::string(info.param.name) + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Reading, BitesTest, testing::ValuesIn(reading_bites()), name_of);
INSTANTIATE_TEST_SUITE_P(Writing, BitesTest, testing::ValuesIn(writing_bites()), name_of);
INSTANTIATE_TEST_SUITE_P(Crashing, BitesTest, testing::ValuesIn(crashing_bites()), name_of);

}  // namespace

/// The process that a case kills: it tells no lies.
int work(const std::string& truth) {
  if (truth == idle) return 0;
  return run_worker(truthful(truth));
}

}  // namespace streamtest

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && arguments[1][0] != '-') return streamtest::work(arguments[1]);
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}
