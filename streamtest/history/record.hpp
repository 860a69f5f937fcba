#ifndef STREAMTEST_HISTORY_RECORD_HPP
#define STREAMTEST_HISTORY_RECORD_HPP

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

// What happened in a run of a generated program, as the checker reads it: numbers instead of text,
// so that a run of microseconds isn't spent on writing it down. Everything here is a plain value.

namespace streamtest {

/// A moment of the run. Each invocation and each return has one of its own, so that any two are
/// ordered.
using Tick = std::uint64_t;
inline constexpr Tick never = std::numeric_limits<Tick>::max();

/// An event that an append was given, whatever became of it. Its number in the record tells it from
/// all others.
struct SentEvent {
  std::uint32_t type = 0;  ///< its number in Record::types
  std::string token = {};  ///< what identifies its content outside of the record
};

/// An event that a read gave.
struct SeenEvent {
  static constexpr std::uint32_t unknown = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t event = unknown;  ///< the number of the event whose token it has; unknown if none
  std::uint64_t offset = 0;
  std::uint32_t type = unknown;  ///< unknown if it is none of Record::types
  bool intact = true;            ///< bytes and metadata are those that were sent
};

/// What was called.
enum class CallKind {
  append,
  open,
  next,      ///< waits
  try_next,  ///< doesn't, or until a deadline
  close,
  destroy,  ///< a cursor without closing it first
  truncate,
  event_types,
  reopen,  ///< the stream was closed and opened anew; ends all its cursors
  crash,   ///< the process was killed, and another one opened what is stored; ends all cursors
  handle,  ///< a handler was given an event by a consumer
};

/// What a call came to.
enum class CameTo {
  pending,  ///< it hadn't returned when the record ended
  ok,       ///< for a read: gave an event
  failed,   ///< surely without effect
  unknown,  ///< whether it had an effect isn't known (contract, D13)
  truncated,
  cancelled,
  closed,
  nothing,  ///< a read that doesn't wait, or no longer: not yet, or timed out
  unsupported_type,
  neither,  ///< a read that returned without an event and without an error
  threw,    ///< an open, a read or a close that threw: outcomes are values
};

/// "try_next", "unsupported_type": as they stand in the JSON.
std::string_view to_string(CallKind kind);
std::string_view to_string(CameTo came_to);

/// One call, from its invocation to its return.
struct Call {
  CallKind kind = CallKind::next;
  CameTo came_to = CameTo::pending;
  std::uint32_t actor = 0;   ///< its number in Record::actors
  std::uint32_t cursor = 0;  ///< its number in Record::cursors; open, reads, close, destroy
  Tick invoked = 0;
  Tick returned = never;
  /// The token was asked to stop, or had been; `never` if it wasn't. Of reads and appends.
  Tick cancelled = never;
  /// open, truncate: what was asked for. append: the expected offset. handle: the offset expected.
  std::uint64_t offset = 0;
  /// truncate: the real first offset, as told. handle: the handler's next offset afterwards.
  std::uint64_t told = 0;
  /// append: its events are Record::sent from `first` on, so many.
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  /// append: the offsets that were told, one an event; empty if the stream doesn't tell.
  std::vector<std::uint64_t> offsets = {};
  /// open: the filter. event_types: what was returned. Rising numbers in Record::types.
  std::vector<std::uint32_t> types = {};
  /// Reads and handle: the event, if it came to ok.
  SeenEvent seen = {};
  /// An asynchronous read's handler: how often it was called, and whether that was ever inside the
  /// call that began the read, or not on its own executor.
  std::uint32_t completions = 1;
  bool inside_call = false;
  bool foreign_executor = false;
};

/// A run on one fresh stream. The calls stand in the order of their invocation; those of one cursor
/// but for close don't overlap (contract, D7).
struct Record {
  std::vector<std::string> types = {};  ///< names; those that event_types() must hold come first
  std::uint32_t supported = 0;          ///< so many of them
  std::vector<std::string> actors = {};
  std::vector<std::string> cursors = {};
  std::vector<SentEvent> sent = {};
  std::vector<Call> calls = {};
  /// From this tick on nothing was done but the final reading: appenders had stopped, faults had
  /// healed, and a fresh cursor with every type read from the first retained offset to the end.
  /// `never` if there was no such phase: what needs it isn't judged then.
  Tick final_phase = never;
  /// At the end nothing could happen any more, so that a pending read that has something to return
  /// is stuck; false if that isn't known.
  bool quiescent = false;
};

/// {"types":[…],"supported":n,"actors":[…],"cursors":[…],"sent":[…],"calls":[…],…}, one call a
/// line; what stands at its default is left out, but for a call's kind, outcome, actor and
/// invocation.
std::string to_json(const Record& record);

/// What to_json() wrote. Throws `std::invalid_argument` that names line and column, or the call and
/// the field ("calls[3].offset"), and the reason, if the text is anything else: a number out of its
/// list, calls out of order, a tick used twice, a return before the invocation, an outcome that
/// such a call can't have, an event of two appends, calls of one cursor that overlap.
Record record_from_json(std::string_view text);

}  // namespace streamtest

#endif
