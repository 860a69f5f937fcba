#ifndef STREAMTEST_HISTORY_TIMELINE_HPP
#define STREAMTEST_HISTORY_TIMELINE_HPP

#include <streamtest/history/history.hpp>
#include <streamtest/history/record.hpp>

#include <string>
#include <vector>

namespace streamtest {

/// A call in one line: "c1 = open(0, {A, B})", "append(A, B)", "append(7 events)", "next of
/// c1".
std::string call_text(const Record& record, const Call& call);
/// What it came to: "event 3 (B)", "offset 4", "offsets 4 to 6", "truncated", "ok".
std::string outcome_text(const Record& record, const Call& call);

/// What happened as a table that a person reads: one column an actor, one line a moment, downwards.
/// A call that nothing came between stands on one line with what it came to; otherwise its
/// beginning is marked by `>` and its return by `<`. Those that never returned come once more in
/// the last lines, behind `...`. The calls that are guilty have a `*` before them. Columns are as
/// wide as what they hold, at most `width` bytes, which is two or more; longer text is cut and ends
/// in `~` then. Actors that did nothing are left out.
std::string timeline(const Record& record, const std::vector<std::size_t>& guilty,
                     std::size_t width = 34);

/// The same as a history, in which a tick counts as a microsecond.
std::vector<Operation> to_operations(const Record& record);

}  // namespace streamtest

#endif
