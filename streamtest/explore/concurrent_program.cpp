#include <streamtest/explore/concurrent_program.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace streamtest {

using Kind = Command::Kind;

namespace {

bool is_owners(Kind kind) {
  return kind == Kind::open || kind == Kind::next || kind == Kind::try_next ||
         kind == Kind::cancelled_next || kind == Kind::destroy;
}

/// What follows from simpler parts: the same program with one part exchanged for each of them.
void exchange(const ConcurrentProgram& program, std::size_t actor,
              std::vector<ConcurrentProgram>& list) {
  const bool alone = actor == program.actors.size();
  for (Program& part : simpler(alone ? program.before : program.actors[actor])) {
    list.push_back(program);
    (alone ? list.back().before : list.back().actors[actor]) = std::move(part);
  }
}

std::string part_to_text(const Program& part, const std::vector<std::string>& type_names) {
  std::vector<PlayedCommand> steps;
  for (const Command& command : part)
    steps.push_back({.command = command,
                     .cursor = fmt::format("c{}", command.slot + 1),
                     .offset = command.offset});
  std::string text;
  for (const PlayedCommand& step : steps)
    text += (text.empty() ? "" : "; ") + sentence(step, type_names);
  return text.empty() ? "(nothing of its own)" : text;
}

}  // namespace

std::size_t size(const ConcurrentProgram& program) {
  return std::accumulate(program.actors.begin(), program.actors.end(), program.before.size(),
                         [](std::size_t sum, const Program& actor) { return sum + actor.size(); });
}

std::size_t owner(const ConcurrentProgram& program, std::size_t slot) {
  for (std::size_t i = 0; i < program.actors.size(); ++i)
    for (const Command& command : program.actors[i])
      if (command.slot == slot && is_owners(command.kind)) return i;
  return program.actors.size();
}

std::vector<ConcurrentProgram> simpler(const ConcurrentProgram& program) {
  std::vector<ConcurrentProgram> list;
  for (std::size_t i = 0; i < program.actors.size(); ++i) {
    list.push_back(program);
    list.back().actors.erase(list.back().actors.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!program.before.empty()) {
    list.push_back(program);
    list.back().before.clear();
  }
  for (std::size_t i = 0; i <= program.actors.size(); ++i) exchange(program, i, list);
  return list;
}

std::vector<std::string> actor_names(const ConcurrentProgram& program) {
  std::vector<std::string> names;
  std::size_t appenders = 0;
  std::size_t readers = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < program.actors.size(); ++i) {
    const Program& actor = program.actors[i];
    const bool reads = std::ranges::any_of(actor, [&](const Command& command) {
      return is_owners(command.kind) && owner(program, command.slot) == i;
    });
    const bool appends = std::ranges::any_of(
        actor, [](const Command& command) { return command.kind == Kind::append; });
    if (reads)
      names.push_back(fmt::format("reader {}", ++readers));
    else if (appends)
      names.push_back(fmt::format("appender {}", ++appenders));
    else
      names.push_back(fmt::format("actor {}", ++others));
  }
  names.emplace_back("main");
  return names;
}

std::string to_text(const ConcurrentProgram& program, const std::vector<std::string>& type_names) {
  const std::vector<std::string> names = actor_names(program);
  std::string text;
  if (!program.before.empty())
    text += fmt::format("  first       {}\n", part_to_text(program.before, type_names));
  for (std::size_t i = 0; i < program.actors.size(); ++i)
    text += fmt::format("  {:<11} {}\n", names[i], part_to_text(program.actors[i], type_names));
  return text;
}

}  // namespace streamtest
