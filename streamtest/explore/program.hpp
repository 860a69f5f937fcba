#ifndef STREAMTEST_EXPLORE_PROGRAM_HPP
#define STREAMTEST_EXPLORE_PROGRAM_HPP

#include <eventstream/event.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// One command of a generated program. A plain value that refers to nothing: a cursor is the number
/// of a slot, an offset is relative to what was appended before. So every program can be run,
/// whatever is left out of it: a command that makes no sense where it stands does nothing.
struct Command {
  enum class Kind {
    append,      ///< one batch
    open,        ///< into an empty slot
    next,        ///< reads an event if one is due, else begins a read; or waits for the one begun
    start_next,  ///< begins a read and doesn't wait
    try_next,    ///< reads without waiting; only in programs of several actors
    cancelled_next,  ///< reads with a token that has asked to stop already
    cancel,          ///< the last read that was begun; too late, perhaps
    close,
    destroy,  ///< the cursor, unless a read was begun; the slot is empty then
    truncate,
    // Only in programs of one actor:
    reopen,  ///< the stream is closed and opened anew; before that its reads end, and its cursors
    append_beside,  ///< one batch, to another application's stream on the same backend: the twin
    read_beside,    ///< everything that is on the twin, by a cursor of its own
    kill,  ///< only the first: a process appends until it is killed, and the stream is opened here
  };

  Kind kind = Kind::append;
  std::size_t slot = 0;
  /// append, append_beside: the event types of the batch. open: the filter, rising and without
  /// repetition. kill, once it was run: those of the events that were there afterwards.
  std::vector<std::size_t> types = {};
  /// open, truncate: n stands for the offset of the n-th event, counted from 0; behind the last one
  /// for that many beyond the end. On a stream without gaps it is the offset itself. `last_offset`
  /// stands for itself. kill: whatever is chosen at random about the process is drawn from it.
  eventstream::Offset offset = 0;

  friend bool operator==(const Command&, const Command&) = default;
};

/// Whether the command is about the cursor in its slot.
constexpr bool has_cursor(Command::Kind kind) {
  using Kind = Command::Kind;
  return kind != Kind::append && kind != Kind::truncate && kind != Kind::reopen &&
         kind != Kind::append_beside && kind != Kind::read_beside && kind != Kind::kill;
}

inline constexpr eventstream::Offset last_offset = std::numeric_limits<eventstream::Offset>::max();

using Program = std::vector<Command>;

/// Smaller programs to try instead of this one, the boldest first. Each is smaller by an order that
/// ends, so trying them again and again does too.
std::vector<Program> simpler(const Program& program);

/// What to leave out of a program to see if that was the cause (see Suspect).
enum class Drop {
  cancels,        ///< of every cursor
  truncations,    ///< all
  other_closes,   ///< of cursors in other slots
  other_reads,    ///< by cursors in other slots
  other_cursors,  ///< everything that is done with cursors in other slots
  later_appends,  ///< from the given command on
  reopenings,     ///< all
  kill,           ///< what it left is appended here instead, event by event
  beside,         ///< everything that is done with the twin
  here,           ///< everything that isn't
};

/// The program without those commands. `slot` is the cursor that is looked at, `from` the command
/// where its last read began.
Program without(const Program& program, Drop drop, std::size_t slot, std::size_t from);

/// A command as it was run, ready to be shown.
struct PlayedCommand {
  Command command;
  std::string cursor = {};         ///< its name: "c1"; empty if it has none
  eventstream::Offset offset = 0;  ///< what the command's offset came to
  bool waits = false;              ///< a `next` that waits for the read that was begun before
  std::string expected =
      {};  ///< what had to come of it, as the end of a line of code; may be empty
};

/// The program as steps whose cursors are called c1, c2, … in the order of opening, without
/// commands that surely do nothing.
std::vector<PlayedCommand> steps_of(const Program& program);

/// One step as a person reads it: "c1 = open(1, {A})". Types without a name are called by letters.
std::string sentence(const PlayedCommand& step, const std::vector<std::string>& type_names);

/// Numbered lines that a person reads: "  2. c1 = open(1, {A})".
std::string to_text(std::span<const PlayedCommand> steps,
                    const std::vector<std::string>& type_names = {});
std::string to_text(const Program& program);

/// The same as lines of C++ for the body of a case or test that has a `streamtest::Bench& bench`.
std::string to_code(std::span<const PlayedCommand> steps);
std::string to_code(const Program& program);

}  // namespace streamtest

#endif
