#include <streamtest/explore/model.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

Known known(eventstream::Offset offset, std::size_t type) {
  const std::string text = "event " + std::to_string(offset);
  return {offset, type, text, text};
}

Seen event(const Known& of) {
  return {Seen::Kind::event, of.offset, of.type, of.content, of.text};
}

/// Three events of the types 0, 1, 0, and a cursor for type 0 from offset 0 in slot 0.
class ModelTest : public testing::Test {
 protected:
  explicit ModelTest(const Capabilities& claims = {.truncation = Truncation::strict})
      : model(claims) {
    EXPECT_FALSE(model.append({first, other, last}));
    EXPECT_FALSE(model.open(0, 0, {0}, {}));
  }

  std::optional<Breach> read(const Seen& seen, std::size_t slot = 0) {
    model.start(slot);
    return model.returned(slot, seen);
  }

  static std::string rule(const std::optional<Breach>& breach) {
    return breach ? breach->rule : "";
  }

  Known first = known(0, 0);
  Known other = known(1, 1);
  Known last = known(2, 0);
  Model model;
};

TEST_F(ModelTest, TheEventsOfTheFilterInOrderAreAllowed) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(read(event(last))), "");
  model.start(0);
  EXPECT_FALSE(model.is_due(0));
  EXPECT_FALSE(model.append({known(3, 0)}));
  EXPECT_TRUE(model.is_due(0));
  EXPECT_EQ(rule(model.returned(0, event(known(3, 0)))), "");
}

TEST_F(ModelTest, ASkippedEventBreaksOpeningOrOrder) {
  EXPECT_EQ(rule(read(event(last))), "OPN-1");
  EXPECT_FALSE(model.open(1, 0, {0, 1}, {}));
  EXPECT_EQ(rule(read(event(first), 1)), "");
  const std::optional<Breach> skipped = read(event(last), 1);
  ASSERT_EQ(rule(skipped), "ORD-2");
  EXPECT_NE(skipped->what.find("gave event 2, expected event 1"), std::string::npos)
      << skipped->what;
}

TEST_F(ModelTest, AnEventGivenTwiceBreaksOrder) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(read(event(first))), "ORD-1");
}

TEST_F(ModelTest, AnEventOfAnotherTypeBreaksTheFilter) {
  EXPECT_EQ(rule(read(event(other))), "FLT-1");
}

TEST_F(ModelTest, AnEventThatIsNotOnTheStreamBreaksAppending) {
  EXPECT_EQ(rule(read(event(known(7, 0)))), "APP-3");
}

TEST_F(ModelTest, AnEventThatChangesAfterItWasSeenBreaksStability) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_FALSE(model.open(1, 0, {0}, {}));
  Seen changed = event(first);
  changed.content = "something else";
  EXPECT_EQ(rule(read(changed, 1)), "ORD-4");
}

TEST_F(ModelTest, AReadThatReturnsForNoReasonBreaksBlocking) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(read(event(last))), "");
  EXPECT_EQ(rule(read({.kind = Seen::Kind::cancelled, .text = "cancelled"})), "BLK-1");
}

TEST_F(ModelTest, AReadThatIsStuckThoughItsEventIsThereBreaksBlocking) {
  const std::optional<Breach> stuck = read({.kind = Seen::Kind::stuck});
  EXPECT_EQ(rule(stuck), "BLK-2");
  EXPECT_TRUE(stuck->stuck);
}

TEST_F(ModelTest, AnAcknowledgedOffsetThatLeavesAGapBreaksOrder) {
  EXPECT_EQ(rule(model.append({known(5, 0)})), "ORD-3");
}

TEST_F(ModelTest, ACancelledReadMayStillGiveItsEvent) {
  model.start(0);
  model.cancel(0);
  EXPECT_TRUE(model.allowed(0).event);
  EXPECT_TRUE(model.allowed(0).cancelled);
  EXPECT_EQ(rule(model.returned(0, event(first))), "");
  model.start(0);
  model.cancel(0);
  EXPECT_EQ(rule(model.returned(0, {.kind = Seen::Kind::cancelled})), "");
  EXPECT_EQ(rule(read(event(last))), "");
}

