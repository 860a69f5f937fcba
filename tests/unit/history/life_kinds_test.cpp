#include "script.hpp"

// Anomalies of waiting, closing, cancelling and restarting, each with the smallest
// record that shows it and a neighbour that is right.

namespace streamtest {
namespace {

Script at_rest() {
  Script script;
  script.record.quiescent = true;
  return script;
}

TEST(CheckerKinds, StuckReader) {
  Script script = at_rest();
  script.open(0);
  const auto waiting = script.begin(script.reading(0));
  expect_clean(script);
  const auto append = script.append({0}, {0});
  expect_first(script, stuck_reader, "BLK-3", {waiting, append});
  script.record.quiescent = false;
  expect_clean(script);
}

TEST(CheckerKinds, StuckReaderOfWhatWasThereBefore) {
  Script script = at_rest();
  script.open(0);
  const auto append = script.append({0}, {});
  expect_first(script, stuck_reader, "BLK-2", {append, script.begin(script.reading(0))});
}

TEST(CheckerKinds, StuckReaderAfterClose) {
  Script script = at_rest();
  script.open(0);
  const auto waiting = script.begin(script.reading(0));
  const auto close = script.close(0);
  expect_first(script, stuck_reader, "CLS-3", {waiting, close});
  script.end(waiting, CameTo::closed);
  expect_clean(script);
}

TEST(CheckerKinds, StuckClose) {
  Script script = at_rest();
  script.open(0);
  const auto close = script.begin({.kind = CallKind::close, .cursor = 0});
  expect_first(script, stuck_reader, "CLS-4", {close});
}

TEST(CheckerKinds, StuckReaderOfWhatWasCut) {
  Script script = at_rest();
  const auto append = script.append({0}, {0});
  script.open(0);
  const auto cut = script.truncate(1, 1);
  const auto waiting = script.begin(script.reading(0));
  expect_first(script, stuck_reader, "TRN-1", {append, cut, waiting});
  Script neighbour = at_rest();  // what was cut isn't wanted
  neighbour.append({1}, {0});
  neighbour.open(0, 0, {0});
  neighbour.truncate(1, 1);
  neighbour.begin(neighbour.reading(0));
  expect_clean(neighbour);
}

TEST(CheckerKinds, StuckReaderBehindItsDeadline) {
  Script script = at_rest();
  script.open(0);
  const auto waiting = script.begin(script.reading(0, CallKind::try_next));
  expect_first(script, stuck_reader, "CAN-5", {waiting});
}

TEST(CheckerKinds, PrematureWake) {
  Script script;
  script.open(0);
  const auto read = script.read(0, CameTo::neither);
  expect_first(script, premature_wake, "BLK-1", {read});
  script.record.calls[read].came_to = CameTo::nothing;
  expect_first(script, premature_wake, "BLK-1", {read});
  script.record.calls[read].came_to = CameTo::closed;
  expect_first(script, premature_wake, "BLK-1", {0, read});
  script.record.calls[read].came_to = CameTo::cancelled;
  expect_first(script, premature_wake, "BLK-1", {read});
  script.record.calls[read].cancelled = script.record.calls[read].invoked;
  expect_clean(script);
}

TEST(CheckerKinds, Exception) {
  Script script;
  script.open(0);
  script.record.calls[0].came_to = CameTo::threw;
  expect_first(script, exception, "OPN-1", {0});
  script.record.calls[0].came_to = CameTo::ok;
  Script reading = script;
  expect_first(reading, exception, "BLK-1", {reading.read(0, CameTo::threw)});
  const auto close = script.begin({.kind = CallKind::close});
  script.end(close, CameTo::threw);
  expect_first(script, exception, "CLS-1", {close});
}

TEST(CheckerKinds, LifeAfterClose) {
  Script script;
  script.append({0}, {0});
  script.open(0);
  const auto close = script.close(0);
  Script neighbour = script;
  expect_first(script, life_after_close, "CLS-2", {close, script.gives(0, 0, 0)});
  neighbour.read(0, CameTo::closed);
  expect_clean(neighbour);
}

TEST(CheckerKinds, LifeAfterCloseIsNotWhatItHadInHand) {
  Script script;
  script.append({0}, {0});
  script.open(0);
  const auto read = script.begin(script.reading(0));
  script.close(0);
  script.give(read, 0, 0);
  expect_clean(script);
}

TEST(CheckerKinds, LifeAfterCloseBySecondClose) {
  Script script;
  script.open(0);
  const auto close = script.close(0);
  expect_first(script, life_after_close, "CLS-1", {close, script.close(0)});
  script.record.calls.back().came_to = CameTo::closed;
  expect_clean(script);
}

TEST(CheckerKinds, LifeAfterCloseByRefusedClose) {
  Script script;
  const auto open = script.open(0);
  expect_first(script, life_after_close, "CLS-1", {open, script.close(0, CameTo::closed)});
  Script neighbour;  // two at a time: either may be the first
  neighbour.open(0);
  const auto one = neighbour.begin({.kind = CallKind::close, .cursor = 0});
  neighbour.close(0);
  neighbour.end(one, CameTo::closed);
  expect_clean(neighbour);
}

TEST(CheckerKinds, CancellationLoss) {
  Script script;
  const auto open = script.open(0);
  const auto read = script.begin(script.reading(0));
  script.record.calls[read].cancelled = script.now++;
  const auto append = script.append({0, 0}, {0, 1});
  script.end(read, CameTo::cancelled);
  Script neighbour = script;
  expect_first(script, cancellation_loss, "CAN-3", {open, read, append, script.gives(0, 1, 1)});
  neighbour.gives(0, 0, 0);
  neighbour.gives(0, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, CancellationLossByWaitingForEver) {
  Script script = at_rest();
  script.open(0);
  const auto read = script.begin(script.reading(0));
  script.record.calls[read].cancelled = script.now++;
  expect_first(script, cancellation_loss, "CAN-2", {read});
}

TEST(CheckerKinds, CancellationLossByATokenThatHadStopped) {
  Script script;
  script.append({0}, {0});
  script.open(0);
  Call reading = script.reading(0);
  reading.cancelled = script.now++;
  const auto read = script.begin(reading);
  script.give(read, 0, 0);
  expect_first(script, cancellation_loss, "CAN-1", {read});
  expect_clean(script, {.lenient_cancellation = true});
}

TEST(CheckerKinds, HandlerAbuse) {
  Script script;
  script.open(0);
  script.append({0}, {0});
  const auto read = script.gives(0, 0, 0);
  expect_clean(script);
  Call& call = script.record.calls[read];
  for (const std::uint32_t completions : {0U, 2U}) {
    call.completions = completions;
    expect_first(script, handler_abuse, "BLK-1", {read});
  }
  call.completions = 1;
  call.inside_call = true;
  expect_first(script, handler_abuse, "BLK-1", {read});
  call.inside_call = false;
  call.foreign_executor = true;
  expect_first(script, handler_abuse, "BLK-1", {read});
}

TEST(CheckerKinds, RestartLoss) {
  Script script;
  const auto append = script.append({0}, {0});
  const auto again = script.restart(CallKind::crash);
  Script neighbour = script;
  const auto open = script.final_reading(0, {});
  expect_first(script, restart_loss, "DUR-2", {append, again, open, open + 1}, {.durable = true});
  expect_clean(script);  // a stream that isn't durable may lose it
  neighbour.final_reading(0, {{0, 0}});
  expect_clean(neighbour, {.durable = true});
}

TEST(CheckerKinds, RestartLossByReopening) {
  Script script;
  const auto append = script.append({0}, {0});
  const auto again = script.restart(CallKind::reopen);
  const auto open = script.final_reading(0, {});
  expect_first(script, restart_loss, "DUR-1", {append, again, open, open + 1});
}

TEST(CheckerKinds, RestartLossOfWhatWasReadOnly) {
  Script script;
  script.append_unknown({0});
  script.open(0);
  const auto read = script.gives(0, 0, 0);
  const auto again = script.restart(CallKind::crash);
  const auto open = script.final_reading(0, {});
  expect_first(script, restart_loss, "DUR-3", {read, again, open, open + 1}, {.durable = true});
}

TEST(CheckerKinds, RestartLossOfAPart) {
  Script script;
  const auto append = script.append_unknown({0, 0});
  script.restart(CallKind::crash);
  const auto open = script.final_reading(0, {{0, 0}});
  expect_first(script, restart_loss, "DUR-4", {append, open + 1}, {.durable = true});
}

TEST(CheckerKinds, RestartLossOfTheCut) {
  Script script;
  script.append({0}, {0});
  const auto cut = script.truncate(1, 1);
  const auto again = script.restart(CallKind::crash);
  const auto open = script.open(0);
  expect_first(script, restart_loss, "TRN-6", {cut, again, open, script.gives(0, 0, 0)},
               {.durable = true});
}

TEST(CheckerKinds, RestartLossThatReusesAnOffset) {
  Script script;
  const auto one = script.append({0}, {0});
  const auto again = script.restart(CallKind::crash);
  expect_first(script, restart_loss, "TRN-6", {one, again, script.append({0}, {0})},
               {.durable = true});
}

TEST(CheckerKinds, ConsumerOrder) {
  Script script;
  const auto append = script.append({0, 0, 0}, {0, 1, 2});
  const auto one = script.handle(0, 0, 0);
  script.handle(1, 1, 1, CameTo::failed);
  Script skips = script;
  script.handle(1, 1, 1);
  expect_clean(script);
  expect_first(skips, consumer_order, "CNS-2", {append, one, skips.handle(1, 2, 2)});
  const auto last = script.record.calls.size() - 1;
  Script other = script;
  Script elsewhere = script;
  expect_first(script, consumer_order, "CNS-2", {last, script.handle(2, 1, 1)});
  expect_first(other, consumer_order, "CNS-1", {last, other.handle(1, 2, 2)});
  const auto call = elsewhere.handle(2, 2, 2);
  elsewhere.record.calls[call].told = 2;
  expect_first(elsewhere, consumer_order, "HND-1", {call});
}

TEST(CheckerKinds, ConsumerOrderBelowWhatIsExpected) {
  Script script;
  script.append({0}, {0});
  expect_first(script, consumer_order, "CNS-3", {script.handle(3, 0, 0)});
}

}  // namespace
}  // namespace streamtest
