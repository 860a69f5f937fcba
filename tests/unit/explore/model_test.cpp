#include <gtest/gtest.h>
#include <streamtest/explore/model.hpp>

#include <algorithm>

namespace streamtest {
namespace {

using eventstream::Offset;
using Kind = Seen::Kind;

constexpr std::size_t A = 0;
constexpr std::size_t B = 1;

/// A model with one cursor, c, in slot 0, and words for what happens to it.
class ModelTest : public testing::Test {
 protected:
  static Capabilities strict() { return {.truncation = Truncation::strict}; }

  void use(const Capabilities& claims) { model = Model(claims); }

  void append(std::vector<std::size_t> types) {
    std::vector<Known> batch;
    for (const std::size_t type : types) {
      const Offset offset = model.end() + batch.size();
      batch.push_back({offset, type, content(offset), "event " + std::to_string(offset)});
    }
    EXPECT_FALSE(model.append(std::move(batch)));
  }

  void open(Offset offset, std::vector<std::size_t> filter = {A}, std::size_t slot = 0) {
    EXPECT_FALSE(model.open(slot, offset, std::move(filter), {}));
  }
  void cut(Offset offset) { EXPECT_FALSE(model.truncate(offset, offset)); }
  void close(std::size_t slot = 0) { EXPECT_FALSE(model.close(slot, {})); }

  static std::string content(Offset offset) { return "content " + std::to_string(offset); }
  Seen event(Offset offset) const {
    const std::size_t type = offset < model.log().size() ? model.log()[offset].type : A;
    return {Kind::event, offset, type, content(offset), "event " + std::to_string(offset)};
  }
  static Seen seen(Kind kind) { return {.kind = kind, .text = "that"}; }

  /// The rule that a read, begun before, breaks by returning this; "" if it is allowed.
  std::string rule(const Seen& what, std::size_t slot = 0) {
    anomaly = model.returned(slot, what);
    return anomaly ? anomaly->rule : "";
  }
  std::string rule(Kind kind, std::size_t slot = 0) { return rule(seen(kind), slot); }
  /// The same for a read that begins and returns now.
  template <typename What>
  std::string next(const What& what) {
    model.start(0);
    return rule(what);
  }
  bool suspects(const std::string& rule) const {
    return anomaly && std::any_of(anomaly->suspects.begin(), anomaly->suspects.end(),
                                  [&](const Suspect& suspect) { return suspect.rule == rule; });
  }

