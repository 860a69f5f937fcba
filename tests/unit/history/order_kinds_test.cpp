#include "script.hpp"

#include <streamtest/history/checker_rules.hpp>
#include <streamtest/rules/catalogue.hpp>

// Anomalies of what was sent and read, each with the smallest record that shows it and a neighbour
// that is right.

namespace streamtest {
namespace {

TEST(CheckerRules, AreAllInTheCatalogue) {
  for (const OffenceRule& each : offence_rules())
    EXPECT_NE(find_rule(each.rule), nullptr) << each.rule << ", for " << to_string(each.kind);
}

TEST(CheckerRules, EveryKindHasANameThatIsReadAgain) {
  for (int kind = 1; kind <= 29; ++kind)
    EXPECT_EQ(anomaly_kind_from_text(to_string(static_cast<AnomalyKind>(kind))),
              static_cast<AnomalyKind>(kind));
  EXPECT_FALSE(anomaly_kind_from_text("odd").has_value());
}

TEST(CheckerKinds, Phantom) {
  Script script;
  script.open(0);
  const auto append = script.whole(script.appending({0}), CameTo::failed);
  Script neighbour = script;
  neighbour.record.calls[append].came_to = CameTo::unknown;
  expect_first(script, phantom, "APP-2", {append, script.gives(0, 0, 0)});
  neighbour.gives(0, 0, 0);
  expect_clean(neighbour);
}

TEST(CheckerKinds, PhantomThatNobodySent) {
  Script script;
  script.open(0);
  const auto read = script.begin(script.reading(0));
  script.end(read, CameTo::ok);
  expect_first(script, phantom, "PAY-1", {read});
}

TEST(CheckerKinds, Torn) {
  Script script;
  script.open(0);
  const auto append = script.append({0}, {0});
  const auto read = script.gives(0, 0, 0);
  expect_clean(script);
  script.record.calls[read].seen.intact = false;
  expect_first(script, torn, "PAY-1", {append, read});
  script.record.calls[read].seen = {0, 0, 1, true};
  expect_first(script, torn, "PAY-1", {append, read});
  script.record.calls[read].seen = {SeenEvent::unknown, 0, 0, true};
  expect_first(script, torn, "PAY-1", {append, read});
}

TEST(CheckerKinds, TornBatchWithTheEndInside) {
  Script script;
  script.open(0);
  const auto append = script.begin(script.appending({0, 0}));
  const auto read = script.gives(0, 0, 0);
  Script neighbour = script;
  const auto nothing = script.finds_nothing(0);
  expect_first(script, torn, "APP-1", {append, read, nothing});
  expect_clean(script, {.fresh = false});
  neighbour.open(1, 0);
  neighbour.finds_nothing(1);  // the end before the batch: it isn't acknowledged yet
  expect_clean(neighbour);
}

TEST(CheckerKinds, TornBatchAtTheEnd) {
  Script script;
  const auto append = script.append({0, 0}, {});
  Script neighbour = script;
  script.final_reading(0, {{0, 0}});
  expect_first(script, torn, "APP-1", {append, 2});
  neighbour.final_reading(0, {{0, 0}, {1, 1}});
  expect_clean(neighbour);
}

TEST(CheckerKinds, TornBatchThatAnotherStandsIn) {
  Script script;
  const auto batch = script.append({0, 0}, {0, 2});
  const auto one = script.append({0}, {1});
  expect_first(script, torn, "CON-2", {batch, one}, {.dense = false});
  Script neighbour;
  neighbour.append({0, 0}, {0, 2});
  neighbour.append({0}, {3});
  expect_clean(neighbour, {.dense = false});
}

TEST(CheckerKinds, DivergentOffset) {
  Script script;
  script.append({0}, {});
  script.append({0}, {});
  script.open(0);
  script.open(1);
  const auto one = script.gives(0, 0, 0);
  Script neighbour = script;
  expect_first(script, divergent_offset, "ORD-4", {one, script.gives(1, 1, 0)});
  neighbour.gives(1, 0, 0);
  expect_clean(neighbour);
}

TEST(CheckerKinds, DivergentOffsetThatWasToldTwice) {
  Script script;
  const auto one = script.append({0}, {0});
  Script neighbour = script;
  expect_first(script, divergent_offset, "ORD-3", {one, script.append({0}, {0})});
  neighbour.append({0}, {1});
  expect_clean(neighbour);
}

TEST(CheckerKinds, Duplicate) {
  Script script;
  const auto append = script.append({0}, {});
  script.open(0);
  const auto one = script.gives(0, 0, 0);
  Script neighbour = script;
  expect_first(script, duplicate, "CON-2", {append, one, script.gives(0, 0, 1)});
  neighbour.open(1);
  neighbour.gives(1, 0, 0);
  expect_clean(neighbour);
}

TEST(CheckerKinds, DuplicateOfWhatTheAppenderWasTold) {
  Script script;
  script.open(0);
  const auto append = script.append({0}, {1});
  expect_first(script, duplicate, "APP-3", {append, script.gives(0, 0, 0)}, {.dense = false});
}

TEST(CheckerKinds, LostEvent) {
  Script script;
  const auto one = script.append({0}, {0});
  script.append({0}, {1});
  Script neighbour = script;
  const auto final_open = script.final_reading(0, {{1, 1}});
  expect_first(script, lost_event, "CON-2", {one, final_open, final_open + 1});
  neighbour.final_reading(0, {{0, 0}, {1, 1}});
  expect_clean(neighbour);
}

TEST(CheckerKinds, LostEventAlsoIfItsOffsetWasNeverKnown) {
  Script script;
  script.append({0}, {0});
  const auto one = script.append({0}, {});
  Script neighbour = script;
  const auto open = script.final_reading(0, {{0, 0}});
  expect_first(script, lost_event, "CON-2", {one, open, open + 2});
  neighbour.record.calls[one].came_to = CameTo::unknown;
  neighbour.final_reading(0, {{0, 0}});
  expect_clean(neighbour);
}

TEST(CheckerKinds, LostEventThatWasRead) {
  Script script;
  script.append_unknown({0});
  script.open(0);
  const auto read = script.gives(0, 0, 0);
  const auto open = script.final_reading(0, {});
  expect_first(script, lost_event, "ORD-4", {read, open, open + 1});
}

TEST(CheckerKinds, Hole) {
  Script script;
  script.append({0}, {});
  script.append({0}, {});
  Script neighbour = script;
  const auto open = script.final_reading(0, {{0, 0}, {1, 2}});
  expect_first(script, hole, "ORD-3", {open + 2});
  expect_clean(script, {.dense = false});
  neighbour.final_reading(0, {{0, 0}, {1, 1}});
  expect_clean(neighbour);
}

TEST(CheckerKinds, HoleWithinWhatABatchWasTold) {
  Script script;
  const auto batch = script.append({0, 0}, {0, 2});
  script.append({0}, {3});
  script.append({0}, {4});
  expect_first(script, hole, "ORD-3", {batch});
}

TEST(CheckerKinds, SkippedEvent) {
  Script script;
  script.open(0);
  const auto victim = script.append({0}, {0});
  script.append({0}, {1});
  Script neighbour = script;
  expect_first(script, skipped_event, "ORD-2", {0, victim, script.gives(0, 1, 1)});
  neighbour.open(1, 0, {1});  // doesn't want the first
  neighbour.record.sent[1].type = 1;
  neighbour.gives(1, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, SkippedEventThatCameUpLate) {
  Script script;
  script.open(0);
  const auto late = script.begin(script.appending({0}));
  script.append({0}, {1});
  Script neighbour = script;
  const auto read = script.gives(0, 1, 1);
  script.record.calls[late].offsets = {0};
  script.end(late, CameTo::ok);
  expect_first(script, skipped_event, "ORD-6", {0, late, read});
  neighbour.gives(0, 0, 0);
  neighbour.gives(0, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, NonMonotonic) {
  Script script;
  script.open(0);
  script.append({0, 0}, {0, 1});
  script.gives(0, 0, 0);
  const auto one = script.gives(0, 1, 1);
  expect_clean(script);
  expect_first(script, non_monotonic, "ORD-1", {one, script.gives(0, 1, 1)});
}

TEST(CheckerKinds, WrongStart) {
  Script script;
  script.append({0, 0}, {0, 1});
  const auto open = script.open(0, 1);
  Script neighbour = script;
  expect_first(script, wrong_start, "OPN-1", {open, script.gives(0, 0, 0)});
  neighbour.gives(0, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, FilterLeak) {
  Script script;
  script.append({1, 0}, {0, 1});
  const auto open = script.open(0, 0, {0});
  Script neighbour = script;
  expect_first(script, filter_leak, "FLT-1", {open, script.gives(0, 0, 0)});
  neighbour.gives(0, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, FilterLeakByTheFilterOfAnother) {
  Script script;
  script.append({1}, {0});
  const auto other = script.open(1, 0, {1});
  const auto open = script.open(0, 0, {0});
  expect_first(script, filter_leak, "OPN-5", {other, open, script.gives(0, 0, 0)});
}

TEST(CheckerKinds, UnsupportedType) {
  Script script;
  const auto open = script.open(0, 0, {0, 2});
  expect_first(script, unsupported_type, "OPN-4", {open});
  Script refused;
  refused.whole({.kind = CallKind::open, .types = {0, 2}}, CameTo::unsupported_type);
  expect_clean(refused);
}

TEST(CheckerKinds, UnsupportedTypeWhereItMayBeToldLater) {
  Script script;
  const auto open = script.open(0, 0, {0, 2});
  Script neighbour = script;
  script.append({0}, {0});
  expect_first(script, unsupported_type, "OPN-4", {open, script.gives(0, 0, 0)},
               {.lazy_type_check = true});
  neighbour.read(0, CameTo::unsupported_type);
  expect_clean(neighbour, {.lazy_type_check = true});
}

TEST(CheckerKinds, UnsupportedTypeThatIsMissing) {
  Script script;
  const auto call = script.whole({.kind = CallKind::event_types, .types = {0, 1}}, CameTo::ok);
  expect_clean(script);
  script.record.calls[call].types = {1};
  expect_first(script, unsupported_type, "TYP-1", {call});
}

TEST(CheckerKinds, RealTimeInversion) {
  Script script;
  const auto one = script.append({0}, {1});
  expect_first(script, real_time_inversion, "CON-2", {one, script.append({0}, {0})});
  Script neighbour;  // they overlap
  const auto slow = neighbour.begin(neighbour.appending({0}, {1}));
  neighbour.append({0}, {0});
  neighbour.end(slow, CameTo::ok);
  expect_clean(neighbour);
}

TEST(CheckerKinds, RealTimeInversionBelowWhatWasRead) {
  Script script;
  script.open(0, 0, {0});
  const auto slow = script.begin(script.appending({0}));
  const auto read = script.gives(0, 0, 1);
  const auto later = script.append({1}, {0});
  script.end(slow, CameTo::ok);
  expect_first(script, real_time_inversion, "ORD-6", {read, later});
}

TEST(CheckerKinds, RealTimeInversionWithinABatch) {
  Script script;
  expect_first(script, real_time_inversion, "ORD-3", {script.append({0, 0}, {1, 0})});
}

TEST(CheckerKinds, ReadFromTheFuture) {
  Script script;
  script.open(0);
  const Call append = script.appending({0}, {0});
  Script neighbour = script;
  const auto read = script.gives(0, 0, 0);
  expect_first(script, read_from_the_future, "PAY-1", {read, script.whole(append, CameTo::ok)});
  const auto waiting = neighbour.begin(neighbour.reading(0));
  const auto appended = neighbour.begin(append);
  neighbour.give(waiting, 0, 0);  // before its append returned
  neighbour.end(appended, CameTo::ok);
  expect_clean(neighbour);
}

TEST(CheckerKinds, StaleEnd) {
  Script script;
  script.open(0);
  const auto append = script.append({0}, {0});
  const auto nothing = script.finds_nothing(0);
  expect_first(script, stale_end, "APP-3", {append, nothing});
  expect_clean(script, {.fresh = false});
  Script neighbour;
  neighbour.open(0);
  const auto looking = neighbour.begin(neighbour.reading(0, CallKind::try_next));
  neighbour.append({0}, {0});
  neighbour.end(looking, CameTo::nothing);  // it may have looked before
  expect_clean(neighbour);
}

TEST(CheckerKinds, CancelledAppendTwice) {
  Script script;
  const auto append = script.append_unknown({0});
  script.open(0);
  const auto one = script.gives(0, 0, 0);
  expect_clean(script);
  expect_first(script, cancelled_append_twice, "CON-2", {append, one, script.gives(0, 0, 1)});
}

TEST(CheckerKinds, CancelledAppendInPart) {
  Script script;
  const auto append = script.append_unknown({0, 0});
  Script neighbour = script;
  const auto open = script.final_reading(0, {{0, 0}});
  expect_first(script, cancelled_append_twice, "APP-1", {append, open + 1});
  neighbour.final_reading(0, {});
  expect_clean(neighbour);
}

}  // namespace
}  // namespace streamtest
