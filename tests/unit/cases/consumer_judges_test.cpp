#include <streamtest/cases/consumer_judges.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using std::chrono::milliseconds;
using Acts = std::vector<Act>;

const EventType a{"A"};
const EventType b{"B"};

Script script() {
  return {.application = {"app", "app"},
          .produced = {a, b},
          .wanted = {a},
          .events = {{5, {}}, {7, {}}},
          .start = 5};
}

Act types() {
  return {.step = Step::event_types};
}
Act told(Offset offset) {
  return {.step = Step::next_offset, .offset = offset};
}
Act open(Offset offset, EventTypeSet filter = {a}) {
  return {.step = Step::open, .cursor = 1, .offset = offset, .types = std::move(filter)};
}
Act read(Offset offset) {
  return {.step = Step::read, .cursor = 1, .event = Event{offset, {}}};
}
Act handle(Offset expected, Offset offset) {
  return {.step = Step::handle, .offset = expected, .event = Event{offset, {}}};
}
Act advise(std::uint64_t failures) {
  return {.step = Step::advise, .failures = failures, .delay = milliseconds(failures)};
}
Act wait(int delay) {
  return {.step = Step::wait, .delay = milliseconds(delay), .all_permits_free = true};
}
Act failed(Act act) {
  act.failed = true;
  return act;
}
Act unfit(Act act) {
  act.why = "without a message id";
  return act;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Misplaced, ARunWithAFailureIsFine) {
  EXPECT_EQ(misplaced(script(), {types(), told(5), open(5), read(5), handle(5, 5), read(7),
                                 failed(handle(6, 7)), told(6), open(6), read(7), handle(6, 7)}),
            "");
}

TEST(Misplaced, EachWayToBe) {
  const Script script = streamtest::script();
  EXPECT_TRUE(says(misplaced(script, {open(5)}), "wasn't asked"));
  EXPECT_TRUE(says(misplaced(script, {told(5), failed(open(5)), open(5)}), "wasn't asked"));
  EXPECT_TRUE(says(misplaced(script, {told(5), open(6)}), "expected 5, the handler's"));
  EXPECT_TRUE(says(misplaced(script, {told(5), open(5, {a, b})}), "types {A, B}: expected {A}"));
  EXPECT_TRUE(says(misplaced(script, {told(5), open(5), read(7), handle(7, 7)}), "expected 5"));
  EXPECT_TRUE(
      says(misplaced(script, {told(5), open(5), handle(5, 5), handle(5, 7)}), "expected 6"));
}

TEST(Disordered, EachWayToBe) {
  const Script script = streamtest::script();
  EXPECT_EQ(disordered(script, {failed(handle(5, 5)), handle(5, 5), handle(6, 7)}), "");
  EXPECT_TRUE(says(disordered(script, {failed(handle(5, 5)), handle(6, 7)}),
                   "event 7 was handed to the handler before event 5"));
  EXPECT_TRUE(says(disordered(script, {handle(5, 5), handle(5, 5)}), "again"));
  EXPECT_TRUE(says(disordered(script, {handle(5, 5), handle(6, 7), handle(8, 9)}), "after all"));
  Act second = handle(5, 5);
  second.overlaps = true;
  EXPECT_TRUE(says(disordered(script, {second}), "while it handled another"));
}

TEST(Trusting, EachWayToBe) {
  const Script script = streamtest::script();
  EXPECT_EQ(trusting(script, {open(5), unfit(read(5)), open(5), read(5), handle(5, 5)}), "");
  EXPECT_TRUE(says(trusting(script, {open(5), unfit(read(5)), handle(5, 5)}), "reached"));
  EXPECT_TRUE(says(trusting(script, {open(5), unfit(read(5)), read(5)}), "read again"));
  EXPECT_TRUE(
      says(trusting(script, {open(5), unfit(read(5)), failed(open(5)), handle(5, 5)}), "reached"));
}

TEST(Impatient, EveryFailureHasItsDelay) {
  const Script script = streamtest::script();
  EXPECT_EQ(impatient(script, {failed(types()), advise(1), wait(1), failed(types()), advise(2),
                               wait(1), wait(1), types(), told(5)}),
            "");
  EXPECT_TRUE(says(impatient(script, {failed(types()), types()}), "wasn't asked for a delay"));
  EXPECT_TRUE(says(impatient(script, {failed(types()), advise(1), types()}), "delay of 0 ms"));
  EXPECT_TRUE(
      says(impatient(script, {failed(types()), advise(1), wait(2), types()}), "delay of 2 ms"));
  EXPECT_TRUE(says(impatient(script, {failed(types()), advise(2)}), "expected 1"));
  EXPECT_TRUE(says(impatient(script, {types(), advise(1)}), "nothing had failed"));
}

TEST(Impatient, TheCountKnowsWhoseFailureWasTheLast) {
  const Script script = streamtest::script();
  const auto after = [&](Acts before, std::uint64_t count) {
    before.insert(before.end(), {failed(types()), advise(count)});
    return impatient(script, before).empty();
  };
  const Acts stream_failed{failed(types()), advise(1), wait(1)};
  const Acts handler_failed{failed(handle(5, 5)), advise(1), wait(1)};
  const auto with = [](Acts acts, const Act& act) {
    acts.push_back(act);
    return acts;
  };
  EXPECT_TRUE(after(with(stream_failed, read(5)), 1));
  EXPECT_FALSE(after(with(stream_failed, read(5)), 2));
  EXPECT_TRUE(after(with(handler_failed, read(5)), 2));
  EXPECT_FALSE(after(with(handler_failed, read(5)), 1));
  EXPECT_TRUE(after(with(handler_failed, handle(5, 5)), 1));
  EXPECT_FALSE(after(with(handler_failed, handle(5, 5)), 2));
  EXPECT_TRUE(after(with(stream_failed, told(5)), 2)) << "only reading and handling count";
}

TEST(Impatient, AnUnfitEventMayCountAsReadOrNot) {
  const Script script = streamtest::script();
  for (const std::uint64_t count : {1, 2})
    EXPECT_EQ(
        impatient(script, {failed(types()), advise(1), wait(1), unfit(read(5)), advise(count)}),
        "");
  EXPECT_NE(impatient(script, {failed(types()), advise(1), wait(1), unfit(read(5)), advise(3)}),
            "");
}

TEST(WaitingStrangely, NegativeAndHot) {
  const Script script = streamtest::script();
  EXPECT_EQ(waiting_strangely(script, {failed(types()), wait(0), failed(types()), wait(5)}), "");
  EXPECT_TRUE(says(waiting_strangely(script, {failed(types()), wait(-1)}), "no negative"));
  EXPECT_TRUE(
      says(waiting_strangely(script, {failed(types()), wait(5), failed(types()), wait(0), types()}),
           "runs hot"));
}

TEST(Withholding, CursorsAndPermits) {
  const Script script = streamtest::script();
  Act second = open(5);
  second.open_cursors = 1;
  EXPECT_EQ(withholding(script, {second, wait(1)}), "");
  second.open_cursors = 2;
  EXPECT_TRUE(says(withholding(script, {second}), "2 cursors were open"));
  Act holding = wait(1);
  holding.all_permits_free = false;
  EXPECT_TRUE(says(withholding(script, {holding}), "held a permit"));
}

TEST(Unpermitted, AHandlerWithoutAPermit) {
  Act act = handle(5, 5);
  EXPECT_EQ(unpermitted(script(), {act}), "");
  act.all_permits_free = true;
  EXPECT_TRUE(says(unpermitted(script(), {act}), "no permit was held"));
}

}  // namespace
}  // namespace streamtest