  Model model{strict()};
  std::optional<Anomaly> anomaly;
};

TEST_F(ModelTest, AReaderIsGivenItsEventsInOrder) {
  append({B, A, B, A});
  open(0);
  EXPECT_EQ(next(event(1)), "");
  EXPECT_EQ(next(event(3)), "");
  model.start(0);
  EXPECT_FALSE(model.is_due(0));
  append({B});
  EXPECT_FALSE(model.is_due(0));
  append({A});
  EXPECT_TRUE(model.is_due(0));
  EXPECT_EQ(rule(event(5)), "");
}

TEST_F(ModelTest, AFirstEventIsThatOfTheOpeningOffset) {
  append({A, A, A});
  open(1);
  EXPECT_EQ(next(event(0)), "OPN-1");
  EXPECT_EQ(rule(event(2)), "OPN-1");
  EXPECT_EQ(rule(event(1)), "");
  open(5, {A}, 0);
  EXPECT_EQ(next(event(2)), "OPN-2");
}

TEST_F(ModelTest, OpenMayNotRefuseAnOffset) {
  EXPECT_EQ(model.open(0, last_offset, {A}, seen(Kind::other))->rule, "OPN-2");
  append({A, A});
  EXPECT_EQ(model.open(0, 0, {A}, seen(Kind::truncated))->rule, "OPN-2");
  cut(1);
  EXPECT_EQ(model.open(0, 1, {A}, seen(Kind::truncated))->rule, "TRN-2");
  EXPECT_FALSE(model.open(0, 0, {A}, seen(Kind::truncated)));
  EXPECT_FALSE(model.has(0));
}

TEST_F(ModelTest, LaterEventsAreNeitherRepeatedNorPassedOver) {
  append({A, A, A});
  open(0);
  EXPECT_EQ(next(event(0)), "");
  EXPECT_EQ(next(event(0)), "ORD-1");
  EXPECT_EQ(rule(event(2)), "ORD-2");
  EXPECT_FALSE(suspects("CAN-3"));
}

TEST_F(ModelTest, ACancelledReadIsSuspectedOfASkip) {
  append({A, A});
  open(0);
  model.start(0);
  model.cancel(0);
  EXPECT_EQ(rule(Kind::cancelled), "");
  EXPECT_EQ(next(event(1)), "OPN-1");
  EXPECT_TRUE(suspects("CAN-3"));
}

TEST_F(ModelTest, ContentAndTypeAreLookedAt) {
  append({A, B});
  open(0);
  EXPECT_EQ(next(event(1)), "FLT-1");
  Seen other = event(0);
  other.content = "other";
  EXPECT_EQ(rule(other), "APP-3");
  EXPECT_EQ(rule(event(7)), "APP-3");
  EXPECT_EQ(rule(event(0)), "");
  open(0, {A}, 1);
  model.start(1);
  EXPECT_EQ(rule(other, 1), "ORD-4");
}

TEST_F(ModelTest, ReturningWithoutCause) {
  open(0);
  EXPECT_EQ(next(Kind::other), "BLK-1");
  EXPECT_EQ(rule(Kind::cancelled), "BLK-1");
  EXPECT_EQ(rule(Kind::closed), "BLK-1");
  EXPECT_EQ(rule(Kind::truncated), "BLK-1");
  EXPECT_FALSE(suspects("FLT-4"));
  append({B});
  EXPECT_EQ(rule(Kind::other), "BLK-1");
  EXPECT_TRUE(suspects("FLT-4"));
  append({A});
  EXPECT_EQ(rule(Kind::other), "BLK-2");
  EXPECT_EQ(rule(event(1)), "");
}

TEST_F(ModelTest, StuckBesideItsEvent) {
  open(0);
  model.start(0);
  append({A});
  EXPECT_EQ(rule(Kind::stuck), "BLK-2");
  EXPECT_TRUE(anomaly->stuck);
  EXPECT_FALSE(suspects("BLK-4"));
  EXPECT_FALSE(suspects("CLS-5"));
}

TEST_F(ModelTest, OneOfTwoWokenAndACloseOfAnotherAreSuspected) {
  open(0, {A}, 0);
  open(0, {A}, 1);
  open(0, {A}, 2);
  model.start(0);
  model.start(1);
  close(2);
  append({A});
  EXPECT_EQ(rule(event(0), 1), "");
  EXPECT_EQ(rule(Kind::stuck, 0), "BLK-2");
  EXPECT_TRUE(suspects("BLK-4"));
  EXPECT_TRUE(suspects("CLS-5"));
  EXPECT_TRUE(suspects("CON-1"));
}

TEST_F(ModelTest, ACancelledReadGivesCancelledOrItsEvent) {
  open(0);
  model.start(0);
  model.cancel(0);
  EXPECT_TRUE(model.is_due(0));
  EXPECT_EQ(rule(Kind::stuck), "CAN-2");
  append({A});
  EXPECT_EQ(rule(Kind::other), "CAN-2");
  EXPECT_EQ(rule(event(0)), "");
  EXPECT_EQ(next(Kind::cancelled), "BLK-1") << "the next read was not cancelled";
  EXPECT_TRUE(suspects("CAN-4"));
}

TEST_F(ModelTest, ATokenThatHasAskedToStop) {
  append({A});
  open(0);
  model.start(0, true);
  EXPECT_EQ(rule(event(0)), "CAN-1");
  EXPECT_EQ(rule(Kind::stuck), "CAN-1");
  EXPECT_EQ(rule(Kind::cancelled), "");
  use({.lenient_cancellation = true});
  append({A});
  open(0);
  model.start(0, true);
  EXPECT_EQ(rule(event(0)), "");
}

TEST_F(ModelTest, AReadThatStartsAfterClose) {
  append({A});
  open(0);
  close();
  EXPECT_EQ(next(event(0)), "CLS-2");
  EXPECT_EQ(rule(Kind::truncated), "CLS-2");
  EXPECT_EQ(rule(Kind::stuck), "CLS-2");
  EXPECT_EQ(rule(Kind::cancelled), "CLS-2");
  EXPECT_EQ(rule(Kind::closed), "");
  model.start(0, true);
  EXPECT_EQ(rule(Kind::cancelled), "");
}

TEST_F(ModelTest, AReadThatIsPendingAtClose) {
  open(0, {A}, 0);
  open(0, {A}, 1);
  model.start(0);
  close(0);
  append({A});
  EXPECT_EQ(rule(Kind::stuck), "CLS-3");
  EXPECT_EQ(rule(event(0)), "CLS-3") << "it came after close returned";
  EXPECT_EQ(rule(Kind::closed), "");
  model.start(1);
  close(1);
  EXPECT_EQ(rule(event(0), 1), "") << "it may have had it already";
}

TEST_F(ModelTest, CloseSucceedsOnce) {
  open(0);
  EXPECT_EQ(model.close(0, seen(Kind::other))->rule, "CLS-1");
  EXPECT_EQ(model.close(0, seen(Kind::ok))->rule, "CLS-1");
  EXPECT_FALSE(model.close(0, seen(Kind::closed)));
}

TEST_F(ModelTest, ACutMatchMustBeTold) {
  append({A, A, A});
  open(0, {A}, 0);
  cut(2);
  EXPECT_EQ(next(event(0)), "TRN-1");
  EXPECT_EQ(rule(event(2)), "TRN-1");
  EXPECT_EQ(rule(Kind::stuck), "TRN-1");
  EXPECT_EQ(rule(Kind::other), "TRN-1");
  EXPECT_EQ(rule(Kind::truncated), "");
  EXPECT_EQ(next(event(2)), "TRN-1") << "it stays truncated";
  EXPECT_EQ(rule(Kind::truncated), "");
  EXPECT_EQ(model.close(0, seen(Kind::truncated))->rule, "CLS-6");
  open(1, {A}, 1);
  model.start(1);
  EXPECT_EQ(rule(event(1), 1), "TRN-2");
  EXPECT_EQ(rule(event(2), 1), "TRN-2");
  EXPECT_EQ(rule(Kind::truncated, 1), "");
}

TEST_F(ModelTest, AReadThatBeganBeforeTheCutMayHaveItsEvent) {
  append({A});
  open(0);
  model.start(0);
  cut(1);
  EXPECT_EQ(rule(event(0)), "");
}

TEST_F(ModelTest, WhereNothingWantedWasCutItMayGoOn) {
  append({B, B, A});
  open(0, {A}, 0);
  open(0, {A}, 1);
  cut(2);
  EXPECT_EQ(next(event(2)), "");
  model.start(1);
  EXPECT_EQ(rule(Kind::truncated, 1), "");
}

TEST_F(ModelTest, TruncatedIsForbiddenAtAndAboveTheCut) {
  append({A, A, A});
  open(0, {A}, 0);
  EXPECT_EQ(next(event(0)), "");
  cut(1);
  EXPECT_EQ(next(Kind::truncated), "TRN-3");
  open(1, {A}, 1);
  model.start(1);
  EXPECT_EQ(rule(Kind::truncated, 1), "TRN-2");
}

TEST_F(ModelTest, AReaderAtTheTailIsLeftAlone) {
  append({A});
  open(0);
  EXPECT_EQ(next(event(0)), "");
  model.start(0);
  cut(1);
  EXPECT_FALSE(model.is_due(0));
  EXPECT_EQ(rule(Kind::truncated), "TRN-5");
  append({A});
  EXPECT_EQ(rule(Kind::stuck), "BLK-2");
  EXPECT_TRUE(suspects("TRN-5"));
}

TEST_F(ModelTest, OnlyAnExactDriverKnowsThatAReaderIsAtTheTail) {
  for (const bool coarse_position : {false, true}) {
    use({.truncation = Truncation::strict, .coarse_position = coarse_position});
    append({B});
    open(0, {A}, 0);
    open(0, {A}, 1);
    model.start(0);
    model.start(1);
    model.saw_wait(1);
    cut(1);
    EXPECT_EQ(rule(Kind::truncated, 1), coarse_position ? "" : "TRN-5");
    EXPECT_EQ(rule(Kind::truncated, 0), "") << "it may not have begun";
  }
}

TEST_F(ModelTest, HeldEventsMayStillCome) {
  use({.truncation = Truncation::held, .held_events = 1});
  append({A, A, A});
  open(0, {A}, 0);
  cut(2);
  EXPECT_EQ(next(event(0)), "");
  EXPECT_EQ(next(event(1)), "TRN-1") << "one only";
  EXPECT_EQ(rule(Kind::truncated), "");
  open(0, {A}, 1);
  model.start(1);
  EXPECT_EQ(rule(event(0), 1), "TRN-2") << "it was opened after the cut";
}

TEST_F(ModelTest, AStaleReaderMayNotKnowOfTheCut) {
  use({.truncation = Truncation::strict, .staleness = std::chrono::milliseconds(5)});
  append({A});
  open(0);
  cut(1);
  EXPECT_EQ(next(event(0)), "");
}

TEST_F(ModelTest, AStreamThatTruncatesItselfMaySaySoBelowTheEnd) {
  use({.retention = true});
  open(0);
  model.start(0);
  EXPECT_EQ(rule(Kind::truncated), "BLK-1");
  append({B});
  EXPECT_EQ(rule(Kind::truncated), "");
}

TEST_F(ModelTest, TruncateTellsTheRealFirstOffset) {
  append({A, A, A});
  EXPECT_EQ(model.truncate(1, 2)->rule, "TRN-7");
  EXPECT_EQ(model.truncate(2, 1)->rule, "TRN-7");
  EXPECT_EQ(model.truncate(9, 9)->rule, "TRN-7") << "it would hide what comes";
  EXPECT_FALSE(model.truncate(9, std::nullopt));
  EXPECT_FALSE(model.truncate(2, 2));
  EXPECT_FALSE(model.truncate(1, 2)) << "it doesn't go back";
  use({.truncation = Truncation::coarse});
  append({A, A, A});
  EXPECT_FALSE(model.truncate(2, 1));
  EXPECT_EQ(model.truncate(2, 3)->rule, "TRN-7");
  EXPECT_EQ(model.truncate(2, 0)->rule, "TRN-7");
}

TEST_F(ModelTest, OffsetsAreContiguousUnlessSparse) {
  append({A});
  const std::vector<Known> gap = {{3, A, "x", "event 3"}};
  const std::vector<Known> again = {{0, A, "x", "event 0"}};
  EXPECT_EQ(Model(model).append(gap)->rule, "ORD-3");
  EXPECT_EQ(Model(model).append(again)->rule, "ORD-3");
  cut(1);
  anomaly = Model(model).append(again);
  EXPECT_TRUE(suspects("TRN-6"));
  use({.sparse_offsets = true});
  EXPECT_FALSE(model.append(gap));
  EXPECT_EQ(model.append(again)->rule, "ORD-3");
}

TEST_F(ModelTest, ASentinelIsOfATypeThatReachesTheReader) {
  append({A, A});
  open(4, {B}, 0);
  open(last_offset, {B}, 1);
  EXPECT_EQ(model.sentinel(0), B);
  EXPECT_FALSE(model.sentinel(1));
}

}  // namespace
}  // namespace streamtest
