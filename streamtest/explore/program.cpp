#include <streamtest/explore/program.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace streamtest {

using eventstream::Offset;
using Kind = Command::Kind;

namespace {

/// Takes events out of a program: offsets behind them move along, so that the rest means the same.
void forget_events(Program& program, std::size_t from, Offset first, Offset count) {
  for (std::size_t i = from; i < program.size(); ++i) {
    Command& command = program[i];
    if (command.kind != Kind::open && command.kind != Kind::truncate) continue;
    if (command.offset == last_offset || command.offset <= first) continue;
    command.offset -= std::min(count, command.offset - first);
  }
}

/// How many events the commands before this one append.
Offset events_before(const Program& program, std::size_t end) {
  Offset events = 0;
  for (std::size_t i = 0; i < end; ++i)
    if (program[i].kind == Kind::append) events += program[i].types.size();
  return events;
}

Program remove(const Program& program, std::size_t begin, std::size_t end, bool move_offsets) {
  Program smaller = program;
  if (move_offsets)
    forget_events(smaller, end, events_before(program, begin),
                  events_before(program, end) - events_before(program, begin));
  smaller.erase(smaller.begin() + static_cast<std::ptrdiff_t>(begin),
                smaller.begin() + static_cast<std::ptrdiff_t>(end));
  return smaller;
}

bool is_beside(Kind kind) {
  return kind == Kind::append_beside || kind == Kind::read_beside;
}

/// Everything that is done with the twin, and all reopenings.
void remove_kinds(const Program& program, std::vector<Program>& list) {
  for (const Drop drop : {Drop::beside, Drop::reopenings, Drop::kill}) {
    Program smaller = without(program, drop, 0, 0);
    if (smaller.size() < program.size()) list.push_back(std::move(smaller));
  }
}

void remove_runs(const Program& program, std::vector<Program>& list) {
  for (std::size_t run = program.size() / 2; run > 0; run /= 2) {
    for (std::size_t end = program.size(); end > 0; end -= std::min(end, run)) {
      const std::size_t begin = end - std::min(end, run);
      list.push_back(remove(program, begin, end, true));
      if (run == 1 && program[begin].kind == Kind::append)
        list.push_back(remove(program, begin, end, false));
    }
  }
}

/// Everything that is done in one slot.
void remove_slots(const Program& program, std::vector<Program>& list) {
  for (std::size_t slot = 0; slot < 4; ++slot) {
    Program smaller;
    for (const Command& command : program)
      if (command.slot != slot || !has_cursor(command.kind)) smaller.push_back(command);
    if (smaller.size() < program.size()) list.push_back(std::move(smaller));
  }
}

/// Everything may be on the stream from the beginning: each batch joins the one before.
void join_batches(const Program& program, std::vector<Program>& list) {
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].kind != Kind::append) continue;
    if (before) {
      Program smaller = remove(program, i, i + 1, false);
      std::vector<std::size_t>& batch = smaller[*before].types;
      batch.insert(batch.end(), program[i].types.begin(), program[i].types.end());
      list.push_back(std::move(smaller));
    }
    before = i;
  }
}

void simplify_types(const Program& program, std::size_t i, std::vector<Program>& list) {
  const Command& command = program[i];
  const std::size_t size = command.types.size();
  for (std::size_t run = size / 2; run > 0; run /= 2) {
    for (std::size_t k = 0; k < size; k += run) {
      const std::size_t end = std::min(k + run, size);
      Program smaller = program;
      smaller[i].types.erase(smaller[i].types.begin() + static_cast<std::ptrdiff_t>(k),
                             smaller[i].types.begin() + static_cast<std::ptrdiff_t>(end));
      if (command.kind == Kind::append)
        forget_events(smaller, i + 1, events_before(program, i) + k, end - k);
      list.push_back(std::move(smaller));
    }
  }
  for (std::size_t k = 0; k < command.types.size(); ++k) {
    const std::size_t type = command.types[k];
    const bool taken = command.kind == Kind::open && k > 0 && command.types[k - 1] + 1 == type;
    if (type == 0 || taken) continue;
    Program smaller = program;
    --smaller[i].types[k];
    list.push_back(std::move(smaller));
  }
}

void simplify_offset(const Program& program, std::size_t i, std::vector<Program>& list) {
  const Offset offset = program[i].offset;
  const Offset events = events_before(program, i);
  std::vector<Offset> candidates = {0, events, events + 1};
  // What is near the largest offset says no more than the largest itself.
  if (offset != last_offset)
    candidates.insert(candidates.end(), {offset / 2, offset - std::min<Offset>(offset, 1)});
  for (const Offset lower : candidates) {
    if (lower >= offset) continue;
    list.push_back(program);
    list.back()[i].offset = lower;
  }
}

}  // namespace

