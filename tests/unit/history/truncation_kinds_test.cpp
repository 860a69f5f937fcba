#include "script.hpp"

// Anomalies of truncating, each with the smallest record that shows it and a neighbour that is
// right.

namespace streamtest {
namespace {

TEST(CheckerKinds, TruncatedEventServed) {
  Script script;
  script.append({0}, {0});
  const auto open = script.open(0);
  const auto cut = script.begin({.kind = CallKind::truncate, .offset = 1, .told = 1});
  Script neighbour = script;
  script.end(cut, CameTo::ok);
  expect_first(script, truncated_event_served, "TRN-4", {open, cut, script.gives(0, 0, 0)});
  expect_clean(script, {.held_events = 1});
  neighbour.gives(0, 0, 0);  // while it is being cut
  neighbour.end(cut, CameTo::ok);
  expect_clean(neighbour);
}

TEST(CheckerKinds, TruncatedEventsServedBeyondTheDeclaredNumber) {
  Script script;
  script.append({0, 0}, {0, 1});
  script.open(0);
  script.truncate(2, 2);
  script.gives(0, 0, 0);
  expect_clean(script, {.held_events = 1});
  const auto read = script.gives(0, 1, 1);
  expect_first(script, truncated_event_served, "TRN-4", {1, 2, read}, {.held_events = 1});
  expect_clean(script, {.held_events = never});
}

TEST(CheckerKinds, TruncatedEventServedToALaterCursor) {
  Script script;
  script.append({0}, {0});
  const auto cut = script.truncate(1, 1);
  const auto open = script.open(0);
  Script neighbour = script;
  expect_first(script, truncated_event_served, "TRN-2", {cut, open, script.gives(0, 0, 0)},
               {.held_events = never});
  neighbour.read(0, CameTo::truncated);
  expect_clean(neighbour);
}

TEST(CheckerKinds, FalseTruncatedUnlessItTruncatesByItself) {
  Script script;
  script.append({0}, {0});
  script.open(0);
  const auto read = script.read(0, CameTo::truncated);
  expect_first(script, false_truncated, "TRN-3", {1, read});
  expect_clean(script, {.retention = true});
}

TEST(CheckerKinds, FalseTruncated) {
  Script script;
  script.append({0, 0}, {0, 1});
  script.open(0);
  const auto read = script.gives(0, 0, 0);
  const auto cut = script.truncate(1, 1);
  const auto told = script.read(0, CameTo::truncated);
  expect_first(script, false_truncated, "TRN-3", {1, read, cut, told});
  script.record.calls[cut].offset = script.record.calls[cut].told = 2;
  expect_clean(script);
}

TEST(CheckerKinds, FalseTruncatedToOneThatWaitsAtTheEnd) {
  Script script;
  script.append({0}, {0});
  const auto open = script.open(0, 1);
  const auto waiting = script.begin(script.reading(0));
  const auto cut = script.truncate(9, 1);  // all, and no more
  script.end(waiting, CameTo::truncated);
  expect_first(script, false_truncated, "TRN-5", {open, waiting, cut});
}

TEST(CheckerKinds, FalseTruncatedByOpen) {
  Script script;
  script.append({0}, {0});
  const auto cut = script.truncate(1, 1);
  const auto open = script.open(0, 1);
  script.record.calls[open].came_to = CameTo::truncated;
  expect_first(script, false_truncated, "TRN-3", {cut, open});
  script.record.calls[open].offset = 0;
  expect_clean(script);
}

TEST(CheckerKinds, SilentTruncation) {
  Script script;
  const auto append = script.append({0, 0}, {0, 1});
  const auto open = script.open(0);
  const auto cut = script.truncate(1, 1);
  Script neighbour = script;
  expect_first(script, silent_truncation, "TRN-1", {append, open, cut, script.gives(0, 1, 1)});
  neighbour.open(1, 0, {1});  // nothing that it wants was cut
  neighbour.record.sent[1].type = 1;
  neighbour.gives(1, 1, 1);
  expect_clean(neighbour);
}

TEST(CheckerKinds, SilentTruncationByALaterCursor) {
  Script script;
  const auto append = script.append({0, 0}, {0, 1});
  const auto cut = script.truncate(1, 1);
  const auto open = script.open(0);
  expect_first(script, silent_truncation, "TRN-2", {append, cut, open, script.gives(0, 1, 1)});
}

TEST(CheckerKinds, SilentTruncationThatLooksLikeTheEnd) {
  Script script;
  script.append({0}, {0});
  const auto open = script.open(0);
  const auto cut = script.truncate(1, 1);
  expect_first(script, silent_truncation, "TRN-1", {open, cut, script.finds_nothing(0)});
}

TEST(CheckerKinds, SilentTruncationAfterItWasTold) {
  Script script;
  script.append({1}, {0});
  script.open(0, 0, {0});
  script.truncate(1, 1);
  const auto told = script.read(0, CameTo::truncated);
  expect_clean(script);
  expect_first(script, silent_truncation, "TRN-1", {told, script.finds_nothing(0)});
}

TEST(CheckerKinds, Resurrection) {
  Script script;
  script.append({0}, {0});
  script.open(0);
  script.begin({.kind = CallKind::truncate, .offset = 1});  // is never told what became of it
  const auto told = script.read(0, CameTo::truncated);
  Script neighbour = script;
  const auto open = script.open(1);
  expect_first(script, resurrection, "TRN-2", {told, open, script.gives(1, 0, 0)});
  neighbour.open(1);
  neighbour.read(1, CameTo::truncated);
  expect_clean(neighbour);
}

TEST(CheckerKinds, ResurrectionOnOneCursor) {
  Script script;
  script.append({1, 0}, {0, 1});
  script.open(0, 0, {0});
  script.truncate(1, 1);
  const auto told = script.read(0, CameTo::truncated);
  expect_first(script, resurrection, "TRN-1", {told, script.gives(0, 1, 1)});
}

TEST(CheckerKinds, ResurrectionByReopening) {
  Script script;
  script.append({0}, {0});
  const auto cut = script.truncate(1, 1);
  const auto again = script.restart(CallKind::reopen);
  const auto open = script.open(0);
  expect_first(script, resurrection, "TRN-6", {cut, again, open, script.gives(0, 0, 0)});
}

TEST(CheckerKinds, OverTruncation) {
  Script script;
  const auto append = script.append({0, 0, 0}, {0, 1, 2});
  const auto cut = script.truncate(1, 1);
  Script neighbour = script;
  const auto open = script.final_reading(1, {{2, 2}});
  script.record.sent.push_back({0, {}});
  script.record.calls[append].count = 3;
  expect_first(script, torn, "APP-1", {append, open + 1});
  Script apart;
  apart.append({0}, {0});
  const auto victim = apart.append({0}, {1});
  apart.append({0}, {2});
  const auto again = apart.truncate(1, 1);
  const auto opened = apart.final_reading(1, {{2, 2}});
  expect_first(apart, over_truncation, "TRN-3", {victim, again, opened, opened + 1});
  neighbour.final_reading(1, {{1, 1}, {2, 2}});
  expect_clean(neighbour);
  static_cast<void>(cut);
}

TEST(CheckerKinds, OverTruncationThatReusesAnOffset) {
  Script script;
  const auto one = script.append({0}, {0});
  const auto cut = script.truncate(1, 1);
  expect_first(script, over_truncation, "TRN-6", {one, cut, script.append({0}, {0})});
}

TEST(CheckerKinds, OverTruncationBeyondTheEnd) {
  Script script;
  script.append({0}, {0});
  const auto cut = script.truncate(9, 1);
  expect_clean(script);
  script.record.calls[cut].told = 9;
  expect_first(script, over_truncation, "TRN-7", {cut});
}

}  // namespace
}  // namespace streamtest
