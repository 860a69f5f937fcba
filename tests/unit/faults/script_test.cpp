#include <streamtest/faults/script.hpp>

#include <gtest/gtest.h>

#include <mutex>

namespace streamtest {
namespace {

using Kind = FaultScript::Step::Kind;

TEST(FaultScript, ReadsEachStepWithItsArgument) {
  const FaultScript script = FaultScript::parse(
      "# a comment\n"
      "\n"
      "  delay 5ms..20ms   # and another\n"
      "limit 100..5000\r\n"
      "wait 250us\n"
      "cut\n refuse\n stall\n heal\n"
      "half_close to_server\n"
      "half_close to_client\n"
      "repeat");
  const auto& steps = script.steps();
  ASSERT_EQ(steps.size(), 10U);
  EXPECT_EQ(steps[0].kind, Kind::delay);
  EXPECT_EQ(steps[0].low, 5000U);
  EXPECT_EQ(steps[0].high, 20000U);
  EXPECT_EQ(steps[1].kind, Kind::limit);
  EXPECT_EQ(steps[1].high, 5000U);
  EXPECT_EQ(steps[2].low, 250U);
  EXPECT_EQ(steps[2].high, 250U);
  EXPECT_EQ(steps[7].direction, Direction::to_server);
  EXPECT_EQ(steps[8].direction, Direction::to_client);
  EXPECT_EQ(steps[9].kind, Kind::repeat);
}

struct Faulty {
  const char* text;
  const char* says;
};

class FaultyScript : public testing::TestWithParam<Faulty> {};

TEST_P(FaultyScript, IsRefusedWithItsLineAndWhatToDo) {
  try {
    (void)FaultScript::parse(GetParam().text);
    FAIL() << "it was taken";
  } catch (const FaultScriptError& error) {
    EXPECT_EQ(std::string(error.what()).find(GetParam().says), 0U) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, FaultyScript,
    testing::Values(
        Faulty{"", "line 1: the script has no step; known are wait, cut"},
        Faulty{"# nothing\n\n", "line 2: the script has no step"},
        Faulty{"cut\nwiat 5ms", "line 2: 'wiat' is no step; known are wait, cut"},
        Faulty{"cut 5", "line 1: 'cut' takes no argument"},
        Faulty{"wait", "line 1: 'wait' needs an argument"},
        Faulty{"wait 5", "line 1: 'wait 5': expected a time such as 20ms"},
        Faulty{"wait -5ms", "line 1: 'wait -5ms': expected a time"},
        Faulty{"wait 5ms..", "line 1: 'wait 5ms..': expected a time"},
        Faulty{"wait 2h", "line 1: 'wait 2h': expected a time"},
        Faulty{"wait 3601s", "line 1: 'wait 3601s': expected a time"},
        Faulty{"wait 18446744073709551615s", "line 1: 'wait 18446744073709551615s': expected a"},
        Faulty{"wait 9ms..5ms", "line 1: 'wait 9ms..5ms': the range ends before it begins"},
        Faulty{"wait 5ms 6ms", "line 1: '6ms' is left over; one step a line"},
        Faulty{"limit 5kB", "line 1: 'limit 5kB': expected a number of bytes such as 4096"},
        Faulty{"limit 1099511627777", "line 1: 'limit 1099511627777': expected a number of bytes"},
        Faulty{"half_close both", "line 1: 'half_close both': expected to_client or to_server"},
        Faulty{"cut\nrepeat", "line 2: it would repeat without a pause; add a wait"},
        Faulty{"wait 0s\nrepeat", "line 2: it would repeat without a pause"},
        Faulty{"wait 1s\nrepeat\ncut", "line 3: nothing comes after the repeat in line 2"}));

/// The steps that a script of that seed takes, in words.
std::vector<std::string> played(const char* text, std::uint64_t seed) {
  FaultProxy proxy("127.0.0.1", 1);  // nobody is there, and nobody asks
  std::mutex mutex;
  std::vector<std::string> steps;
  const FaultPlayer player(proxy, FaultScript::parse(text), seed, [&](const std::string& step) {
    const std::lock_guard lock(mutex);
    steps.push_back(step);
  });
  player.wait();
  EXPECT_TRUE(player.finished());
  const std::lock_guard lock(mutex);
  return steps;
}

TEST(FaultPlayer, TakesEveryStepInItsOrder) {
  EXPECT_EQ(played("delay 1ms\nlimit 7\ncut\nwait 500us\nhalf_close to_client\nheal", 1),
            (std::vector<std::string>{"delay 1 ms", "limit 7 bytes", "cut", "wait 0.5 ms",
                                      "half_close to_client", "heal"}));
}

TEST(FaultPlayer, DoesTheSameWithTheSameSeed) {
  const char* text = "limit 0..1000000\ndelay 0us..1s\nlimit 0..1000000";
  EXPECT_EQ(played(text, 7), played(text, 7));
  EXPECT_NE(played(text, 7), played(text, 8));
}

TEST(FaultPlayer, StopsInTheMiddleOfAPause) {
  FaultProxy proxy("127.0.0.1", 1);
  const FaultPlayer player(proxy, FaultScript::parse("wait 3600s\nrepeat"), 1);
  EXPECT_FALSE(player.finished());
}  // returns at once

}  // namespace
}  // namespace streamtest