std::vector<Program> simpler(const Program& program) {
  std::vector<Program> list;
  remove_kinds(program, list);
  remove_slots(program, list);
  remove_runs(program, list);
  join_batches(program, list);
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].kind == Kind::kill) continue;
    simplify_types(program, i, list);
    simplify_offset(program, i, list);
    if (program[i].kind == Kind::start_next || program[i].kind == Kind::cancelled_next) {
      list.push_back(program);
      list.back()[i].kind = Kind::next;
    }
  }
  return list;
}

Program without(const Program& program, Drop drop, std::size_t slot, std::size_t from) {
  const auto dropped = [&](std::size_t i) {
    const Command& command = program[i];
    const Kind kind = command.kind;
    const bool other = has_cursor(kind) && command.slot != slot;
    switch (drop) {
      case Drop::cancels:
        return kind == Kind::cancel || kind == Kind::cancelled_next;
      case Drop::truncations:
        return kind == Kind::truncate;
      case Drop::other_closes:
        return other && (kind == Kind::close || kind == Kind::destroy);
      case Drop::other_reads:
        return other && (kind == Kind::next || kind == Kind::start_next || kind == Kind::try_next ||
                         kind == Kind::cancelled_next);
      case Drop::other_cursors:
        return other;
      case Drop::later_appends:
        return kind == Kind::append && i >= from;
      case Drop::reopenings:
        return kind == Kind::reopen;
      case Drop::kill:
        return kind == Kind::kill;
      case Drop::beside:
        return is_beside(kind);
      case Drop::here:
        return !is_beside(kind);
    }
    return false;
  };
  Program rest;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (!dropped(i))
      rest.push_back(program[i]);
    else if (drop == Drop::kill)
      for (const std::size_t type : program[i].types)
        rest.push_back({.kind = Kind::append, .types = {type}});
  }
  return rest;
}

