#include "../../mutants/gallery.hpp"
#include "dispatched_stream.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

// In a process of their own, for their threads stay in it.

namespace streamtest {
namespace {

Finding run(const SubjectFactory& factory, const char* rule,
            Delivery delivery = Delivery::blocking) {
  Runner runner(factory, {.patience = std::chrono::seconds(2)}, {"memory:", "default", "", ""});
  return runner.run(*find_rule(rule), Case{rule, "explored_schedules", run_exploration}, delivery);
}

bool controlled() {
  return make_controlled_way() != nullptr;
}

// All of its time was virtual once, and over before the dispatcher's first round.
TEST(Outsiders, AStreamThatAThreadOfTheProcessWakesIsNotCalledStuck) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  struct Before;
  (void)dispatched::dispatcher<Before>();
  const SubjectFactory factory = make_factory<dispatched::Harness<Before>>("dispatched");
  const Finding finding = run(factory, "BLK-4");
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
  EXPECT_EQ(finding.explored.weaker_because.size(), 1U);
}

// The thread of the first run was left asleep in it, and so the second run's stream stuck.
TEST(Outsiders, AThreadOfTheProcessThatARunMakesIsNotTakenFromTheNext) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  struct Within;
  const SubjectFactory factory = make_factory<dispatched::Harness<Within>>("dispatched");
  const Finding finding = run(factory, "BLK-4");
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
}

// Its handlers' time was over before the other thread could have done anything.
TEST(Outsiders, HandlersInOneThreadProveNothingWhileAnotherMayPost) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  static const auto& broken = *new SubjectFactory(mutants::make("T-8"));
  const std::jthread other([](const std::stop_token& token) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, token, [] { return false; });
  });
  const Finding finding = run(broken, "BLK-3", Delivery::asynchronous);
  const std::set<std::string>& why = finding.explored.weaker_because;
  ASSERT_FALSE(why.empty());
  EXPECT_NE(why.begin()->find("isn't, or may not be, where it is real"), std::string::npos)
      << *why.begin();
  EXPECT_EQ(finding.result.message.find("run by simulated handlers"), std::string::npos)
      << finding.result.message;
}

/// With each stream a thread comes that stays when it is destroyed.
struct Attended : LittleHarness {
  explicit Attended(const Scenario& scenario) : LittleHarness(scenario) {
    static auto& all = *new Attendants;
    const std::lock_guard lock(all.mutex);
    all.threads.emplace_back([] {
      std::unique_lock waits(all.mutex);
      all.never.wait(waits, [] { return false; });
    });
  }
  struct Attendants {
    std::mutex mutex;
    std::condition_variable never;
    std::vector<std::thread> threads;
  };
};

TEST(Outsiders, ThreadsThatOutliveTheirStreamAreLeftToTheSystem) {
  if (!controlled()) GTEST_SKIP() << "nothing controls threads here";
  const SubjectFactory attended = make_factory<Attended>("attended");
  const Finding finding = run(attended, "ORD-5");
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
  EXPECT_EQ(finding.explored.weaker_because, (std::set<std::string>{std::string(threads_outlive)}));
}

}  // namespace
}  // namespace streamtest
