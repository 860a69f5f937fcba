#include <streamtest/explore/counterexample.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

// The file of a counterexample: what is written is read as it was, and what somebody damaged is
// refused in words that lead to the place.

namespace streamtest {
namespace {

using Kind = Command::Kind;

Record small_record() {
  Record record;
  record.types = {"EventA", "EventB"};
  record.supported = 2;
  record.actors = {"reader 1", "main"};
  record.cursors = {"c1"};
  record.sent = {{.type = 0, .token = "a"}};
  record.calls = {{.kind = CallKind::append,
                   .came_to = CameTo::ok,
                   .actor = 1,
                   .invoked = 1,
                   .returned = 2,
                   .count = 1,
                   .offsets = {0}},
                  {.kind = CallKind::open,
                   .came_to = CameTo::ok,
                   .actor = 0,
                   .invoked = 3,
                   .returned = 4,
                   .types = {0, 1}},
                  {.kind = CallKind::next, .actor = 0, .invoked = 5}};
  record.quiescent = true;
  return record;
}

/// Every kind of command once.
ConcurrentProgram all_commands() {
  return {.before = {{.kind = Kind::append, .types = {1, 0, 1}}},
          .actors = {{{.kind = Kind::open, .types = {0, 1}, .offset = 2},
                      {.kind = Kind::next},
                      {.kind = Kind::try_next},
                      {.kind = Kind::cancelled_next},
                      {.kind = Kind::destroy}},
                     {},
                     {{.kind = Kind::open, .slot = 1, .types = {1}, .offset = last_offset},
                      {.kind = Kind::cancel, .slot = 0},
                      {.kind = Kind::close, .slot = 0},
                      {.kind = Kind::truncate, .offset = 1}}}};
}

Counterexample sample() {
  return {.kit = "0.1.0",
          .target = "memory:",
          .variant = "small \"pages\"",
          .rule = "BLK-3",
          .delivery = Delivery::asynchronous,
          .anomaly = AnomalyKind::stuck_reader,
          .sentence = "the next of c1 is stuck",
          .patience = std::chrono::milliseconds(1500),
          .types = {"EventA", "EventB"},
          .program = all_commands(),
          .way = "controlled threads",
          .schedule = {{{.at = 4, .choice = 1}, {.at = 17, .choice = 2}}},
          .strategy = "POS",
          .seed = ~std::uint64_t{0},
          .calls = {0, 2},
          .record = small_record(),
          .places = {"main went on while reader 1 stood before lock in next() at \"a b\".cpp:7"}};
}

TEST(Counterexamples, WhatIsWrittenIsReadAsItWas) {
  const Counterexample written = sample();
  const Counterexample read = counterexample_from_json(to_json(written));
  EXPECT_EQ(read.program, written.program);
  EXPECT_EQ(read.schedule, written.schedule);
  EXPECT_EQ(read.delivery, written.delivery);
  EXPECT_EQ(read.anomaly, written.anomaly);
  EXPECT_EQ(read.patience, written.patience);
  EXPECT_EQ(read.seed, written.seed);
  EXPECT_EQ(read.variant, written.variant);
  // The texts hold all that is left.
  EXPECT_EQ(to_json(read), to_json(written));
}

TEST(Counterexamples, TheSmallestIsReadToo) {
  Counterexample written = sample();
  written.program = {};
  written.schedule = {};
  written.calls = {};
  written.places = {};
  EXPECT_EQ(to_json(counterexample_from_json(to_json(written))), to_json(written));
}

TEST(Counterexamples, PlacesNeedNotBeThere) {
  Counterexample written = sample();
  EXPECT_EQ(counterexample_from_json(to_json(written)).places, written.places);
  written.places.clear();
  EXPECT_EQ(to_json(written).find("places"), std::string::npos);
  EXPECT_EQ(to_text(written).find("stood"), std::string::npos);
}

TEST(Counterexamples, PlacesStandBelowTheTable) {
  const std::string text = to_text(sample());
  const std::string end = "where they stood:\n  " + sample().places.front() + "\n";
  ASSERT_GE(text.size(), end.size());
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
}

TEST(Counterexamples, CommandsAreLinesThatAPersonReads) {
  const std::string text = to_json(sample());
  for (const char* line :
       {R"(      {"append":["EventB","EventA","EventB"]})",
        R"(        {"open":"c1","offset":2,"types":["EventA","EventB"]},)",
        R"(        {"next":"c1"},)", R"(        {"open":"c2","offset":"last","types":["EventB"]},)",
        R"(        {"truncate":1})", R"(  "schedule": "4=1,17=2",)"})
    EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\nin\n" << text;
}

TEST(Counterexamples, HistoriesAndOtherTextsAreNone) {
  EXPECT_TRUE(is_counterexample(to_json(sample())));
  EXPECT_TRUE(is_counterexample(R"({"counterexample": "of another kit"})"));
  EXPECT_FALSE(is_counterexample(R"({"operations": []})"));
  EXPECT_FALSE(is_counterexample("[]"));
  EXPECT_THROW(is_counterexample("{"), std::invalid_argument);
}

struct Spoiling {
  const char* name;
  const char* part;     ///< of the text
  const char* instead;  ///< of that part
  const char* words;    ///< in the refusal
};

/// Or GoogleTest prints the bytes.
void PrintTo(const Spoiling& damage, std::ostream* stream) {
  *stream << damage.name;
}

class Spoilt : public testing::TestWithParam<Spoiling> {};

TEST_P(Spoilt, IsRefusedWithItsPlace) {
  std::string text = to_json(sample());
  const std::size_t at = text.find(GetParam().part);
  ASSERT_NE(at, std::string::npos) << GetParam().part << "\nin\n" << text;
  text.replace(at, std::string(GetParam().part).size(), GetParam().instead);
  try {
    (void)counterexample_from_json(text);
    FAIL() << "was read";
  } catch (const std::invalid_argument& refusal) {
    const std::string words = refusal.what();
    EXPECT_EQ(words.find("not a counterexample: "), 0U) << words;
    EXPECT_NE(words.find(GetParam().words), std::string::npos) << words;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, Spoilt,
    testing::Values(
        Spoiling{"no_json", "\"kit\": ", "\"kit\" ", "line 3, column"},
        Spoiling{"place", "\"places\": [", "\"places\": [7, ", "places[0]"},
        Spoiling{"twice", "\"kit\"", "\"way\"", "the field 'way' is there twice"},
        Spoiling{"other_form", "\"counterexample\": 1", "\"counterexample\": 2",
                 "its form is number 2, and this kit reads number 1"},
        Spoiling{"form_as_text", "\"counterexample\": 1", "\"counterexample\": \"1\"",
                 "counterexample is not a count"},
        Spoiling{"missing", "  \"way\": \"controlled threads\",\n", "", "way is missing"},
        Spoiling{"unknown_field", "\"seed\"", "\"sead\"", "has an unknown field 'sead'"},
        Spoiling{"rule", "\"BLK-3\"", "\"BLK-99\"", "rule is 'BLK-99'"},
        Spoiling{"delivery", "\"async_next\"", "\"post\"",
                 "delivery is 'post', which nothing is called"},
        Spoiling{"anomaly", "\"stuck reader\"", "\"bad luck\"",
                 "anomaly is 'bad luck', and no anomaly is called so"},
        Spoiling{"no_patience", "1500", "0", "patience_ms is 0"},
        Spoiling{"negative_patience", "1500", "-1500", "patience_ms is not a count"},
        Spoiling{"same_type", R"("types": ["EventA","EventB"])", R"("types": ["EventA","EventA"])",
                 "types[1] is 'EventA' once more"},
        Spoiling{"no_types", R"("types": ["EventA","EventB"])", R"("types": [])", "types is empty"},
        Spoiling{"kind", R"({"next":"c1"})", R"({"nxet":"c1"})",
                 "program.actors[0][1] begins with 'nxet', and no command is called so"},
        Spoiling{"kind_of_others", R"({"next":"c1"})", R"({"start_next":"c1"})",
                 "program.actors[0][1] begins with 'start_next'"},
        Spoiling{"no_command", R"({"next":"c1"})", "{}", "program.actors[0][1] is no command"},
        Spoiling{"text_for_command", R"({"next":"c1"})", R"("next")",
                 "program.actors[0][1] is no command"},
        Spoiling{"more_in_command", R"({"next":"c1"})", R"({"next":"c1","offset":1})",
                 "program.actors[0][1] has an unknown field 'offset'"},
        Spoiling{"less_in_command", R"("offset":2,)", "", "program.actors[0][0].offset is missing"},
        Spoiling{"cursor", R"({"next":"c1"})", R"({"next":"d1"})",
                 "program.actors[0][1].next is 'd1', and cursors are called c1"},
        Spoiling{"empty_cursor", R"({"next":"c1"})", R"({"next":""})",
                 "program.actors[0][1].next is ''"},
        Spoiling{"slot_0", R"({"next":"c1"})", R"({"next":"c0"})",
                 "program.actors[0][1].next is 'c0', and there are only c1 to c64"},
        Spoiling{"slot_65", R"({"next":"c1"})", R"({"next":"c65"})",
                 "program.actors[0][1].next is 'c65', and there are only c1 to c64"},
        Spoiling{"unknown_type", R"(["EventB","EventA")", R"(["EventC","EventA")",
                 "program.before[0].append[0] is 'EventC', which isn't among the types"},
        Spoiling{"nothing_appended", R"({"append":["EventB","EventA","EventB"]})",
                 R"({"append":[]})", "program.before[0].append is empty"},
        Spoiling{"filter_out_of_order", R"("types":["EventA","EventB"]})",
                 R"("types":["EventB","EventA"]})",
                 "program.actors[0][0].types aren't in the order of the list"},
        Spoiling{"offset_in_words", R"("offset":"last")", R"("offset":"first")",
                 "program.actors[2][0].offset is not a count"},
        Spoiling{"negative_offset", R"({"truncate":1})", R"({"truncate":-1})",
                 "program.actors[2][3].truncate is not a count"},
        Spoiling{"actors_of_old", "\"before\"", "\"main\"", "program has an unknown field 'main'"},
        Spoiling{"no_schedule", "4=1,17=2", "17=2,4=1",
                 "schedule is '17=2,4=1', which is no schedule"},
        Spoiling{"empty_schedule", "4=1,17=2", "", "schedule is '', which is no schedule"},
        Spoiling{"call_out_of_range", "\"calls\": [0,2]", "\"calls\": [0,3]",
                 "calls[1] is 3, and the record has only 3 calls"},
        Spoiling{"record", R"("came_to":"ok")", R"("came_to":"fine")",
                 "record is not a record: calls[0].came_to is 'fine'"},
        Spoiling{"record_of_others", R"("record": {"types":["EventA","EventB"])",
                 R"("record": {"types":["EventA","EventX"])",
                 "record has other types than the program"}),
    [](const auto& damage) { return std::string(damage.param.name); });

TEST(Counterexamples, MoreActorsThanThreadsAreRefused) {
  Counterexample crowd = sample();
  crowd.program.actors.assign(65, {{.kind = Kind::append, .types = {0}}});
  EXPECT_THROW((void)counterexample_from_json(to_json(crowd)), std::invalid_argument);
  crowd.program.actors.pop_back();
  EXPECT_EQ(counterexample_from_json(to_json(crowd)).program, crowd.program);
}

}  // namespace
}  // namespace streamtest