std::vector<PlayedCommand> steps_of(const Program& program) {
  struct Slot {
    std::string cursor;
    bool begun = false;    ///< a read that can be cancelled, perhaps too late
    bool pending = false;  ///< and that nobody has waited for
  };
  std::map<std::size_t, Slot> slots;
  std::size_t opened = 0;
  std::vector<PlayedCommand> steps;
  for (const Command& command : program) {
    PlayedCommand step{.command = command, .offset = command.offset};
    if (command.kind == Kind::reopen) slots.clear();
    if (has_cursor(command.kind)) {
      Slot& slot = slots[command.slot];
      const bool reads = command.kind == Kind::start_next || command.kind == Kind::cancelled_next;
      if ((command.kind == Kind::open) != slot.cursor.empty()) continue;
      if (slot.pending && (reads || command.kind == Kind::destroy)) continue;
      if (command.kind == Kind::cancel && !slot.begun) continue;
      if (command.kind == Kind::open) slot.cursor = fmt::format("c{}", ++opened);
      step.cursor = slot.cursor;
      step.waits = command.kind == Kind::next && slot.pending;
      if (command.kind == Kind::start_next) slot.begun = slot.pending = true;
      if (command.kind == Kind::next) slot.pending = false;
      if (command.kind == Kind::destroy) slot = {};
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

namespace {

std::string number(Offset offset) {
  return offset == last_offset ? "2^64-1" : fmt::format("{}", offset);
}

std::string names(const std::vector<std::size_t>& types,
                  const std::vector<std::string>& type_names) {
  std::string text;
  for (std::size_t i = 0, run = 0; i < types.size(); i += run) {
    const std::size_t type = types[i];
    for (run = 1; i + run < types.size() && types[i + run] == type;) ++run;
    text += text.empty() ? "" : ", ";
    if (run > 3)
      text += fmt::format("{} x ", run);
    else
      run = 1;
    text +=
        type < type_names.size() ? type_names[type] : std::string(1, static_cast<char>('A' + type));
  }
  return text;
}

}  // namespace

std::string sentence(const PlayedCommand& step, const std::vector<std::string>& type_names) {
  const Command& command = step.command;
  const std::string& cursor = step.cursor;
  switch (command.kind) {
    case Kind::append:
      return fmt::format("append({})", names(command.types, type_names));
    case Kind::open:
      return fmt::format("{} = open({}, {{{}}})", cursor, number(step.offset),
                         names(command.types, type_names));
    case Kind::next:
      return fmt::format("{}next of {}", step.waits ? "wait for the " : "", cursor);
    case Kind::start_next:
      return fmt::format("start a next of {}", cursor);
    case Kind::try_next:
      return fmt::format("try_next of {}", cursor);
    case Kind::cancelled_next:
      return fmt::format("next of {} with a token that has asked to stop", cursor);
    case Kind::cancel:
      return fmt::format("cancel the next of {}", cursor);
    case Kind::close:
      return fmt::format("close {}", cursor);
    case Kind::destroy:
      return fmt::format("destroy {}", cursor);
    case Kind::truncate:
      return fmt::format("truncate({})", number(step.offset));
    case Kind::reopen:
      return "reopen the stream";
    case Kind::append_beside:
      return fmt::format("append({}) to the twin", names(command.types, type_names));
    case Kind::read_beside:
      return "read all of the twin";
    case Kind::kill:
      return "kill a process that appends, and open the stream here";
  }
  return "";
}

namespace {

/// Writes the lines, and keeps count of the names they introduce.
class Code {
 public:
  void add(const PlayedCommand& step) {
    const Command& command = step.command;
    const std::string& cursor = step.cursor;
    const std::string list = fmt::format("{{{}}}", fmt::join(command.types, ", "));
    switch (command.kind) {
      case Kind::append:
        return line("const auto e{} = trial->append({});", ++batches_, list);
      case Kind::open:
        return line("streamtest::Reader {} = trial->open({}, trial->filter({}));", cursor,
                    literal(step.offset), list);
      case Kind::next:
        return read(step, step.waits ? pending_[cursor] : cursor,
                    step.waits ? "result()" : "next()");
      case Kind::start_next:
        pending_[cursor] = fmt::format("n{}", ++reads_);
        return line("streamtest::Pending {} = {}.start_next();", pending_[cursor], cursor);
      case Kind::try_next:
        return line("(void){}.native()->try_next();", cursor);
      case Kind::cancelled_next:
        return read(step, cursor + ".start_next(true)", "result()");
      case Kind::cancel:
        return line("{}.cancel();", pending_[cursor]);
      case Kind::close:
        if (step.expected.empty()) return line("(void){}.close();", cursor);
        return line("bench.check({}.close(){}, \"close of {}\");", cursor, step.expected, cursor);
      case Kind::destroy:
        return line("{}.destroy();", cursor);
      case Kind::truncate:
        return line("trial->truncate({});", literal(step.offset));
      case Kind::reopen:
        return line("trial->reopen();");
      case Kind::append_beside:
        need_twin();
        return line("(void)twin->append({});", list);
      case Kind::read_beside:
        return read_beside();
      case Kind::kill:
        return line("// Here a process is killed that appended to this stream.");
    }
  }

  std::string take() { return std::move(text_); }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += "  " + fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  }

  void need_twin() {
    if (!std::exchange(twin_, true)) line("const auto twin = bench.twin(*trial);");
  }

  void read_beside() {
    need_twin();
    const std::string reader = fmt::format("t{}", ++beside_);
    line("streamtest::Reader {} = twin->open(0, twin->all_types());", reader);
    line("for (const streamtest::Logged& each : twin->log()) {}.must_deliver(each);", reader);
    line("{}.destroy();", reader);
  }

  static std::string literal(Offset offset) {
    return offset == last_offset ? "~eventstream::Offset{0}" : fmt::format("{}", offset);
  }

  /// With what must come of it, or, where several outcomes are right, without.
  void read(const PlayedCommand& step, const std::string& reader, const char* call) {
    if (step.expected.empty()) return line("(void){}.{};", reader, call);
    line("{}.{};", reader, step.expected);
  }

  std::string text_ = "  const auto trial = bench.trial();\n";
  std::size_t batches_ = 0;
  std::size_t reads_ = 0;
  std::size_t beside_ = 0;
  bool twin_ = false;
  std::map<std::string, std::string> pending_;
};

}  // namespace

std::string to_text(std::span<const PlayedCommand> steps,
                    const std::vector<std::string>& type_names) {
  std::string text;
  std::size_t count = 0;
  for (const PlayedCommand& step : steps)
    text += fmt::format("  {}. {}\n", ++count, sentence(step, type_names));
  return text;
}

std::string to_text(const Program& program) {
  return to_text(steps_of(program));
}

std::string to_code(std::span<const PlayedCommand> steps) {
  Code code;
  for (const PlayedCommand& step : steps) code.add(step);
  return code.take();
}

std::string to_code(const Program& program) {
  return to_code(steps_of(program));
}

}  // namespace streamtest
