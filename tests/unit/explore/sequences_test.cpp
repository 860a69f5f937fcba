#include "faulty_stream.hpp"

#include <gtest/gtest.h>
#include <streamtest/explore/player.hpp>
#include <streamtest/explore/sequences.hpp>

#include <cstdlib>
#include <regex>

namespace streamtest {
namespace {

using Kind = Command::Kind;

class SequencesTest : public testing::Test {
 protected:
  template <Fault fault>
  std::optional<Violation> run(const std::string& rule, std::uint64_t seed = 1) {
    const SubjectFactory factory = make_factory<FaultyHarness<fault>>("faulty");
    settings.seed = seed;
    Bench bench(factory, settings, *driver, std::make_shared<History>(), rule, "unit", {});
    std::optional<Violation> violation;
    try {
      run_sequences(bench);
    } catch (const Violation& found) {
      violation = found;
    }
    programs += bench.programs();
    return violation;
  }

  /// Finds the fault under that rule, in at most so many steps, and nothing under the other.
  template <Fault fault>
  void must_find(const std::string& rule, int most_steps = 6) {
    const std::optional<Violation> violation = run<fault>(rule);
    ASSERT_TRUE(violation) << rule;
    EXPECT_EQ(violation->rule(), rule);
    const std::string& message = violation->message();
    int steps = 0;
    const std::regex step(R"(\n  (\d+)\. )");
    for (std::sregex_iterator match(message.begin(), message.end(), step), end; match != end; ++match)
      steps = std::stoi((*match)[1]);
    EXPECT_GE(steps, 1) << message;
    EXPECT_LE(steps, most_steps) << message;
    EXPECT_EQ(message.find("did not replay"), std::string::npos) << message;
    EXPECT_FALSE(violation->history().empty());
  }

  std::unique_ptr<Driver> driver = make_threads_driver();
  /// A large budget for the number of programs; a short patience for stuck reads.
  Settings settings{.patience = std::chrono::milliseconds(300), .budget = std::chrono::seconds(150)};
  std::uint64_t programs = 0;
};

TEST_F(SequencesTest, ACorrectStreamIsNeverAccused) {
  for (const std::string_view rule : judged_rules()) {
    const std::optional<Violation> violation = run<Fault::none>(std::string(rule));
    EXPECT_FALSE(violation) << violation->message();
  }
  EXPECT_GE(programs, 500U);
}

TEST_F(SequencesTest, AnExclusiveOpenIsFound) { must_find<Fault::open_is_exclusive>("OPN-1", 3); }
TEST_F(SequencesTest, ARepeatedEventIsFound) { must_find<Fault::repeats_the_second>("ORD-1"); }
TEST_F(SequencesTest, ASkipBehindAFilteredEventIsFound) { must_find<Fault::skips_after_filtered>("BLK-2"); }
TEST_F(SequencesTest, AForgottenWakeUpIsFound) { must_find<Fault::forgets_to_wake>("BLK-2", 5); }
TEST_F(SequencesTest, AnIgnoredFilterIsFound) { must_find<Fault::ignores_the_filter>("FLT-1"); }
TEST_F(SequencesTest, ACancelThatSticksIsFound) { must_find<Fault::cancel_sticks>("CAN-4"); }
TEST_F(SequencesTest, ASecondCloseIsFound) { must_find<Fault::closes_twice>("CLS-1", 3); }
TEST_F(SequencesTest, AReadAfterCloseIsFound) { must_find<Fault::reads_when_closed>("CLS-2"); }
TEST_F(SequencesTest, ASilentJumpOverTheCutIsFound) { must_find<Fault::jumps_over_the_cut>("TRN-2"); }
TEST_F(SequencesTest, ATailDisturbedByACutIsFound) { must_find<Fault::cut_wakes_the_tail>("TRN-5"); }
TEST_F(SequencesTest, AnOffsetToldWrongIsFound) { must_find<Fault::tells_wrong_offset>("APP-3"); }

TEST_F(SequencesTest, AnotherRulesBreachIsNoneOfThisRule) {
  EXPECT_FALSE(run<Fault::closes_twice>("ORD-1"));
  EXPECT_FALSE(run<Fault::open_is_exclusive>("CAN-3")) << "cancels have nothing to do with it";
  EXPECT_FALSE(run<Fault::open_is_exclusive>("CON-1")) << "nor do other cursors";
}

TEST_F(SequencesTest, TheSameSeedGivesTheSameCounterexample) {
  const std::optional<Violation> first = run<Fault::repeats_the_second>("ORD-1", 5);
  const std::optional<Violation> again = run<Fault::repeats_the_second>("ORD-1", 5);
  ASSERT_TRUE(first && again);
  const std::regex tokens(R"(unit-\d+/)");
  EXPECT_EQ(std::regex_replace(first->message(), tokens, ""), std::regex_replace(again->message(), tokens, ""));
}

TEST_F(SequencesTest, RapidCheckIsSilentAndIsNotToldByTheEnvironment) {
  ::setenv("RC_PARAMS", "this is no configuration", 1);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_FALSE(run<Fault::none>("ORD-2"));
  EXPECT_TRUE(run<Fault::refuses_beyond_the_end>("OPN-2"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ::unsetenv("RC_PARAMS");
}

struct Refusing : FaultyHarness<Fault::none> {
  using FaultyHarness::FaultyHarness;
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel>) {
    return eventstream::Errc::backend_failure;
  }
};

TEST_F(SequencesTest, TheHarnessesFailureIsNotTheStreams) {
  const SubjectFactory factory = make_factory<Refusing>("refusing");
  Bench bench(factory, settings, *driver, std::make_shared<History>(), "ORD-1", "unit", {});
  EXPECT_THROW(run_sequences(bench), HarnessFailure);
}

TEST_F(SequencesTest, APlayedProgramEndsEveryReadAndCanBePlayedAgain) {
  const SubjectFactory factory = make_factory<FaultyHarness<Fault::none>>("correct");
  Bench bench(factory, settings, *driver, std::make_shared<History>(), "BLK-2", "unit", {});
  const Program program = {{.kind = Kind::open, .types = {1}, .offset = 1},
                           {.kind = Kind::next},
                           {.kind = Kind::close, .slot = 3},
                           {.kind = Kind::open, .slot = 1, .types = {0}, .offset = last_offset},
                           {.kind = Kind::start_next, .slot = 1}};
  const Waiting waiting{std::chrono::milliseconds(1), settings.patience, settings.patience, "BLK-2"};
  const Played played = play(bench, program, waiting);
  EXPECT_FALSE(played.anomaly);
  EXPECT_EQ(to_text(played.steps),
            "  1. c1 = open(1, {B})\n"
            "  2. start a next of c1\n"
            "  3. c2 = open(2^64-1, {A})\n"
            "  4. start a next of c2\n"
            "  5. append(B)\n"
            "  6. append(B)\n"
            "  7. wait for the next of c1\n"
            "  8. cancel the next of c2\n"
            "  9. wait for the next of c2\n");
  EXPECT_EQ(play(bench, played.program, waiting).program, played.program);
}

}  // namespace
}  // namespace streamtest
