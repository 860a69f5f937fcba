#include "oracle.hpp"

#include "random_record.hpp"
#include "script.hpp"

#include <algorithm>
#include <map>

namespace streamtest {
namespace {

bool is_read(const Call& call) {
  return call.kind == CallKind::next || call.kind == CallKind::try_next;
}

/// Changes one thing that a wrong stream could have done. Often nothing comes of it.
void mutate(Record& record, Random& random) {
  if (record.calls.empty()) return;
  Call& call = record.calls[below(random, record.calls.size())];
  const Call& other = record.calls[below(random, record.calls.size())];
  if (is_read(call) && call.came_to != CameTo::pending) {
    switch (below(random, 4)) {
      case 0:
        if (is_read(other) && other.came_to == CameTo::ok) {
          call.came_to = CameTo::ok;
          call.seen = other.seen;
        }
        break;
      case 1:
        call.came_to = CameTo::truncated;
        break;
      case 2:
        if (call.kind == CallKind::try_next) call.came_to = CameTo::nothing;
        break;
      default:
        if (call.came_to == CameTo::ok) call.seen.offset += below(random, 3) - 1;
        if (call.seen.offset == never) call.seen.offset = 0;
        break;
    }
  } else if (call.kind == CallKind::append && !call.offsets.empty()) {
    if (below(random, 2) == 0)
      for (std::uint64_t& offset : call.offsets) ++offset;
    else if (other.offsets.size() == call.offsets.size())
      call.offsets = other.offsets;
  } else if (call.kind == CallKind::append && call.came_to == CameTo::unknown) {
    call.came_to = CameTo::failed;
  } else if (call.kind == CallKind::open) {
    call.offset = below(random, 4);
  } else if (call.kind == CallKind::truncate) {
    call.offset = call.told = below(random, 4);
  }
}

/// Makes one call shorter: it may have taken effect in the part that is cut off.
void shorten(Record& record, Random& random) {
  if (record.calls.empty()) return;
  for (Call& call : record.calls) {
    call.invoked *= 4;
    if (call.returned != never) call.returned *= 4;
  }
  Call& call = record.calls[below(random, record.calls.size())];
  if (call.returned == never) return;
  if (below(random, 2) == 0)
    call.returned = call.invoked + 1;
  else
    call.invoked = call.returned - 1;
  std::sort(record.calls.begin(), record.calls.end(),
            [](const Call& a, const Call& b) { return a.invoked < b.invoked; });
}

/// Every event that was acknowledged has a known offset, and, where offsets are dense, none is
/// missing: only then the record alone says enough for an accusation that the search would make.
bool says_enough(const Record& record, const Allowances& allowances) {
  std::vector<std::uint64_t> offsets(record.sent.size(), never);
  for (const Call& call : record.calls) {
    for (std::size_t i = 0; i < call.offsets.size(); ++i) offsets[call.first + i] = call.offsets[i];
    if (is_read(call) && call.came_to == CameTo::ok) offsets[call.seen.event] = call.seen.offset;
  }
  for (const Call& call : record.calls)
    if (call.kind == CallKind::append)
      for (std::uint32_t event = call.first; event < call.first + call.count; ++event)
        if (offsets[event] == never && (call.came_to == CameTo::ok || !allowances.dense))
          if (call.came_to == CameTo::ok || call.count > 1) return false;
  if (!allowances.dense) return true;
  std::erase(offsets, never);
  std::sort(offsets.begin(), offsets.end());
  for (std::size_t i = 0; i < offsets.size(); ++i)
    if (offsets[i] > i) return false;
  return true;
}

TEST(CheckerAgainstOracle, AccusesWhatNoOrderExplainsAndNothingElse) {
  constexpr int rounds = 100000;
  Random random(7);
  int wrong = 0;
  int compared = 0;
  std::map<AnomalyKind, int> accusations;
  for (int round = 0; round < rounds; ++round) {
    const auto flip = [&] { return below(random, 2) == 0; };
    const Allowances allowances{
        .dense = flip(), .fresh = flip(), .held_events = flip() ? 0 : never, .durable = true};
    const Shape shape{.calls = 5 + below(random, 8),
                      .readers = 1 + below(random, 2),
                      .types = 1 + below(random, 2),
                      .largest_batch = 1 + below(random, 2),
                      .tells_offsets = flip(),
                      .unknown_outcomes = flip(),
                      .truncates = below(random, 3) == 0,
                      .ends_early = flip()};
    Record record = random_record(shape, allowances, random);
    record.quiescent = false;
    for (std::uint64_t times = below(random, 3); times > 0; --times) {
      if (below(random, 3) == 0)
        shorten(record, random);
      else
        mutate(record, random);
    }
    Checker checker(allowances);
    const std::vector<Anomaly> anomalies = checker.check(record);
    const bool right = explainable(record, allowances);
    if (anomalies.empty() && !right && !says_enough(record, allowances)) continue;
    ++compared;
    if (!right) ++wrong;
    for (const Anomaly& anomaly : anomalies) ++accusations[anomaly.kind];
    ASSERT_EQ(anomalies.empty(), right) << "round " << round << "\n"
                                        << lines(anomalies) << to_json(record) << allowances.dense
                                        << allowances.fresh << allowances.held_events;
  }
  using enum AnomalyKind;
  for (const AnomalyKind kind :
       {phantom, divergent_offset, duplicate, skipped_event, non_monotonic, wrong_start,
        real_time_inversion, read_from_the_future, stale_end, truncated_event_served,
        false_truncated, silent_truncation, resurrection})
    EXPECT_GT(accusations[kind], 50) << to_string(kind);
  // Both answers must have been given often.
  EXPECT_GT(wrong, rounds / 10);
  EXPECT_GT(compared - wrong, rounds / 10);
}

}  // namespace
}  // namespace streamtest
