#include <streamtest/certify/test_code.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {
namespace {

/// The record of the run isn't needed to run it again, and would be the longest part.
Counterexample without_record(Counterexample counterexample) {
  counterexample.record = {.types = counterexample.types,
                           .supported = static_cast<std::uint32_t>(counterexample.types.size())};
  counterexample.calls.clear();
  counterexample.places.clear();
  return counterexample;
}

/// One that the text doesn't hold.
std::string delimiter_for(const std::string& text) {
  std::string delimiter = "json";
  while (text.find(fmt::format("){}\"", delimiter)) != std::string::npos) delimiter += '_';
  return delimiter;
}

std::string test_name(const Counterexample& counterexample) {
  std::string name = fmt::format("{}_{}", counterexample.rule, to_string(counterexample.delivery));
  std::ranges::replace(name, '-', '_');
  return name;
}

/// Whatever is in it stays in the comment.
std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char letter) { return letter == '\n' || letter == '\r' || letter == '\\'; }, ' ');
  return text;
}

}  // namespace

std::string test_code(const Counterexample& counterexample) {
  const std::string text = to_json(without_record(counterexample));
  const std::string delimiter = delimiter_for(text);
  return fmt::format(
      R"(#include <streamtest/certify/replay.hpp>

#include <{}>

// Include your harness and put its name for MyHarness. Link streamtest::streamtest, GTest::gtest_main, and
// streamtest::sched, which puts threads under control.

// {}: {}
TEST(Counterexamples, {}) {{
  const auto replay = streamtest::replay_counterexample(streamtest::make_factory<MyHarness>("mystream"), R"{}(
{}){}");
  EXPECT_TRUE(replay.passed()) << replay.text;
}}
)",
      "gtest/gtest.h", counterexample.rule, in_one_line(counterexample.sentence),
      test_name(counterexample), delimiter, text, delimiter);
}

}  // namespace streamtest
