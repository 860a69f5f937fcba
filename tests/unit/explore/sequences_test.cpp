#include "../subject/little_stream.hpp"
#include "reopened_stream.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/sequences.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <utility>

namespace streamtest {
namespace {

/// The memory stream with a cursor that gives the third event twice.
struct RepeatingStream {
  struct Cursor {
    eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
      if (again) return *std::exchange(again, std::nullopt);
      auto seen = cursor.next(token);
      if (seen && seen->offset == 2) again = *seen;
      return seen;
    }
    eventstream::Result<void> close() { return cursor.close(); }

    eventstream::Cursor cursor;
    std::optional<eventstream::Event> again = {};
  };

  eventstream::Identity application() const { return memory.application(); }
  eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token) const {
    return memory.event_types(token);
  }
  eventstream::Result<Cursor> open(eventstream::Offset offset,
                                   const eventstream::EventTypeSet& filter,
                                   const std::stop_token& token) {
    auto opened = memory.open(offset, filter, token);
    if (!opened) return opened.error();
    return Cursor{.cursor = std::move(*opened)};
  }

  memorystream::Stream& memory;
};

struct RepeatingHarness : LittleHarness {
  explicit RepeatingHarness(const Scenario& scenario)
      : LittleHarness(scenario), repeating{memory} {}
  RepeatingStream& stream() { return repeating; }

  RepeatingStream repeating;
};

/// A stream whose appends write down where it began when it was opened, and whose reopening
/// believes them.
struct ForgettingHarness : ReopenedHarness {
  using ReopenedHarness::ReopenedHarness;
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    written = opened;
    return ReopenedHarness::append(batch);
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first) {
    written = *ReopenedHarness::truncate(first);
    return written;
  }
  void reopen() {
    opened = cut = written;
    ReopenedHarness::reopen();
  }

  eventstream::Offset opened = 0;
  eventstream::Offset written = 0;
};

/// Reopening one of two streams doubles the first event of the other.
struct GreedyHarness : ReopenedHarness {
  using ReopenedHarness::ReopenedHarness;
  std::unique_ptr<GreedyHarness> twin(const Scenario& wanted) {
    auto made = std::make_unique<GreedyHarness>(wanted);
    other = made.get();
    return made;
  }
  void reopen() {
    ReopenedHarness::reopen();
    if (other == nullptr || other->stored.empty()) return;
    other->stored.insert(other->stored.begin(), other->stored.front());
    other->fill();
  }

  GreedyHarness* other = nullptr;
};

/// A stream that was found again has its events at other offsets when it is reopened: all of them,
/// so that any read shows it.
struct HalfRecoveredHarness : ReopenedHarness {
  using ReopenedHarness::ReopenedHarness;
  void reopen() {
    if (scenario.existing) std::rotate(stored.begin(), stored.begin() + 1, stored.end());
    ReopenedHarness::reopen();
  }
};

/// The same at every reopening.
struct RotatingHarness : ReopenedHarness {
  using ReopenedHarness::ReopenedHarness;
  void reopen() {
    if (!stored.empty()) std::rotate(stored.begin(), stored.begin() + 1, stored.end());
    ReopenedHarness::reopen();
  }
};

/// Programs that begin with a stream which is found again; no process is killed for it.
void run_with_found_streams(Bench& bench) {
  const auto find = [&bench](std::uint64_t) {
    Scenario scenario = bench.scenario(bench.event_types(3));
    scenario.existing = true;
    bench.history().clear();
    const auto trial =
        std::make_shared<Trial>(bench.factory(), scenario, bench, bench.driver(), bench.patience());
    std::vector<Logged> events = trial->append({0, 1, 0});
    return Survived{.trial = trial.get(), .events = std::move(events), .keeper = trial};
  };
  run_sequences_after(find, bench);
}

class SequencesTest : public testing::Test {
 protected:
  Finding run(const SubjectFactory& factory, const char* rule, std::uint64_t seed = 1,
              void (*body)(Bench&) = run_sequences,
              std::chrono::seconds budget = std::chrono::seconds(30)) {
    Settings settings{.patience = std::chrono::seconds(5), .budget = budget};
    settings.seed = seed;
    Runner runner(factory, settings, {"memory:", "default", "", ""});
    return runner.run(*find_rule(rule), Case{rule, "generated_programs", body}, Delivery::blocking);
  }

  /// What is to be found isn't missed because the machine is busy: there is time enough.
  Finding find(const SubjectFactory& factory, const char* rule, std::uint64_t seed = 1,
               void (*body)(Bench&) = run_sequences) {
    Finding finding = run(factory, rule, seed, body, std::chrono::seconds(3000));
    // A default run has 60, or 6 that begin with a kill, and goes on while a situation is missing.
    EXPECT_LE(finding.programs, body == run_sequences ? 90U : 9U);
    return finding;
  }

