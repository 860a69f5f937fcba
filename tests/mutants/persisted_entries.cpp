#include "persisted_harness.hpp"

namespace mutants::persisted {
namespace {

Entry mutant(const char* id, const char* rule, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "per", rule, phrase, sentence, false}, defect, false};
}

Entry wrapped(const char* id, const char* rule, Defect defect, const char* phrase,
              const char* sentence) {
  return {{id, "per", rule, phrase, sentence, false}, defect, true};
}

Entry hard(Entry entry) {
  entry.shown.hard = true;
  return entry;
}

Entry control(const char* id, bool is_wrapped, const char* sentence) {
  return {{id, "per", "", "", sentence, true}, Defect::none, is_wrapped};
}

std::vector<Entry> all() {
  return {
      mutant("O-47", "IDN-2", Defect::next_offset_is_of_all_applications, "was free",
             "the next offset is the maximum over all applications in the database"),
      mutant("O-16", "TYP-1", Defect::types_come_from_stored_events, "on an empty stream lacks",
             "event_types() is SELECT DISTINCT of what is stored: empty on a fresh stream"),
      mutant("O-10", "TYP-2", Defect::types_ignore_case, "seen event",
             "the query compares type names with COLLATE NOCASE"),
      mutant("O-11", "TYP-2", Defect::types_are_patterns, "seen event",
             "the query compares type names with LIKE: _ stands for any character"),
      wrapped("O-08", "OPN-2", Defect::open_beyond_end_is_clamped, "it returned event|seen event",
              "open beyond the stored end is clamped to it, so lower offsets come"),
      wrapped("O-09", "OPN-2", Defect::offset_is_signed, "it returned event|seen event",
              "offsets are signed in the store: one of 2^63 or more reads from the beginning"),
      wrapped("O-03", "ORD-1", Defect::wake_up_repeats_last_event, "and then offset",
              "after a wake-up the tail is asked for from the last delivered offset, inclusive"),
      mutant("O-04", "ORD-5", Defect::later_pages_lose_first_event,
             "is stuck: expected event|seen event",
             "the query for each later page uses >: its first event is missing"),
      mutant("O-05", "ORD-5", Defect::page_begins_with_its_batch, "seen event",
             "opening inside a stored batch delivers it from its first event"),
      hard(wrapped("O-06", "ORD-5", Defect::live_part_begins_late,
                   "is stuck: expected event|seen event|in between",
                   "where the live part begins is looked up after the last page of history")),
      mutant("O-02", "FLT-3", Defect::position_counts_deliveries, "seen event",
             "the position moves by one for each event given, not to its offset + 1"),
      mutant("O-12", "FLT-3", Defect::page_without_match_is_end, "is stuck: expected event",
             "a page without a match is taken for the end: next waits for an append"),
      mutant("O-19", "BLK-2", Defect::event_shows_with_the_next_one, "is stuck: expected event",
             "the last stored event is readable only when another one is stored"),
      wrapped("O-24", "CAN-1", Defect::cancelled_open_leaves_thread, "threads and",
              "a cancelled open starts its reader's thread before it looks at the token"),
      wrapped("O-25", "CLS-2", Defect::closed_cursor_gives_prefetched_events,
              "expected cursor_closed, seen event", "next after close returns prefetched events"),
      wrapped("O-35", "TRN-1", Defect::long_cut_prefix_is_end, "truncated, seen nothing",
              "a truncated prefix longer than a page is taken for the end: next waits"),
      mutant("O-36-per", "TRN-6", Defect::reopening_restarts_offsets_of_empty_stream,
             "expected the old next offset",
             "everything truncated, then reopened: offsets start at 0 again"),
      mutant(
          "O-38", "TRN-7", Defect::truncation_beyond_end_is_stored, "seen truncated",
          "a truncation beyond the end is told as one at it, but stored as it is: it hides events"),
      mutant("S-8-per", "DUR-1", Defect::reopening_shifts_offsets, "expected the event at",
             "offsets are places in a list: they shift when it is cut and reopened"),
      mutant("P-1", "TRN-6", Defect::reopening_after_append_forgets_cut,
             "is the first offset that is left, expected| or truncated",
             "the record of an append holds the truncation point as of the opening: what is cut "
             "before an append and a reopening is no longer told"),
      mutant("P-2", "IDN-2", Defect::second_reopening_takes_others_back,
             "append to the twin|a cursor of the twin is stuck",
             "a stream notes where all applications' streams end when it is reopened, and the next "
             "reopening puts them back there"),
      hard(mutant("O-45", "CON-2", Defect::racing_append_is_lost, "have one offset| holds event",
                  "of two racing appends at one offset the loser is dropped but acknowledged")),
      mutant("O-46", "APP-2", Defect::batch_is_no_transaction, "after a failed append got offset",
             "a batch that fails at its third event leaves the first two"),
      mutant("O-51", "PAY-1", Defect::data_is_a_c_string, "came back changed",
             "data is stored as a C string: cut at the first NUL"),
      control("CONTROL-P", false, "the persisted stream over that repository without a defect"),
      control("CONTROL-PW", true, "the same with wrapped cursors"),
  };
}

template <typename S>
streamtest::SubjectFactory make_factory(const Entry& entry) {
  return streamtest::make_factory<Harness<S>>(
      entry.shown.id, [defect = entry.defect](const streamtest::Scenario& scenario) {
        return std::make_unique<Harness<S>>(std::make_shared<Database>(), scenario, defect);
      });
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = all();
  return list;
}

streamtest::SubjectFactory make(const Entry& entry) {
  return entry.wrapped ? make_factory<WrappedStream>(entry)
                       : make_factory<persistedstream::Stream>(entry);
}

}  // namespace mutants::persisted
