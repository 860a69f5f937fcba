#ifndef STREAMTEST_HISTORY_CHECKER_HPP
#define STREAMTEST_HISTORY_CHECKER_HPP

#include <streamtest/history/record.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// The ways in which a run can break the contract, as the record alone shows them. The numbers are
/// names: they stay.
enum class AnomalyKind {
  phantom = 1,               ///< read, but never sent, or its append surely failed
  torn = 2,                  ///< read with other bytes, type or metadata; or part of a batch only
  divergent_offset = 3,      ///< two events at one offset
  duplicate = 4,             ///< one event at two offsets
  lost_event = 5,            ///< acknowledged, and not there
  hole = 6,                  ///< an offset that no event has
  skipped_event = 7,         ///< a cursor went past a match; `late commit` if it came up afterwards
  non_monotonic = 8,         ///< a cursor went back
  wrong_start = 9,           ///< before the offset that the cursor was opened at
  filter_leak = 10,          ///< of a type that wasn't asked for
  unsupported_type = 11,     ///< accepted by open, or seen though event_types() lacks it
  real_time_inversion = 12,  ///< appended later, with the lower offset
  read_from_the_future = 13,    ///< read before its append began
  stale_end = 14,               ///< "nothing" though an acknowledged match was there
  stuck_reader = 15,            ///< waits for ever though it has something to return
  premature_wake = 16,          ///< returned without event, error or cause
  truncated_event_served = 17,  ///< an event that was cut before the read began
  false_truncated = 18,         ///< truncated, though nothing that it could give was cut
  silent_truncation = 19,       ///< went past cut matches without a word
  resurrection = 20,            ///< gave an event again after it had said truncated
  over_truncation = 21,         ///< a retained event is gone
  life_after_close = 22,        ///< a call after close that doesn't say closed
  cancellation_loss = 23,       ///< a cancelled read took an event with it, or doesn't return
  cancelled_append_twice = 24,  ///< an append of unknown outcome is there twice or in part
  cursor_interference = 25,     ///< what was done with one cursor broke another (found by replay)
  handler_abuse = 26,           ///< completed twice, inside the call, or on another executor
  restart_loss = 27,            ///< acknowledged, and gone after a restart
  consumer_order = 28,          ///< handled out of order, twice, or not at all
  exception = 29,               ///< thrown by an open, a read or a close: outcomes are values
};

/// "skipped event"
std::string_view to_string(AnomalyKind kind);
std::optional<AnomalyKind> anomaly_kind_from_text(std::string_view text);

/// Something that the contract doesn't allow, with the calls that prove it.
struct Anomaly {
  AnomalyKind kind = AnomalyKind::phantom;
  std::string rule;      ///< that it breaks
  std::string sentence;  ///< what was expected and what was seen, by the record's names
  std::vector<std::size_t>
      calls;  ///< numbers in Record::calls, rising; two to five, or the only one
};

/// What the stream may do, from its declared capabilities (contract, D4, D5, D9).
struct Allowances {
  bool dense = true;  ///< offsets count from 0 without gaps; else they only rise
  bool fresh = true;  ///< staleness 0: a read that doesn't wait sees all that is acknowledged
  bool lenient_cancellation = false;
  bool lazy_type_check = false;
  bool coarse_position = false;
  /// Cut events that a cursor which was open before may still give; `never` means any number.
  std::uint64_t held_events = 0;
  bool durable = false;    ///< survives crashes
  bool retention = false;  ///< truncates by itself
};

/// Judges records. Every anomaly names the rule that it breaks (docs/decisions/0022): phantom
/// APP-2, PAY-1; torn PAY-1, APP-1, CON-2; divergent offset ORD-4, ORD-3; duplicate CON-2, APP-3;
/// lost event CON-2, ORD-4; hole ORD-3; skipped event ORD-2, ORD-6 (it came up late); non-monotonic
/// ORD-1; wrong start OPN-1; filter leak FLT-1, OPN-5; unsupported type OPN-4, TYP-1; real-time
/// inversion CON-2, ORD-6, ORD-3; read from the future PAY-1; stale end APP-3; stuck reader BLK-2,
/// BLK-3, CLS-3, CLS-4, TRN-1, CAN-5; premature wake BLK-1; truncated event served TRN-4, TRN-2;
/// false truncated TRN-3, TRN-5; silent truncation TRN-1, TRN-2; resurrection TRN-1, TRN-2, TRN-6;
/// over-truncation TRN-3, TRN-6, TRN-7; life after close CLS-2, CLS-1; cancellation loss CAN-3,
/// CAN-2, CAN-1; cancelled append twice CON-2, APP-1; handler abuse BLK-1; restart loss DUR-1 to
/// DUR-4, TRN-6; consumer order CNS-1 to CNS-3, HND-1; exception OPN-1, BLK-1, CLS-1. Cursor
/// interference is never reported.
///
/// A record must be one that record_from_json() takes. Keeps its working memory from one record to
/// the next; used by one thread at a time. O(n log n) in the number of events and calls.
///
/// Sound: what it reports, no stream that keeps the contract can have done, whatever the order in
/// which overlapping calls took effect. Reads are judged against everything that could have been
/// there between their invocation and their return.
class Checker {
 public:
  explicit Checker(Allowances allowances);
  ~Checker();
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;

  /// All anomalies, the earliest first (by the last of its calls); of one kind at most one a
  /// cursor.
  std::vector<Anomaly> check(const Record& record);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace streamtest

#endif
