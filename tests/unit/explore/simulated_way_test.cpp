#include "../../mutants/gallery.hpp"
#include "../subject/little_stream.hpp"
#include "commands.hpp"
#include "performed.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/history/timeline.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/subject/runtime.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>

namespace streamtest {
namespace {

using commands::append;
using commands::next;
using commands::open;

Finding explore(const SubjectFactory& factory, const char* rule, Settings settings = {}) {
  Runner runner(factory, settings, {"memory:", "default", "", ""});
  return runner.run(*find_rule(rule), Case{rule, "explored_schedules", run_exploration},
                    Delivery::asynchronous);
}

/// Streams that are stuck may refer to it until the process ends.
const SubjectFactory& gallery(const std::string& id) {
  return *new SubjectFactory(mutants::make(id));
}

std::string why_weaker(const Finding& finding) {
  return fmt::format("{}", fmt::join(finding.explored.weaker_because, "\n"));
}

TEST(SimulatedWay, GeneratedProgramsOnACorrectStreamAccuseNobodyAndRepeat) {
  const SubjectFactory& control = gallery("CONTROL-A");
  std::mt19937_64 random(7);
  const auto way = make_simulated_way();
  for (const char* rule : {"ORD-5", "CAN-3", "CLS-3", "CON-2", "APP-3"})
    for (int i = 0; i < 20; ++i) {
      const ConcurrentProgram program =
          generate([&] { return random(); }, concurrent_shape_for(rule, control, true));
      std::uint64_t hashes[2] = {};
      const std::uint64_t seed = random();
      for (std::uint64_t& hash : hashes) {
        const auto strategy = make_uniform(seed);
        strategy->begin();
        Way::End end;
        const auto performance =
            performed(control, program, *way, *strategy, &end, Delivery::asynchronous);
        EXPECT_FALSE(end.lost) << end.why;
        EXPECT_EQ(performance->trouble(), "");
        EXPECT_TRUE(performance->anomalies().empty())
            << rule << "\n"
            << to_text(program, {}) << performance->anomalies().front().sentence << "\n"
            << timeline(performance->record(), {});
        hash = end.hash;
      }
      EXPECT_EQ(hashes[0], hashes[1]);
    }
}

TEST(SimulatedWay, AppendsAndReadsOverlapWithoutThreads) {
  const auto way = make_simulated_way();
  const auto strategy = make_uniform(3);
  strategy->begin();
  const auto performance = performed(
      gallery("CONTROL-A"), {.before = {open(0)}, .actors = {{next(0)}, {append()}, {append()}}},
      *way, *strategy, nullptr, Delivery::asynchronous);
  EXPECT_TRUE(performance->came_to(Label::append_during_read));
  EXPECT_TRUE(performance->came_to(Label::appends_side_by_side));
  EXPECT_TRUE(performance->came_to(Label::read_waited));
}

// PCT's bounds depend on it, and would be too good with fewer.
TEST(SimulatedWay, EveryActorCountsThatMakesAMove) {
  const auto way = make_simulated_way();
  Replay usual{Schedule{}};
  Way::End end;
  performed(gallery("CONTROL-A"),
            {.before = {open(0)}, .actors = {{next(0)}, {append()}, {append()}}}, *way, usual, &end,
            Delivery::asynchronous);
  EXPECT_GE(end.actors, 6U) << "three, the main actor, the last reader and the log";
}

class SimulatedMutant : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Gallery, SimulatedMutant,
                         testing::Values(std::pair("T-8", "BLK-3"), std::pair("T-9", "BLK-4"),
                                         std::pair("T-10", "CON-2")),
                         [](const auto& each) {
                           std::string name = each.param.first;
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(SimulatedMutant, IsFoundAndReplays) {
  // As long as it takes: how far a second gets is up to the machine.
  const Finding finding =
      explore(gallery(GetParam().first), GetParam().second, {.budget = std::chrono::minutes(10)});
  ASSERT_EQ(finding.result.verdict, Verdict::fail) << finding.result.message;
  for (const char* part : {"run by simulated handlers", "it replayed 3 of 3 times"})
    EXPECT_NE(finding.result.message.find(part), std::string::npos) << part << "\nin\n"
                                                                    << finding.result.message;
}

TEST(SimulatedWay, ACorrectStreamPassesAndIsNotExploredInAWeakerWay) {
  const Finding finding = explore(gallery("CONTROL-A"), "CON-2");
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
  EXPECT_EQ(why_weaker(finding), "");
  EXPECT_EQ(finding.explored.ways,
            (std::map<std::string, std::uint64_t>{{"simulated handlers", finding.programs}}));
  EXPECT_EQ(finding.schedules, finding.programs * 14);
  EXPECT_GT(finding.explored.bounds.at(2), 0);
}

// ---- streams that claim `deterministic` and aren't: told so, and not called wrong

struct Claiming : LittleHarness {
  using LittleHarness::LittleHarness;
  static Capabilities capabilities() {
    return {.truncation = Truncation::strict, .deterministic = true};
  }
};

/// It makes a thread, which nothing depends on.
struct Threaded : Claiming {
  explicit Threaded(const Scenario& scenario)
      : Claiming(scenario),
        executor(scenario.runtime->executor()),
        idle([stop = stop.get_future()] { stop.wait(); }) {}
  ~Threaded() {
    stop.set_value();
    idle.join();
  }
  std::promise<void> stop;
  boost::asio::any_io_executor executor;
  std::thread idle;
};

/// A handler of its own runs again and again.
struct Spinning : Claiming {
  explicit Spinning(const Scenario& scenario)
      : Claiming(scenario), executor(scenario.runtime->executor()), over(new std::atomic(false)) {
    spin(executor, over);
  }
  ~Spinning() { *over = true; }
  static void spin(const boost::asio::any_io_executor& executor,
                   const std::shared_ptr<std::atomic<bool>>& over) {
    boost::asio::post(executor, [executor, over] {
      if (!*over) spin(executor, over);
    });
  }
  boost::asio::any_io_executor executor;
  std::shared_ptr<std::atomic<bool>> over;
};

/// Every second one does a step more.
struct Moody : Claiming {
  explicit Moody(const Scenario& scenario) : Claiming(scenario) {
    static std::atomic<unsigned> made = 0;
    const boost::asio::any_io_executor executor = scenario.runtime->executor();
    for (unsigned i = made++ % 2; i < 2; ++i) boost::asio::post(executor, [] {});
  }
};

/// append() waits for a handler, and there is no async_append().
struct Waiting : Claiming {
  explicit Waiting(const Scenario& scenario)
      : Claiming(scenario), executor(scenario.runtime->executor()) {}
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    std::promise<void> turn;
    boost::asio::post(executor, [&] { turn.set_value(); });
    turn.get_future().wait();
    return Claiming::append(batch);
  }
  boost::asio::any_io_executor executor;
};

template <typename Harness>
void is_told(const char* what) {
  const auto& factory = *new SubjectFactory(make_factory<Harness>("claiming"));
  const Finding finding = explore(factory, "ORD-5", {.budget = std::chrono::seconds(3)});
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
  const std::string why = why_weaker(finding);
  EXPECT_NE(why.find("handlers can't be simulated: "), std::string::npos) << why;
  EXPECT_NE(why.find(what), std::string::npos) << why;
  EXPECT_FALSE(finding.explored.ways.contains("simulated handlers"));
}

TEST(SimulatedWay, WhoIgnoresTheExecutorIsTold) {
  is_told<Claiming>("never asked for the Scenario's executor");
}

TEST(SimulatedWay, WhoStartsAThreadIsTold) {
  is_told<Threaded>("threads where it had");
}

TEST(SimulatedWay, WhoSpinsIsTold) {
  is_told<Spinning>("step limit");
}

TEST(SimulatedWay, WhoIsNotDeterministicIsTold) {
  is_told<Moody>("two runs of a program in one order differed");
}

TEST(SimulatedWay, WhoBlocksTheOnlyThreadIsTold) {
  is_told<Waiting>("its only thread doesn't come back");
}

}  // namespace
}  // namespace streamtest
