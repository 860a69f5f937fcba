#ifndef STREAMTEST_EXPLORE_CONCURRENT_PROGRAM_HPP
#define STREAMTEST_EXPLORE_CONCURRENT_PROGRAM_HPP

#include <streamtest/explore/program.hpp>
#include <streamtest/subject/subject.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// A program of several actors. A plain value, like Program, of the same commands, which mean this:
///
/// - A slot belongs to the first of `actors` whose commands open it, read it or destroy what stands
///   there; it alone does so then, because reads of one cursor mustn't overlap. The one that is
///   alone may have opened or read there before. Any actor may `close` or `cancel` what stands
///   there, at any time.
/// - `next` waits until it returns. `cancel` asks the read that is under way to stop, if there is
///   one. `start_next` is none of these commands.
/// - Offsets count the events that were acknowledged when the command is done.
/// - An actor that owns a cursor reads on when its commands are done, until a read fails.
struct ConcurrentProgram {
  Program before;               ///< done by one actor alone, before the others begin
  std::vector<Program> actors;  ///< done side by side, each by an actor of its own

  friend bool operator==(const ConcurrentProgram&, const ConcurrentProgram&) = default;
};

/// The number of commands.
std::size_t size(const ConcurrentProgram& program);

/// Who owns the slot: an index into `actors`; their number if it is the one that is alone, or
/// nobody.
std::size_t owner(const ConcurrentProgram& program, std::size_t slot);

/// Smaller programs to try instead of this one, the boldest first; trying them again and again
/// ends.
std::vector<ConcurrentProgram> simpler(const ConcurrentProgram& program);

/// Lines that a person reads: first what is done alone, then one paragraph an actor, "reader 1:
/// c2 = open(0, {A}); next of c2".
std::string to_text(const ConcurrentProgram& program, const std::vector<std::string>& type_names);

/// What an actor is called: "appender 1", "reader 2", "actor 3", after what it does; "main" is the
/// one that is alone.
std::vector<std::string> actor_names(const ConcurrentProgram& program);

/// What programs of several actors are made of.
struct ConcurrentShape {
  std::size_t types = 3;
  std::size_t largest_batch = 3;
  std::size_t largest_filter = 3;
  std::size_t most_cursors = 3;
  bool cancels = false;
  bool truncates = false;
  bool tries = false;            ///< the cursors can be read without waiting
  bool always_cancel = false;    ///< in each program, if it `cancels`
  bool always_close = false;     ///< in each program
  bool always_truncate = false;  ///< in each program, if it `truncates`
  bool more_tries = false;       ///< than usual, if it `tries`
  bool more_batches = false;     ///< of more than one event than usual
  bool about_waiting = false;    ///< readers should have little to read
  /// Sizes at which the stream changes what it does: some programs begin with about so many events.
  std::vector<std::uint64_t> boundaries = {};
};

/// Programs that can break the rule on a stream that can do that much.
ConcurrentShape concurrent_shape_for(std::string_view rule, const SubjectFactory& factory,
                                     bool native);

/// A program; all its choices come from `random`.
ConcurrentProgram generate(const std::function<std::uint64_t()>& random,
                           const ConcurrentShape& shape);

}  // namespace streamtest

#endif
