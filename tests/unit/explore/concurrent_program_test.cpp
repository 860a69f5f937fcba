#include "commands.hpp"

#include <streamtest/explore/concurrent_program.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace streamtest {
namespace {

using commands::append;
using commands::next;
using commands::on;
using commands::open;
using commands::truncate;
using Kind = Command::Kind;

TEST(ConcurrentProgram, ASlotBelongsToWhoeverOpensOrReadsIt) {
  const ConcurrentProgram program{.before = {open(0), open(2), open(3)},
                                  .actors = {{append(), on(Kind::close, 0), on(Kind::cancel, 1)},
                                             {next(0)},
                                             {open(1), on(Kind::try_next, 1)},
                                             {on(Kind::destroy, 3), on(Kind::close, 2)}}};
  EXPECT_EQ(owner(program, 0), 1U);
  EXPECT_EQ(owner(program, 1), 2U);
  EXPECT_EQ(owner(program, 3), 3U);
  // Only opened before the others begin: it is the one's that was alone.
  EXPECT_EQ(owner(program, 2), program.actors.size());
  EXPECT_EQ(owner(program, 9), program.actors.size());
}

TEST(ConcurrentProgram, OfTwoThatReadASlotTheFirstOwnsIt) {
  const ConcurrentProgram program{.before = {},
                                  .actors = {{append()}, {next(0)}, {open(0), next(0)}}};
  EXPECT_EQ(owner(program, 0), 1U);
}

TEST(ConcurrentProgram, ActorsAreCalledAfterWhatTheyDo) {
  const ConcurrentProgram program{.before = {append()},
                                  .actors = {{append()},
                                             {open(0), next(0), append()},
                                             {on(Kind::close, 0), truncate(0)},
                                             {append(), on(Kind::close, 0)},
                                             {next(1)},
                                             {}}};
  EXPECT_EQ(actor_names(program),
            (std::vector<std::string>{"appender 1", "reader 1", "actor 1", "appender 2", "reader 2",
                                      "actor 2", "main"}));
}

// It can't read there, so it would be misleading to call it a reader.
TEST(ConcurrentProgram, WhoReadsInASlotThatIsAnothersIsNoReader) {
  const ConcurrentProgram program{.before = {}, .actors = {{open(0)}, {next(0)}}};
  EXPECT_EQ(actor_names(program), (std::vector<std::string>{"reader 1", "actor 1", "main"}));
}

TEST(ConcurrentProgram, ItsSizeIsTheNumberOfAllCommands) {
  EXPECT_EQ(size(ConcurrentProgram{}), 0U);
  EXPECT_EQ(size(ConcurrentProgram{.before = {append(), open(0)}, .actors = {{next(0)}, {}}}), 3U);
}

TEST(ConcurrentProgram, IsShownOneParagraphAnActor) {
  const ConcurrentProgram program{
      .before = {append({0, 1}), open(1, 1, {0, 2})},
      .actors = {{append({2})},
                 {next(1), on(Kind::try_next, 1), on(Kind::destroy, 1)},
                 {on(Kind::close, 1), on(Kind::cancel, 1), truncate(last_offset)},
                 {}}};
  EXPECT_EQ(to_text(program, {"A", "B", "C"}),
            "  first       append(A, B); c2 = open(1, {A, C})\n"
            "  appender 1  append(C)\n"
            "  reader 1    next of c2; try_next of c2; destroy c2\n"
            "  actor 1     close c2; cancel the next of c2; truncate(2^64-1)\n"
            "  actor 2     (nothing of its own)\n");
}

TEST(ConcurrentProgram, WithoutABeginningNoneIsShown) {
  EXPECT_EQ(to_text({.before = {}, .actors = {{append()}}}, {"A"}), "  appender 1  append(A)\n");
}

// ---- simpler programs

bool contains(const std::vector<ConcurrentProgram>& list, const ConcurrentProgram& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

TEST(ConcurrentSimpler, TriesWithoutAnActorWithoutTheBeginningAndWithSimplerParts) {
  const ConcurrentProgram program{.before = {append(), open(0)},
                                  .actors = {{append(), append({1})}, {next(0), next(0)}}};
  const std::vector<ConcurrentProgram> list = simpler(program);
  EXPECT_TRUE(contains(list, {program.before, {program.actors[1]}}));
  EXPECT_TRUE(contains(list, {program.before, {program.actors[0]}}));
  EXPECT_TRUE(contains(list, {{}, program.actors}));
  EXPECT_TRUE(contains(list, {{open(0)}, program.actors}));
  EXPECT_TRUE(contains(list, {program.before, {{append()}, program.actors[1]}}));
  EXPECT_TRUE(contains(list, {program.before, {program.actors[0], {next(0)}}}));
}

TEST(ConcurrentSimpler, NothingIsSimplerThanNothing) {
  EXPECT_TRUE(simpler(ConcurrentProgram{}).empty());
}

/// What each simplification makes smaller, in this order: actors, commands, types, offsets, the
/// numbers of the types, and the kinds of reads.
std::tuple<std::size_t, std::size_t, std::size_t, eventstream::Offset, std::size_t, std::size_t>
measure(const ConcurrentProgram& program) {
  std::size_t types = 0;
  std::size_t sum = 0;
  std::size_t reads = 0;
  eventstream::Offset offsets = 0;
  const auto add = [&](const Program& part) {
    for (const Command& command : part) {
      types += command.types.size();
      for (const std::size_t type : command.types) sum += type;
      offsets += std::min<eventstream::Offset>(command.offset, 1'000'000);
      reads += command.kind == Kind::start_next || command.kind == Kind::cancelled_next ? 1 : 0;
    }
  };
  add(program.before);
  for (const Program& actor : program.actors) add(actor);
  return {program.actors.size(), size(program), types, offsets, sum, reads};
}

/// Nothing in it that the program it was made from couldn't have: no kind, slot or type that is
/// new, no filter that isn't a set, and no batch or filter that is empty.
void expect_sense(const ConcurrentProgram& candidate, const ConcurrentProgram& of) {
  std::vector<const Command*> before;
  for (const Command& command : of.before) before.push_back(&command);
  for (const Program& actor : of.actors)
    for (const Command& command : actor) before.push_back(&command);
  const auto look = [&](const Program& part) {
    for (const Command& command : part) {
      EXPECT_TRUE(std::ranges::any_of(before, [&](const Command* old) {
        return old->slot == command.slot && old->kind == command.kind;
      })) << to_text(candidate, {});
      if (command.kind != Kind::append && command.kind != Kind::open) continue;
      EXPECT_FALSE(command.types.empty()) << to_text(candidate, {});
      EXPECT_TRUE(command.kind != Kind::open ||
                  std::ranges::adjacent_find(command.types, std::greater_equal<>()) ==
                      command.types.end())
          << to_text(candidate, {});
    }
  };
  look(candidate.before);
  for (const Program& actor : candidate.actors) look(actor);
}

class ConcurrentSimplerAtRandom : public testing::Test {
 protected:
  ConcurrentProgram program() {
    return generate([this] { return random_(); },
                    {.cancels = true, .truncates = true, .tries = true, .boundaries = {4, 16}});
  }

  std::mt19937_64 random_{7};
};

TEST_F(ConcurrentSimplerAtRandom, EachIsSmallerAndMakesSense) {
  std::size_t tried = 0;
  for (int i = 0; i < 150; ++i) {
    const ConcurrentProgram before = program();
    for (const ConcurrentProgram& each : simpler(before)) {
      ++tried;
      ASSERT_LT(measure(each), measure(before)) << to_text(before, {}) << "to\n"
                                                << to_text(each, {});
      expect_sense(each, before);
    }
  }
  EXPECT_GT(tried, 5'000U);
}

TEST_F(ConcurrentSimplerAtRandom, TryingThemAgainAndAgainComesToTheEnd) {
  for (int i = 0; i < 100; ++i) {
    ConcurrentProgram now = program();
    for (int steps = 0;; ++steps) {
      ASSERT_LT(steps, 10'000);
      const std::vector<ConcurrentProgram> list = simpler(now);
      if (list.empty()) break;
      now = list[random_() % list.size()];
    }
    EXPECT_EQ(now, ConcurrentProgram{});
  }
}

// As a shrinker does it that wants to keep one read and one append.
TEST_F(ConcurrentSimplerAtRandom, WhatMustStayIsAllThatStays) {
  const auto count = [](const ConcurrentProgram& of, Kind kind) {
    std::ptrdiff_t found = 0;
    for (const Program& actor : of.actors) found += std::ranges::count(actor, kind, &Command::kind);
    return found;
  };
  for (int i = 0; i < 50; ++i) {
    ConcurrentProgram now = program();
    const auto keeps = [&](const ConcurrentProgram& of) {
      return count(of, Kind::next) > 0 && count(of, Kind::append) > 0;
    };
    if (!keeps(now)) continue;
    for (bool smaller = true; smaller;) {
      std::vector<ConcurrentProgram> list = simpler(now);
      const auto found = std::ranges::find_if(list, keeps);
      smaller = found != list.end();
      if (smaller) now = std::move(*found);
    }
    EXPECT_EQ(size(now), 2U) << to_text(now, {});
  }
}

}  // namespace
}  // namespace streamtest
