#include "counterexamples.hpp"

#include <streamtest/certify/test_code.hpp>

#include <gtest/gtest.h>

#include <string>

namespace streamtest {
namespace {

/// What stands between the delimiters.
std::string literal(const std::string& code, const std::string& delimiter) {
  const std::string opening = "R\"" + delimiter + "(\n";
  const std::size_t begin = code.find(opening);
  const std::size_t end = code.find(")" + delimiter + "\"");
  if (begin == std::string::npos || end == std::string::npos) return "";
  return code.substr(begin + opening.size(), end - begin - opening.size());
}

TEST(TestCode, HoldsTheProgramAndTheOrderAsTheyWere) {
  Counterexample written = two_appends();
  written.schedule = {{{.at = 3, .choice = 1}}};
  const Counterexample read = counterexample_from_json(literal(test_code(written), "json"));
  EXPECT_EQ(read.program, written.program);
  EXPECT_EQ(read.schedule, written.schedule);
  EXPECT_EQ(read.rule, written.rule);
  EXPECT_EQ(read.patience, written.patience);
  EXPECT_EQ(read.types, written.types);
}

TEST(TestCode, LeavesOutWhatHappened) {
  Counterexample written = two_appends();
  written.record.actors = {"main"};
  written.record.calls = {
      {.kind = CallKind::event_types, .came_to = CameTo::ok, .invoked = 1, .returned = 2}};
  written.calls = {0};
  written.places = {"main stood somewhere"};
  EXPECT_EQ(test_code(written), test_code(two_appends()));
}

TEST(TestCode, IsNamedByRuleAndDelivery) {
  Counterexample asynchronous = two_appends();
  asynchronous.delivery = Delivery::asynchronous;
  EXPECT_NE(test_code(asynchronous).find("TEST(Counterexamples, CON_2_async_next) {"),
            std::string::npos);
}

TEST(TestCode, NoTextEndsItsLiteralOrItsComment) {
  Counterexample odd = two_appends();
  odd.sentence = "one line \\\nand )json";
  const std::string code = test_code(odd);
  EXPECT_EQ(counterexample_from_json(literal(code, "json_")).sentence, odd.sentence);
  EXPECT_NE(code.find("// CON-2: one line   and )json\nTEST("), std::string::npos) << code;
}

}  // namespace
}  // namespace streamtest
