#include "random_record.hpp"
#include "script.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace streamtest {
namespace {

std::string refusal(const std::string& text) {
  try {
    static_cast<void>(record_from_json(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "not refused";
}

/// What is said when the record is damaged by `change`.
template <typename Change>
std::string refused(Change change) {
  Script script;
  script.append({0, 1}, {0, 1});
  script.open(0);
  script.gives(0, 0, 0);
  script.gives(0, 1, 1);
  change(script.record);
  return refusal(to_json(script.record));
}

TEST(RecordJson, GivesBackWhatWentIn) {
  Random random(3);
  for (int round = 0; round < 50; ++round) {
    const Shape shape{.calls = 40,
                      .cancels = true,
                      .closes = true,
                      .restarts = true,
                      .final_phase = round % 2 == 0,
                      .ends_early = round % 3 == 0,
                      .consumer = true};
    Record record = random_record(shape, {.durable = true}, random);
    record.sent.push_back({0, "ünïque \"token\"\n"});
    record.calls.front().completions = 3;
    record.calls.front().inside_call = record.calls.front().foreign_executor = true;
    const std::string text = to_json(record);
    EXPECT_EQ(to_json(record_from_json(text)), text);
    const Record again = record_from_json(text);
    EXPECT_EQ(again.sent.back().token, record.sent.back().token);
    EXPECT_EQ(again.final_phase, record.final_phase);
    EXPECT_EQ(again.quiescent, record.quiescent);
    ASSERT_EQ(again.calls.size(), record.calls.size());
    for (std::size_t i = 0; i < again.calls.size(); ++i) {
      EXPECT_EQ(again.calls[i].returned, record.calls[i].returned);
      EXPECT_EQ(again.calls[i].cancelled, record.calls[i].cancelled);
      EXPECT_EQ(again.calls[i].offsets, record.calls[i].offsets);
    }
  }
}

TEST(RecordJson, RefusesWhatIsNoJsonWithItsPlace) {
  const std::string text = refusal("{\"types\":[],\n\"supported\":!}");
  EXPECT_NE(text.find("line 2, column 13"), std::string::npos) << text;
}

TEST(RecordJson, RefusesWithCallAndField) {
  const auto says = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(refused([](Record& record) { record.calls[2].actor = 7; }),
       "calls[2].actor is 7, and there are only 2 actors");
  says(refused([](Record& record) { record.calls[2].cursor = 7; }), "calls[2].cursor is 7");
  says(refused([](Record& record) { record.calls[2].seen.event = 9; }), "calls[2].seen.event is 9");
  says(refused([](Record& record) { record.calls[1].types = {1, 0}; }),
       "calls[1].types don't rise");
  says(refused([](Record& record) { record.calls[0].offsets.pop_back(); }),
       "calls[0].offsets are not one an event");
  says(refused([](Record& record) { record.calls[0].first = 1; }), "calls[0].count goes beyond");
  says(refused([](Record& record) { record.calls[0].came_to = CameTo::nothing; }),
       "calls[0].came_to is 'nothing', which append can't come to");
  says(refused([](Record& record) { record.calls[0].returned = never; }),
       "calls[0].returned is missing");
  says(refused([](Record& record) { record.calls[1].returned = 2; }),
       "calls[1].returned is not after");
  says(refused([](Record& record) { record.calls[1].invoked = 1; }),
       "calls[1].invoked is not after");
  says(refused([](Record& record) { record.calls[1].returned = 5; }), "calls[2] uses tick 5");
  says(refused([](Record& record) { record.calls[2].returned = 9; }), "calls[3] overlaps");
  says(refused([](Record& record) { record.supported = 4; }), "supported is too large");
  says(refused([](Record& record) {
         record.calls[3] = record.calls[0];
         record.calls[3].invoked = 20;
         record.calls[3].returned = 21;
       }),
       "calls[3] appends event 0, as a call before does");
}

TEST(RecordJson, RefusesUnknownAndMissingFields) {
  for (const char* text :
       {"", "[]", "{}", "null", R"({"types":[],"supported":0,"actors":[],"cursors":[],"sent":[]})",
        R"({"types":[],"supported":0,"actors":[],"cursors":[],"sent":[],"calls":[],"more":1})",
        R"({"types":[],"types":[],"supported":0,"actors":[],"cursors":[],"sent":[],"calls":[]})",
        R"({"types":[],"supported":-1,"actors":[],"cursors":[],"sent":[],"calls":[]})",
        R"({"types":[],"supported":0,"actors":[],"cursors":[],"sent":[],"calls":[{}]})"})
    EXPECT_NE(refusal(text), "not refused") << text;
}

TEST(RecordJson, MutatedTextIsReadOrRefusedAndJudged) {
  Random random(5);
  Checker checker(Allowances{});
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string text = to_json(random_record({.calls = 12, .final_phase = true}, {}, random));
    const std::size_t at = below(random, text.size());
    if (const std::size_t digit = text.find_first_of("0123456789", at);
        below(random, 2) == 0 && digit != std::string::npos)
      text[digit] = static_cast<char>('0' + below(random, 10));
    else if (below(random, 2) == 0)
      text[at] = static_cast<char>(random());
    else
      text.erase(at, 1 + below(random, 4));
    try {
      static_cast<void>(checker.check(record_from_json(text)));
      ++read;
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 50);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace streamtest