  static std::size_t steps(const std::string& message) {
    const std::regex step(R"(\n +\d+\. )");
    return static_cast<std::size_t>(
        std::distance(std::sregex_iterator(message.begin(), message.end(), step), {}));
  }

  SubjectFactory correct = make_factory<ReopenedHarness>("reopened");
  SubjectFactory repeating = make_factory<RepeatingHarness>("repeating");
};

TEST_F(SequencesTest, ACorrectStreamPassesForEveryRuleTheModelJudges) {
  for (const std::string_view rule : judged_rules()) {
    const Finding finding = run(correct, std::string(rule).c_str());
    EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
    EXPECT_GE(finding.programs, 5U) << rule;  // fewer than wanted where runs are slow
  }
}

TEST_F(SequencesTest, APlantedBugIsFoundAndShrunkToAFewCommands) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Finding finding = find(repeating, "ORD-1", seed);
    ASSERT_EQ(finding.result.verdict, Verdict::fail) << "seed " << seed;
    const std::string& message = finding.result.message;
    // Append, open, read, read again.
    EXPECT_LE(steps(message), 6U) << message;
    EXPECT_GE(steps(message), 4U) << message;
    EXPECT_NE(message.find("it has delivered 2 already"), std::string::npos) << message;
    EXPECT_NE(message.find("const auto trial = bench.trial();"), std::string::npos) << message;
  }
}

TEST_F(SequencesTest, WhatAReopeningForgetsIsFoundWhateverTheSeed) {
  const SubjectFactory forgetting = make_factory<ForgettingHarness>("forgetting");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Finding finding = find(forgetting, "TRN-6", seed);
    ASSERT_EQ(finding.result.verdict, Verdict::fail) << "seed " << seed;
    // Append, truncate, append, reopen, and one or two that show it.
    EXPECT_LE(steps(finding.result.message), 6U) << finding.result.message;
    EXPECT_NE(finding.result.message.find("reopen the stream"), std::string::npos);
  }
  EXPECT_EQ(run(forgetting, "TRN-2").result.verdict, Verdict::pass);
}

TEST_F(SequencesTest, WhatIsDoneToTheTwinIsFoundWhateverTheSeed) {
  const SubjectFactory greedy = make_factory<GreedyHarness>("greedy");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Finding finding = find(greedy, "IDN-2", seed);
    ASSERT_EQ(finding.result.verdict, Verdict::fail) << "seed " << seed;
    EXPECT_LE(steps(finding.result.message), 4U) << finding.result.message;
    EXPECT_NE(finding.result.message.find("to the twin"), std::string::npos);
  }
}

TEST_F(SequencesTest, WhatARecoveryLeavesBehindIsFoundBehindIt) {
  const Finding right = run(correct, "DUR-4", 1, run_with_found_streams);
  EXPECT_EQ(right.result.verdict, Verdict::pass) << right.result.message;
  EXPECT_GE(right.programs, 1U);
  const SubjectFactory wrong = make_factory<HalfRecoveredHarness>("half recovered");
  const Finding finding = find(wrong, "DUR-4", 1, run_with_found_streams);
  ASSERT_EQ(finding.result.verdict, Verdict::fail) << finding.result.message;
  // Kill, reopen, and one or two that show it.
  EXPECT_LE(steps(finding.result.message), 4U) << finding.result.message;
  EXPECT_NE(finding.result.message.find("1. kill a process"), std::string::npos);
}

TEST_F(SequencesTest, WhatGoesWrongWithoutAKillIsNotTheRecoverys) {
  for (const SubjectFactory& broken : {repeating, make_factory<RotatingHarness>("rotating")}) {
    const Finding finding =
        run(broken, "DUR-4", 1, run_with_found_streams, std::chrono::seconds(300));
    EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
    EXPECT_GE(finding.programs, 50U);
  }
}

TEST_F(SequencesTest, TheSameSeedFindsTheSame) {
  const auto program = [](const std::string& message) {
    const std::size_t begin = message.find(" 1. ");
    return message.substr(begin, message.find("the same as code", begin) - begin);
  };
  EXPECT_EQ(program(run(repeating, "ORD-1", 3).result.message),
            program(run(repeating, "ORD-1", 3).result.message));
}

TEST_F(SequencesTest, ABreachOfAnotherRuleIsNotThisOnes) {
  EXPECT_EQ(run(repeating, "FLT-1").result.verdict, Verdict::pass);
  EXPECT_EQ(run(repeating, "CLS-1").result.verdict, Verdict::pass);
}

}  // namespace
}  // namespace streamtest
