#ifndef STREAMTEST_HISTORY_CHECKER_WORK_HPP
#define STREAMTEST_HISTORY_CHECKER_WORK_HPP

#include <streamtest/history/checker.hpp>
#include <streamtest/history/checker_rules.hpp>
#include <streamtest/history/type_index.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

// What the checker works with. Internal to it: its sources share this.
//
// Offsets give the order of the events, so no order has to be searched for. The checker places each
// event at the offset that an acknowledgement or a read told first, sorts once, and holds every
// call against that table. It accuses only where two moments of the record contradict each other
// whatever happened in between.

namespace streamtest {

using Number = std::uint32_t;
inline constexpr Number no_number = std::numeric_limits<Number>::max();
using EventOffset = std::uint64_t;
inline constexpr std::size_t anomaly_kind_count =
    static_cast<std::size_t>(AnomalyKind::exception) + 1;

/// What the record tells of an event that was sent.
struct EventFacts {
  EventOffset offset = 0;        ///< if placed
  Tick acknowledged = never;     ///< its append returned ok
  Tick first_seen = never;       ///< the earliest return of a read that gave it
  Tick last_seen = 0;            ///< the latest invocation of such a read
  Number append = no_number;     ///< its call
  Number placed_by = no_number;  ///< the call that told the offset
  Number first_reader = no_number;
  Number rank = no_number;  ///< its place in the table
  bool failed = false;      ///< its append surely had no effect
  bool inferred = false;    ///< the offset follows from another of its batch
  bool in_final = false;    ///< the final reading gave it

  bool placed() const { return placed_by != no_number; }
  bool seen() const { return first_reader != no_number; }
  Tick known() const { return acknowledged < first_seen ? acknowledged : first_seen; }
};

/// An event in the order of offsets.
struct Entry {
  EventOffset offset = 0;
  Number event = 0;
  Number type = 0;
};

/// A cursor as the calls so far have left it.
struct CursorFacts {
  Number opened_by = no_number;  ///< no_number: it isn't open, or a restart ended it
  EventOffset position = 0;      ///< last delivered + 1, or the opening offset
  std::size_t rank = 0;          ///< of the first entry at the position or behind
  Number last_read = no_number;  ///< the last read that gave an event
  Number last_event = no_number;
  Number closed_by = no_number;       ///< the close that returned first
  Tick closed = never;                ///< when
  Number truncated_by = no_number;    ///< the first read that said truncated
  Number cancelled_read = no_number;  ///< since the last event
  Number pending = no_number;         ///< a read that didn't return
  bool failed = false;                ///< a read reported an error
  std::uint64_t held = 0;             ///< cut events given since the last truncation
  EventOffset held_below = 0;         ///< that truncation
  Tick ending = never;                ///< the first invocation of what ends it
  Tick second_ending = never;         ///< and the second
  Number gone_by = no_number;         ///< who was told truncated before this one was opened
  EventOffset gone_below = 0;         ///< so that nothing below is there any more
};

struct Checker::Work {
  explicit Work(Allowances allowed) : allowances(allowed) {}

  const Allowances allowances;
  const Record* record = nullptr;
  Tick horizon = never;      ///< what returned later isn't judged
  std::size_t judged = 0;    ///< calls that are judged
  Tick final_phase = never;  ///< as in the record, if it is judged
  bool quiescent = false;

  std::vector<EventFacts> events;
  std::vector<Entry> table;
  TypeIndex placed;         ///< of the table, by rank
  TypeIndex unplaced;       ///< acknowledged, but where isn't known; by the least possible offset
  std::uint64_t total = 0;  ///< events of all appends
  std::vector<CursorFacts> cursors;
  std::vector<std::uint64_t> filters;  ///< `words` for each cursor
  std::size_t words = 0;
  std::vector<Number> restarts;
  Number final_cursor = no_number;  ///< its open; no_number if an error ended its reading
  std::size_t first_there = 0;      ///< rank of the first that the final reading gave
  bool handles = false;             ///< there is a consumer

  /// A truncation, as of a moment: the highest so far.
  struct Reach {
    Tick at = 0;
    EventOffset offset = 0;
    Number call = no_number;
  };
  std::vector<Reach> asked;       ///< by invocation: nothing at or above it can have been cut
  std::vector<Reach> cuts;        ///< one each: what it can have cut, from when on
  std::vector<Reach> told;        ///< by return: everything below it is cut
  std::vector<Reach> gone;        ///< by a cursor that was told truncated: below it nothing is left
  std::vector<Reach> appended;    ///< by invocation: so many events at most
  std::vector<Reach> beginnings;  ///< for each offset, when the last append up to it began
  std::vector<Reach> known;       ///< scratch: by the moment, the highest offset known then
  std::vector<Number> waiting;    ///< scratch: events

  struct Found {
    Anomaly anomaly;
    Offence offence;
    Number cursor;
  };
  std::vector<Found> reports;
  std::vector<Number> places;  ///< in the reports, by kind and cursor; no_number: none

  std::vector<Anomaly> check(const Record& judged_record);

