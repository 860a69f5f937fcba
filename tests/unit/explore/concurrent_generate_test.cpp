#include "../subject/little_stream.hpp"

#include <streamtest/explore/concurrent_program.hpp>
#include <streamtest/explore/generate.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace streamtest {
namespace {

using Kind = Command::Kind;

std::vector<ConcurrentProgram> some(const ConcurrentShape& shape, std::size_t count = 300,
                                    std::uint64_t seed = 3) {
  std::mt19937_64 random(seed);
  std::vector<ConcurrentProgram> programs;
  for (std::size_t i = 0; i < count; ++i)
    programs.push_back(generate([&] { return random(); }, shape));
  return programs;
}

/// Every command, with the actor that does it; the one that is alone comes last.
template <typename Look>
void each_command(const ConcurrentProgram& program, Look look) {
  for (std::size_t actor = 0; actor < program.actors.size(); ++actor)
    for (const Command& command : program.actors[actor]) look(actor, command);
  for (const Command& command : program.before) look(program.actors.size(), command);
}

std::size_t count(const ConcurrentProgram& program, Kind kind) {
  std::size_t found = 0;
  each_command(program,
               [&](std::size_t, const Command& command) { found += command.kind == kind ? 1 : 0; });
  return found;
}

std::set<Kind> kinds(const std::vector<ConcurrentProgram>& programs) {
  std::set<Kind> found;
  for (const ConcurrentProgram& program : programs)
    each_command(program, [&](std::size_t, const Command& command) { found.insert(command.kind); });
  return found;
}

/// A stream that can do everything that programs of several actors ask for.
SubjectFactory able() {
  return make_factory<LittleHarness>("able");
}

TEST(ConcurrentGenerate, TheSameNumbersGiveTheSameProgram) {
  EXPECT_EQ(some({.cancels = true}, 50, 9), some({.cancels = true}, 50, 9));
  EXPECT_NE(some({.cancels = true}, 50, 9), some({.cancels = true}, 50, 10));
}

TEST(ConcurrentGenerate, WhatAShapeAlwaysHasIsInEveryProgram) {
  for (const ConcurrentProgram& program : some({.cancels = true,
                                                .truncates = true,
                                                .always_cancel = true,
                                                .always_close = true,
                                                .always_truncate = true})) {
    EXPECT_GE(count(program, Kind::cancel), 1U) << to_text(program, {});
    EXPECT_GE(count(program, Kind::close), 1U) << to_text(program, {});
    EXPECT_GE(count(program, Kind::truncate), 1U) << to_text(program, {});
  }
}

TEST(ConcurrentGenerate, WhatAShapeLeavesOutIsInNone) {
  const std::set<Kind> found = kinds(some({.always_cancel = true, .always_truncate = true}));
  EXPECT_FALSE(found.contains(Kind::cancel));
  EXPECT_FALSE(found.contains(Kind::truncate));
  EXPECT_FALSE(found.contains(Kind::try_next));
}

TEST(ConcurrentGenerate, LimitsOfTheStreamAreKept) {
  const ConcurrentShape shape{.types = 3,
                              .largest_batch = 2,
                              .largest_filter = 1,
                              .most_cursors = 2,
                              .boundaries = {5, 64}};
  for (const ConcurrentProgram& program : some(shape)) {
    std::set<std::size_t> slots;
    each_command(program, [&](std::size_t, const Command& command) {
      for (const std::size_t type : command.types) EXPECT_LT(type, 3U);
      EXPECT_TRUE(command.kind != Kind::append || command.types.size() <= 2U);
      EXPECT_EQ(command.types.empty(), command.kind != Kind::append && command.kind != Kind::open);
      if (command.kind != Kind::open) return;
      EXPECT_EQ(command.types.size(), 1U);
      slots.insert(command.slot);
    });
    EXPECT_LE(slots.size(), 2U) << to_text(program, {});
  }
}

TEST(ConcurrentGenerate, EveryProgramHasAReaderAndEverySlotOneOwner) {
  for (const ConcurrentProgram& program : some({.cancels = true, .tries = true})) {
    std::size_t reads = 0;
    each_command(program, [&](std::size_t actor, const Command& command) {
      const bool opens = command.kind == Kind::open && actor == program.actors.size();
      if (command.kind == Kind::append || command.kind == Kind::close ||
          command.kind == Kind::cancel || opens)
        return;
      ++reads;
      EXPECT_EQ(owner(program, command.slot), actor) << to_text(program, {});
    });
    EXPECT_GE(reads, 1U) << to_text(program, {});
  }
}

TEST(ConcurrentGenerate, EverySlotIsOpenedOnceAndFiltersAreSets) {
  for (const ConcurrentProgram& program : some({})) {
    std::set<std::size_t> opened;
    each_command(program, [&](std::size_t, const Command& command) {
      if (command.kind != Kind::open) return;
      EXPECT_TRUE(opened.insert(command.slot).second) << to_text(program, {});
      EXPECT_EQ(std::ranges::adjacent_find(command.types, std::greater_equal<>()),
                command.types.end());
    });
  }
}

TEST(ConcurrentGenerate, SomeProgramsBeginAboutAtEachBoundary) {
  std::set<std::size_t> begun;
  for (const ConcurrentProgram& program : some({.largest_batch = 50, .boundaries = {16, 100}})) {
    std::size_t events = 0;
    for (const Command& command : program.before)
      if (command.kind == Kind::append) events += command.types.size();
    begun.insert(events);
  }
  for (const std::size_t events : {15U, 16U, 17U, 99U, 100U, 101U})
    EXPECT_TRUE(begun.contains(events)) << events;
}

TEST(ConcurrentGenerate, NoBeginningIsLongerThanThreeHundredEvents) {
  for (const ConcurrentProgram& program : some({.boundaries = {0, 1, 300, 5000}})) {
    std::size_t events = 0;
    for (const Command& command : program.before) events += command.types.size();
    EXPECT_LE(events, 310U);  // filters of cursors that are opened there count too
  }
}

TEST(ConcurrentGenerate, WhereReadersShouldWaitMostProgramsAppendLittle) {
  const auto appends = [](bool about_waiting) {
    std::size_t sum = 0;
    for (const ConcurrentProgram& program : some({.about_waiting = about_waiting}))
      sum += count(program, Kind::append);
    return sum;
  };
  EXPECT_LT(appends(true) * 2, appends(false));
}

// ---- what rules ask for

struct Expected {
  const char* rule;
  std::set<Kind> kinds;
};

TEST(ConcurrentShape, EveryCommandThatARuleIsAboutComesUp) {
  const std::set<Kind> always = {Kind::append, Kind::open, Kind::next, Kind::close, Kind::destroy};
  for (const Expected& each :
       {Expected{"CAN-2", {Kind::cancel}}, Expected{"CLS-3", {Kind::close}},
        Expected{"TRN-4", {Kind::truncate}}, Expected{"APP-3", {Kind::try_next}},
        Expected{"ORD-5", {Kind::cancel, Kind::truncate, Kind::try_next}}}) {
    std::set<Kind> wanted = always;
    wanted.insert(each.kinds.begin(), each.kinds.end());
    const std::set<Kind> found = kinds(some(concurrent_shape_for(each.rule, able(), true)));
    EXPECT_TRUE(std::ranges::includes(found, wanted)) << each.rule;
  }
}

TEST(ConcurrentShape, WhatItsChapterIsAboutIsInEveryProgram) {
  for (const auto& [rule, kind] :
       {std::pair{"CAN-3", Kind::cancel}, {"CLS-4", Kind::close}, {"TRN-5", Kind::truncate}})
    for (const ConcurrentProgram& program : some(concurrent_shape_for(rule, able(), true), 100))
      EXPECT_GE(count(program, kind), 1U) << rule << "\n" << to_text(program, {});
}

TEST(ConcurrentShape, WhatTheStreamCannotDoIsNotAskedOfIt) {
  SubjectFactory poor = able();
  poor.capabilities = {.max_batch_events = 2, .max_cursors = 4};
  poor.lacks = {Means::cancelling};
  const ConcurrentShape shape = concurrent_shape_for("TRN-4", poor, false);
  EXPECT_FALSE(shape.truncates);
  EXPECT_FALSE(shape.cancels);
  EXPECT_FALSE(shape.tries);
  EXPECT_EQ(shape.largest_batch, 2U);
  EXPECT_EQ(shape.most_cursors, 3U);  // one more reads everything in the end
}

TEST(ConcurrentShape, ABatchHasNoMoreEventsThanItsBytesAllow) {
  SubjectFactory narrow = able();
  narrow.capabilities.max_batch_bytes = 2048;
  EXPECT_EQ(concurrent_shape_for("ORD-5", narrow, true).largest_batch, 2U);
  EXPECT_EQ(shape_for("ORD-5", narrow).largest_batch, 2U);
  EXPECT_EQ(shape_for("ORD-5", narrow).largest_history_batch, 2U);
}

TEST(ConcurrentShape, AStreamThatMayBeStaleIsNotReadWithoutWaiting) {
  SubjectFactory stale = able();
  stale.capabilities.staleness = std::chrono::milliseconds(5);
  EXPECT_FALSE(concurrent_shape_for("APP-3", stale, true).tries);
  EXPECT_TRUE(concurrent_shape_for("APP-3", able(), true).tries);
}

TEST(ConcurrentShape, BoundariesThatAreNotTooFarAreVisitedForRulesOfOrder) {
  SubjectFactory paged = able();
  paged.boundaries = {64, 5000};
  EXPECT_EQ(concurrent_shape_for("ORD-5", paged, true).boundaries,
            (std::vector<std::uint64_t>{64}));
  EXPECT_TRUE(concurrent_shape_for("CLS-3", paged, true).boundaries.empty());
}

}  // namespace
}  // namespace streamtest
