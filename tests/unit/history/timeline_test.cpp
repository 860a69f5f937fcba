#include <streamtest/history/timeline.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

/// Two appends side by side with a reader that gets one event and waits for ever for the next.
Record some() {
  Record record;
  record.types = {"A", "B"};
  record.supported = 2;
  record.actors = {"main", "appender 1", "reader 1", "idle"};
  record.cursors = {"c1"};
  record.sent = {
      {.type = 0, .token = "t/0"}, {.type = 1, .token = "t/1"}, {.type = 1, .token = "t/2"}};
  record.calls = {
      {.kind = CallKind::open,
       .came_to = CameTo::ok,
       .actor = 0,
       .invoked = 1,
       .returned = 2,
       .offset = 0,
       .types = {0, 1}},
      {.kind = CallKind::next,
       .came_to = CameTo::ok,
       .actor = 2,
       .invoked = 3,
       .returned = 6,
       .seen = {.event = 0, .offset = 0, .type = 0}},
      {.kind = CallKind::append,
       .came_to = CameTo::ok,
       .actor = 1,
       .invoked = 4,
       .returned = 5,
       .first = 0,
       .count = 2,
       .offsets = {0, 1}},
      {.kind = CallKind::next, .came_to = CameTo::pending, .actor = 2, .invoked = 7},
      {.kind = CallKind::append,
       .came_to = CameTo::failed,
       .actor = 1,
       .invoked = 8,
       .returned = 9,
       .first = 2,
       .count = 1},
  };
  return record;
}

TEST(Timeline, ShowsAColumnAnActorAndALineAMoment) {
  EXPECT_EQ(
      timeline(some(), {2, 3}),
      "    |   main                      |   appender 1                    |   reader 1\n"
      "  1 |   c1 = open(0, {A, B}) = ok |                                 |\n"
      "  2 |                             |                                 |   > next of c1\n"
      "  3 |                             | * append(A, B) = offsets 0 to 1 |\n"
      "  4 |                             |                                 |   < event 0 (A)\n"
      "  5 |                             |                                 | * > next of c1\n"
      "  6 |                             |   append(B) = failed            |\n"
      "  7 |                             |                                 | * ... next of c1\n");
}

TEST(Timeline, CutsTextThatIsTooLong) {
  EXPECT_EQ(timeline(some(), {}, 12),
            "    |   main       |   appender 1 |   reader 1\n"
            "  1 |   c1 = open~ |              |\n"
            "  2 |              |              |   > next of~\n"
            "  3 |              |   append(A,~ |\n"
            "  4 |              |              |   < event 0~\n"
            "  5 |              |              |   > next of~\n"
            "  6 |              |   append(B)~ |\n"
            "  7 |              |              |   ... next ~\n");
}

TEST(Timeline, OfNothingIsAnEmptyTable) {
  EXPECT_EQ(timeline({}, {}), "\n");
}

TEST(Timeline, ThoseThatDidNothingHaveNoColumn) {
  EXPECT_EQ(timeline(some(), {}).find("idle"), std::string::npos);
}

// ---- calls and outcomes in one line

std::string call(Call made) {
  return call_text(some(), made);
}

TEST(CallText, SaysWhatWasCalled) {
  EXPECT_EQ(call({.kind = CallKind::append, .first = 0, .count = 3}), "append(A, B, B)");
  EXPECT_EQ(call({.kind = CallKind::open, .offset = never, .types = {1}}),
            "c1 = open(2^64-1, {B})");
  EXPECT_EQ(call({.kind = CallKind::try_next}), "try_next of c1");
  EXPECT_EQ(call({.kind = CallKind::destroy}), "destroy of c1");
  EXPECT_EQ(call({.kind = CallKind::truncate, .offset = 4}), "truncate(4)");
  EXPECT_EQ(call({.kind = CallKind::reopen}), "reopen");
}

TEST(CallText, CountsTheEventsOfALongBatch) {
  EXPECT_EQ(call({.kind = CallKind::append, .first = 0, .count = 5}), "append(5 events)");
}

TEST(CallText, NamesNoCursorThatTheRecordLacks) {
  EXPECT_EQ(call({.kind = CallKind::next, .cursor = 7}), "next of a cursor");
}

std::string outcome(Call made) {
  return outcome_text(some(), made);
}

TEST(OutcomeText, SaysWhatCameOfIt) {
  using enum CameTo;
  EXPECT_EQ(outcome({.kind = CallKind::next, .came_to = ok, .seen = {.offset = 3, .type = 1}}),
            "event 3 (B)");
  EXPECT_EQ(
      outcome({.kind = CallKind::try_next, .came_to = ok, .seen = {.offset = 3, .intact = false}}),
      "event 3 (an unknown type, changed)");
  EXPECT_EQ(outcome({.kind = CallKind::append, .came_to = ok, .offsets = {4}}), "offset 4");
  EXPECT_EQ(outcome({.kind = CallKind::append, .came_to = ok, .offsets = {4, 5, 6}}),
            "offsets 4 to 6");
  EXPECT_EQ(outcome({.kind = CallKind::append, .came_to = ok}), "ok");
  EXPECT_EQ(outcome({.kind = CallKind::truncate, .came_to = ok, .told = 2}), "first is 2");
  EXPECT_EQ(outcome({.kind = CallKind::close, .came_to = closed}), "closed");
  EXPECT_EQ(outcome({.kind = CallKind::try_next, .came_to = nothing}), "not yet");
  EXPECT_EQ(outcome({.kind = CallKind::next}), "pending");
}

// ---- as a history

TEST(ToOperations, GivesEachCallWithItsTimesAndWhatCameOfIt) {
  const std::vector<Operation> operations = to_operations(some());
  ASSERT_EQ(operations.size(), 5U);
  EXPECT_EQ(operations[0].name, "open");
  EXPECT_EQ(operations[0].actor, "main");
  EXPECT_EQ(operations[0].cursor, "c1");
  EXPECT_EQ(operations[0].arguments, "0, {A, B}");
  EXPECT_EQ(operations[0].outcome.kind, "ok");
  EXPECT_EQ(operations[1].invoked, std::chrono::microseconds(3));
  EXPECT_EQ(operations[1].returned, std::chrono::microseconds(6));
  EXPECT_EQ(operations[1].outcome.kind, "event");
  EXPECT_EQ(operations[1].outcome.offset, 0U);
  EXPECT_EQ(operations[1].outcome.event_type, "A");
  EXPECT_EQ(operations[1].outcome.token, "t/0");
  EXPECT_EQ(operations[2].cursor, "");
  EXPECT_EQ(operations[2].arguments, "A, B");
  EXPECT_EQ(operations[2].outcome.offset, 0U);
  EXPECT_EQ(operations[4].outcome.kind, "failed");
  EXPECT_FALSE(operations[4].outcome.offset);
}

TEST(ToOperations, ACallThatNeverReturnedIsPending) {
  const Operation pending = to_operations(some())[3];
  EXPECT_FALSE(pending.returned);
  EXPECT_EQ(pending.outcome.kind, "");
}

TEST(ToOperations, ATruncationTellsTheFirstOffset) {
  Record record = some();
  record.calls = {{.kind = CallKind::truncate,
                   .came_to = CameTo::ok,
                   .invoked = 1,
                   .returned = 2,
                   .offset = 5,
                   .told = 3}};
  const Operation cut = to_operations(record).front();
  EXPECT_EQ(cut.arguments, "5");
  EXPECT_EQ(cut.outcome.offset, 3U);
}

}  // namespace
}  // namespace streamtest