TEST_F(ModelTest, ATokenThatHasAskedToStopAllowsNoEvent) {
  model.start(0, true);
  EXPECT_EQ(rule(model.returned(0, event(first))), "CAN-1");
}

TEST_F(ModelTest, AnEventAfterCloseBreaksClosing) {
  EXPECT_EQ(rule(model.close(0, {})), "");
  EXPECT_EQ(rule(read(event(first))), "CLS-2");
}

TEST_F(ModelTest, ACloseThatSucceedsTwiceBreaksClosing) {
  EXPECT_EQ(rule(model.close(0, {})), "");
  EXPECT_EQ(rule(model.close(0, {})), "CLS-1");
}

TEST_F(ModelTest, APendingReadMayGiveItsEventOrCursorClosed) {
  model.start(0);
  EXPECT_EQ(rule(model.close(0, {})), "");
  EXPECT_EQ(rule(model.returned(0, event(first))), "");
  EXPECT_EQ(rule(read({.kind = Seen::Kind::closed})), "");
}

TEST_F(ModelTest, WhatWasCutMustBeTold) {
  EXPECT_EQ(rule(model.truncate(1, 1)), "");
  EXPECT_EQ(rule(read({.kind = Seen::Kind::truncated})), "");
  EXPECT_EQ(rule(read({.kind = Seen::Kind::truncated})), "");
  EXPECT_EQ(rule(read(event(last))), "TRN-1");
}

TEST_F(ModelTest, WhatWasCutMayNotBePassedOver) {
  EXPECT_EQ(rule(model.truncate(1, 1)), "");
  EXPECT_EQ(rule(read(event(last))), "TRN-1");
}

TEST_F(ModelTest, NothingCutNothingToTell) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(model.truncate(1, 1)), "");
  EXPECT_EQ(rule(read({.kind = Seen::Kind::truncated, .text = "truncated"})), "TRN-3");
}

TEST_F(ModelTest, AReaderThatWaitedThroughACutHasNothingCutAwayFromIt) {
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(read(event(last))), "");
  model.start(0);
  model.saw_wait(0);
  EXPECT_EQ(rule(model.truncate(3, 3)), "");
  EXPECT_EQ(rule(model.returned(0, {.kind = Seen::Kind::truncated, .text = "truncated"})), "TRN-5");
}

TEST_F(ModelTest, ATruncateThatSaysAnotherOffsetThanItWasAskedForIsNamed) {
  EXPECT_EQ(rule(model.truncate(2, 0)), "TRN-7");
}

TEST_F(ModelTest, AnAnomalyThatACancelMayHaveCausedNamesItAsSuspect) {
  EXPECT_EQ(rule(read(event(first))), "");
  model.start(0);
  model.cancel(0);
  EXPECT_EQ(rule(model.returned(0, {.kind = Seen::Kind::cancelled})), "");
  const std::optional<Breach> lost = read({.kind = Seen::Kind::stuck});
  ASSERT_EQ(rule(lost), "BLK-2");
  ASSERT_FALSE(lost->suspects.empty());
  EXPECT_EQ(lost->suspects.front().rule, "CAN-4");
  EXPECT_EQ(lost->suspects.front().drop, Drop::cancels);
}

/// A stream that may keep two events in hand when they are cut.
class HoldingModelTest : public ModelTest {
 protected:
  HoldingModelTest() : ModelTest({.truncation = Truncation::held, .held_events = 1}) {}
};

TEST_F(HoldingModelTest, ACutEventMayComeFromTheHandButNotMoreThanWereHeld) {
  EXPECT_EQ(rule(model.truncate(3, 3)), "");
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(read(event(last))), "TRN-1");
}

TEST_F(HoldingModelTest, AsManyMayComeFromTheHandAfterTheNextCut) {
  EXPECT_EQ(rule(model.truncate(1, 1)), "");
  EXPECT_EQ(rule(read(event(first))), "");
  EXPECT_EQ(rule(model.truncate(3, 3)), "");
  EXPECT_EQ(rule(read(event(last))), "");
}

}  // namespace
}  // namespace streamtest
