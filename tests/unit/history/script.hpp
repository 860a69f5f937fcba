#ifndef STREAMTEST_TESTS_UNIT_HISTORY_SCRIPT_HPP
#define STREAMTEST_TESTS_UNIT_HISTORY_SCRIPT_HPP

#include <streamtest/history/checker.hpp>
#include <streamtest/history/record.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace streamtest {

using enum AnomalyKind;

/// Writes a record call by call. Types 0 and 1 are supported, 2 isn't; there are actors "w" and "r"
/// and cursors c0, c1 and c2. Every member gives the number of its call.
struct Script {
  Record record{.types = {"A", "B", "X"},
                .supported = 2,
                .actors = {"w", "r"},
                .cursors = {"c0", "c1", "c2"}};
  Tick now = 1;

  std::size_t begin(Call call) {
    call.invoked = now++;
    record.calls.push_back(std::move(call));
    return record.calls.size() - 1;
  }
  void end(std::size_t number, CameTo came_to) {
    record.calls[number].returned = now++;
    record.calls[number].came_to = came_to;
  }
  std::size_t whole(Call call, CameTo came_to) {
    const std::size_t number = begin(std::move(call));
    end(number, came_to);
    return number;
  }

  Call appending(const std::vector<std::uint32_t>& types, std::vector<std::uint64_t> offsets = {}) {
    Call call{.kind = CallKind::append,
              .first = static_cast<std::uint32_t>(record.sent.size()),
              .count = static_cast<std::uint32_t>(types.size()),
              .offsets = std::move(offsets)};
    for (const std::uint32_t type : types) record.sent.push_back({type, {}});
    return call;
  }
  std::size_t append(const std::vector<std::uint32_t>& types, std::vector<std::uint64_t> offsets) {
    return whole(appending(types, std::move(offsets)), CameTo::ok);
  }
  std::size_t append_unknown(const std::vector<std::uint32_t>& types) {
    return whole(appending(types), CameTo::unknown);
  }

  std::size_t open(std::uint32_t cursor, std::uint64_t offset = 0,
                   std::vector<std::uint32_t> types = {0, 1}) {
    return whole({.kind = CallKind::open,
                  .actor = 1,
                  .cursor = cursor,
                  .offset = offset,
                  .types = std::move(types)},
                 CameTo::ok);
  }
  Call reading(std::uint32_t cursor, CallKind kind = CallKind::next) {
    return {.kind = kind, .actor = 1, .cursor = cursor};
  }
  SeenEvent seen(std::uint32_t event, std::uint64_t offset) const {
    return {event, offset, record.sent[event].type, true};
  }
  void give(std::size_t number, std::uint32_t event, std::uint64_t offset) {
    record.calls[number].seen = seen(event, offset);
    end(number, CameTo::ok);
  }
  std::size_t gives(std::uint32_t cursor, std::uint32_t event, std::uint64_t offset) {
    const std::size_t number = begin(reading(cursor));
    give(number, event, offset);
    return number;
  }
  std::size_t read(std::uint32_t cursor, CameTo came_to) { return whole(reading(cursor), came_to); }
  std::size_t finds_nothing(std::uint32_t cursor) {
    return whole(reading(cursor, CallKind::try_next), CameTo::nothing);
  }
  std::size_t close(std::uint32_t cursor, CameTo came_to = CameTo::ok) {
    return whole({.kind = CallKind::close, .actor = 1, .cursor = cursor}, came_to);
  }
  std::size_t truncate(std::uint64_t asked, std::uint64_t told) {
    return whole({.kind = CallKind::truncate, .offset = asked, .told = told}, CameTo::ok);
  }
  std::size_t restart(CallKind kind) { return whole({.kind = kind}, CameTo::ok); }
  std::size_t handle(std::uint64_t expected, std::uint32_t event, std::uint64_t offset,
                     CameTo came_to = CameTo::ok) {
    return whole({.kind = CallKind::handle,
                  .offset = expected,
                  .told = came_to == CameTo::ok ? offset + 1 : expected,
                  .seen = seen(event, offset)},
                 came_to);
  }

  /// A fresh cursor, c2, reads these to the end; gives the number of its open.
  std::size_t final_reading(std::uint64_t from,
                            const std::vector<std::pair<std::uint32_t, std::uint64_t>>& events) {
    record.final_phase = now++;
    const std::size_t number = open(2, from);
    for (const auto& [event, offset] : events) gives(2, event, offset);
    finds_nothing(2);
    return number;
  }
};

/// All that the checker says, for a test that fails.
inline std::string lines(const std::vector<Anomaly>& anomalies) {
  std::string text;
  for (const Anomaly& anomaly : anomalies) {
    text += std::string(to_string(anomaly.kind)) + " (" + anomaly.rule + "): " + anomaly.sentence +
            " [";
    for (const std::size_t number : anomaly.calls) text += std::to_string(number) + " ";
    text += "]\n";
  }
  return text;
}

inline void expect_clean(const Script& script, const Allowances& allowances = {}) {
  const std::vector<Anomaly> anomalies = Checker(allowances).check(script.record);
  EXPECT_TRUE(anomalies.empty()) << lines(anomalies) << to_json(script.record);
}

/// The first anomaly is of that kind, breaks that rule, and is proved by these calls.
inline void expect_first(const Script& script, AnomalyKind kind, const std::string& rule,
                         const std::vector<std::size_t>& calls, const Allowances& allowances = {}) {
  const std::vector<Anomaly> anomalies = Checker(allowances).check(script.record);
  ASSERT_FALSE(anomalies.empty()) << to_json(script.record);
  EXPECT_EQ(to_string(anomalies.front().kind), to_string(kind)) << lines(anomalies);
  EXPECT_EQ(anomalies.front().rule, rule) << lines(anomalies);
  EXPECT_EQ(anomalies.front().calls, calls) << lines(anomalies);
}

}  // namespace streamtest

#endif