  // checker.cpp
  void begin();
  /// Of one kind and cursor only the anomaly that was proved earliest is kept. The sentence is
  /// asked for if it is that one: a stream that is wrong everywhere would have millions of them
  /// written.
  template <typename Sentence>
  void report(Offence offence, Number cursor, std::initializer_list<Number> calls,
              const Sentence& sentence) {
    if (Anomaly* const earliest = keep(offence, cursor, calls)) earliest->sentence = sentence();
  }
  Anomaly* keep(Offence offence, Number cursor, std::initializer_list<Number> calls);
  Number& place_of(AnomalyKind kind, Number cursor);
  bool reported(AnomalyKind kind, Number cursor) { return place_of(kind, cursor) != no_number; }
  static AnomalyKind kind_of(Offence offence) {
    return offence_rules()[static_cast<std::size_t>(offence)].kind;
  }
  CameTo outcome(const Call& call) const {
    return call.returned > horizon ? CameTo::pending : call.came_to;
  }
  const Call& call(Number number) const { return record->calls[number]; }
  bool wants(Number cursor, Number type) const {
    return type < words * 64 && (filters[cursor * words + type / 64] >> (type % 64) & 1U) != 0;
  }
  std::string event_text(Number event) const;
  std::string seen_text(const SeenEvent& seen) const;
  const std::string& name(Number cursor) const { return record->cursors[cursor]; }
  const std::string& actor(Number number) const { return record->actors[call(number).actor]; }

  // checker_gather.cpp: what was sent, told and seen
  void gather();
  void gather_append(Number number);
  void place(Number event, EventOffset offset, Number by);
  void observe(Number number);
  void observe_content(Number number);
  void two_offsets(Number event, EventOffset other, Number by);

  // checker_order.cpp: the table, and what contradicts it
  void infer_batches();
  void infer_batch(const Call& append);
  void sort_table();
  void bound_unplaced();
  void judge_offsets();
  void judge_order();
  void judge_batches();
  void judge_batch(Number number);

  // checker_truncation.cpp
  void gather_truncations();
  void list_beginnings();
  EventOffset surely_cut(EventOffset position, Tick moment) const;
  static void rise(std::vector<Reach>& list);
  Tick cut_after(const Call& truncate) const;
  EventOffset end_at_most(Tick moment) const;
  Reach reach_at(const std::vector<Reach>& list, Tick moment) const;
  /// Nothing at or above it can have been cut by then.
  EventOffset cut_at_most(Tick moment) const { return reach_at(asked, moment).offset; }
  Number restart_between(Tick from, Tick to) const;
  void judge_cut_event(Number number);
  void judge_truncated(Number number, bool open);

  // checker_cursors.cpp: each cursor's calls, one after the other
  void judge_cursors();
  void judge_open(Number number);
  void judge_read(Number number);
  void judge_close(Number number);
  void judge_thrown(Number number, Offence offence);
  void judge_event(Number number);
  void judge_type(Number number);
  void judge_place(Number number);
  void move_on(Number number);
  void passed_over(Number number, std::size_t victim);
  Offence why_passed_over(Number number, const EventFacts& victim) const;
  /// The first entry from that rank on that the cursor wants; the table's size if there is none.
  std::size_t match_from(Number cursor, std::size_t rank) const;
  std::size_t rank_of(EventOffset offset) const;
  const std::vector<std::uint32_t>& filter(Number cursor) const {
    return call(cursors[cursor].opened_by).types;
  }
  bool asks_for_unsupported(Number open) const {
    return !call(open).types.empty() && call(open).types.back() >= record->supported;
  }

  // checker_empty_reads.cpp: reads that gave no event
  void judge_without_event(Number number);
  void judge_after_close(Number number);
  void judge_nothing(Number number);
  void nothing_though(Number number, Number event);
  void judge_inside_batch(Number number);
  bool restarted_by(Number cursor, Tick moment) const;
  /// The next of its batch that the cursor wants, where only the batch tells; no_number if none.
  Number wanted_mate(Number cursor) const;

  // checker_final.cpp: what the final reading shows
  void judge_final();
  void find_final_cursor();
  void find_first_there();
  void judge_part(Number open, Number append);
  void judge_lost(Number open);
  void lost(Number open, Number event);
  Offence why_lost(Number open, const EventFacts& facts) const;
  /// The restart before `until` after which the event wasn't seen any more; no_number if none.
  Number lost_over(const EventFacts& facts, Tick until) const;
  Offence restart_breach(const EventFacts& facts, Number restart) const;
  void judge_holes(Number open);
  /// The final cursor's first read at or above that offset; its last one if there is none.
  Number final_read(Number open, EventOffset offset) const;
  /// From there on nothing can have been cut, and the final cursor looked.
  EventOffset final_start(Number open) const;

  // checker_quiescence.cpp: who waits for ever
  void judge_quiescence();
  void judge_pending_read(Number cursor);
  void judge_waiting(Number cursor);

  // checker_handlers.cpp: asynchronous reads' handlers, and consumers
  void judge_completion(Number number);
  void judge_consumers();
  void judge_handle(Number number, bool alone);
  struct Consumer {
    Number last_ok = no_number;
    std::vector<std::uint32_t> types = {};  ///< of all that it was given
  };
  std::vector<Consumer> consumers;
};

}  // namespace streamtest

#endif
