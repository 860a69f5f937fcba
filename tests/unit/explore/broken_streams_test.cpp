#include "../../mutants/gallery.hpp"
#include "commands.hpp"
#include "performed.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <ostream>

namespace streamtest {
namespace {

using commands::append;
using commands::next;
using commands::on;
using commands::open;
using Kind = Command::Kind;

/// A stream of the gallery that only some orders of a little program show to be broken.
struct Broken {
  const char* name;
  const char* id;
  ConcurrentProgram program;
  AnomalyKind kind;
  const char* rule;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.id;
}

std::vector<Broken> all() {
  const ConcurrentProgram read_and_append{.before = {open(0)}, .actors = {{append()}, {next(0)}}};
  const ConcurrentProgram append_twice{.before = {}, .actors = {{append()}, {append()}}};
  return {
      {"O17", "O-17", read_and_append, AnomalyKind::stuck_reader, "BLK-3"},
      {"T1", "T-1", read_and_append, AnomalyKind::stuck_reader, "BLK-3"},
      {"T3",
       "T-3",
       {.before = {open(0)}, .actors = {{on(Kind::close, 0)}, {next(0)}}},
       AnomalyKind::stuck_reader,
       "CLS-3"},
      {"T6",
       "T-6",
       {.before = {open(0)}, .actors = {{append()}, {append()}, {next(0)}}},
       AnomalyKind::skipped_event,
       "ORD-6"},
      {"O45", "O-45", append_twice, AnomalyKind::divergent_offset, "ORD-3"},
  };
}

class BrokenStreams : public testing::TestWithParam<Broken> {
 protected:
  void SetUp() override {
    if (!way()) GTEST_SKIP() << "nothing controls threads here";
  }

  /// Threads that are stuck refer to both until the process ends.
  static Way* way() {
    static Way* const made = make_controlled_way().release();
    return made;
  }
  static const SubjectFactory& factory(const std::string& id) {
    static auto& made = *new std::map<std::string, SubjectFactory>;
    if (!made.contains(id)) made.emplace(id, mutants::make(id));
    return made.at(id);
  }

  RunProgram program() const {
    return [](Chooser& chooser) {
      Way::End end;
      const auto performance =
          performed(factory(GetParam().id), GetParam().program, *way(), chooser, &end);
      EXPECT_EQ(performance->trouble(), "");
      EXPECT_FALSE(end.lost) << end.why;
      if (performance->anomalies().empty()) return streamtest::Run{{}, end.hash};
      const Anomaly& first = performance->anomalies().front();
      return streamtest::Run{std::string(to_string(first.kind)) + " " + first.rule, end.hash};
    };
  }

  std::optional<Failing> find(std::uint64_t seed) const {
    const std::unique_ptr<Strategy> strategy = make_uniform(seed);
    std::uint64_t schedules = 0;
    // What the process does once in its life is no part of an order.
    Replay usual{Schedule{}};
    program()(usual);
    return search(*strategy, program(), [&] { return schedules < 1000; }, schedules);
  }
};
INSTANTIATE_TEST_SUITE_P(Gallery, BrokenStreams, testing::ValuesIn(all()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(BrokenStreams, AreFoundForWhatIsBroken) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::optional<Failing> failing = find(seed);
    ASSERT_TRUE(failing) << "seed " << seed;
    EXPECT_EQ(failing->run.failure,
              std::string(to_string(GetParam().kind)) + " " + GetParam().rule);
  }
}

/// From the environment, for the acceptance command that wants a thousand failures.
std::uint64_t failures_wanted() {
  const char* const number = std::getenv("STREAMTEST_FAILURES");
  return number == nullptr ? 1 : std::stoull(number);
}

TEST_P(BrokenStreams, ReplayTwentyTimesWithTheSameHash) {
  for (std::uint64_t seed = 4; seed < 4 + failures_wanted(); ++seed) {
    const std::optional<Failing> failing = find(seed);
    ASSERT_TRUE(failing) << "seed " << seed;
    ASSERT_EQ(replays(*failing, program(), 20), 20U) << to_text(failing->schedule);
  }
}

TEST_P(BrokenStreams, AreNotAccusedInTheirUsualOrder) {
  Replay usual{Schedule{}};
  EXPECT_EQ(program()(usual).failure, "");
}

}  // namespace
}  // namespace streamtest
