#include <streamtest/history/checker_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace streamtest {

Checker::Checker(Allowances allowances) : work_(std::make_unique<Work>(allowances)) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

std::vector<Anomaly> Checker::check(const Record& record) {
  return work_->check(record);
}

std::vector<Anomaly> Checker::Work::check(const Record& judged_record) {
  record = &judged_record;
  begin();
  gather();
  infer_batches();
  sort_table();
  bound_unplaced();
  gather_truncations();
  judge_offsets();
  judge_order();
  judge_batches();
  find_final_cursor();
  find_first_there();
  judge_cursors();
  judge_final();
  judge_quiescence();
  judge_consumers();
  // What stands earlier in the table of offences is closer to the cause where two end together.
  std::sort(reports.begin(), reports.end(), [](const Found& a, const Found& b) {
    return std::pair(a.anomaly.calls.back(), a.offence) <
           std::pair(b.anomaly.calls.back(), b.offence);
  });
  std::vector<Anomaly> anomalies;
  for (Found& each : reports) anomalies.push_back(std::move(each.anomaly));
  return anomalies;
}

void Checker::Work::begin() {
  const Record& all = *record;
  reports.clear();
  places.assign((all.cursors.size() + 1) * anomaly_kind_count, no_number);
  horizon = never;
  judged = all.calls.size();
  final_phase = all.final_phase;
  quiescent = all.quiescent;
  // A crash takes everything from a stream that isn't durable; what follows is another stream.
  for (std::size_t i = 0; i < all.calls.size() && !allowances.durable; ++i)
    if (all.calls[i].kind == CallKind::crash) {
      horizon = all.calls[i].invoked;
      judged = i;
      quiescent = false;
      final_phase = never;
      break;
    }
  events.assign(all.sent.size(), {});
  cursors.assign(all.cursors.size(), {});
  words = (all.types.size() + 63) / 64;
  filters.assign(words * all.cursors.size(), 0);
  table.clear();
  restarts.clear();
  asked.clear();
  gone.clear();
  handles = false;
  told.clear();
  appended.clear();
  beginnings.clear();
  total = 0;
  placed.clear(all.types.size());
  unplaced.clear(all.types.size());
}

Number& Checker::Work::place_of(AnomalyKind kind, Number cursor) {
  const std::size_t row = cursor == no_number ? 0 : cursor + std::size_t{1};
  return places[row * anomaly_kind_count + static_cast<std::size_t>(kind)];
}

/// Null if what is known of that kind and cursor was proved no later.
Anomaly* Checker::Work::keep(Offence offence, Number cursor, std::initializer_list<Number> calls) {
  const OffenceRule& rule = offence_rules()[static_cast<std::size_t>(offence)];
  Number proved = 0;
  for (const Number number : calls)
    if (number != no_number) proved = std::max(proved, number);
  Number& place = place_of(rule.kind, cursor);
  if (place != no_number && reports[place].anomaly.calls.back() <= proved) return nullptr;
  if (place == no_number) {
    place = static_cast<Number>(reports.size());
    reports.emplace_back();
  }
  reports[place] = {{rule.kind, std::string(rule.rule), {}, {}}, offence, cursor};
  Anomaly& anomaly = reports[place].anomaly;
  for (const Number number : calls)
    if (number != no_number) anomaly.calls.push_back(number);
  std::sort(anomaly.calls.begin(), anomaly.calls.end());
  anomaly.calls.erase(std::unique(anomaly.calls.begin(), anomaly.calls.end()), anomaly.calls.end());
  return &anomaly;
}

std::string Checker::Work::event_text(Number event) const {
  const EventFacts& facts = events[event];
  return facts.placed() ? fmt::format("event {} (offset {})", event, facts.offset)
                        : fmt::format("event {}", event);
}

std::string Checker::Work::seen_text(const SeenEvent& seen) const {
  return seen.event == SeenEvent::unknown
             ? fmt::format("an unknown event (offset {})", seen.offset)
             : fmt::format("event {} (offset {})", seen.event, seen.offset);
}

}  // namespace streamtest
