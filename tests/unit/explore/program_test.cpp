#include <gtest/gtest.h>
#include <streamtest/explore/generate.hpp>

#include <algorithm>
#include <random>

namespace streamtest {
namespace {

using Kind = Command::Kind;

Program sample() {
  return {{.kind = Kind::append, .types = {0, 1}},
          {.kind = Kind::open, .slot = 2, .types = {0}, .offset = 1},
          {.kind = Kind::next, .slot = 1},  // nothing is open there
          {.kind = Kind::start_next, .slot = 2},
          {.kind = Kind::open, .slot = 0, .types = {0, 2}, .offset = last_offset},
          {.kind = Kind::cancelled_next, .slot = 0},
          {.kind = Kind::cancel, .slot = 2},
          {.kind = Kind::next, .slot = 2},
          {.kind = Kind::truncate, .offset = 2},
          {.kind = Kind::next, .slot = 2},
          {.kind = Kind::close, .slot = 2},
          {.kind = Kind::destroy, .slot = 2}};
}

TEST(ProgramTest, APersonCanReadIt) {
  EXPECT_EQ(to_text(sample()),
            "  1. append(A, B)\n"
            "  2. c1 = open(1, {A})\n"
            "  3. start a next of c1\n"
            "  4. c2 = open(2^64-1, {A, C})\n"
            "  5. next of c2 with a token that has asked to stop\n"
            "  6. cancel the next of c1\n"
            "  7. wait for the next of c1\n"
            "  8. truncate(2)\n"
            "  9. next of c1\n"
            "  10. close c1\n"
            "  11. destroy c1\n");
}

TEST(ProgramTest, ItCanBePastedAsCode) {
  EXPECT_EQ(to_code(sample()),
            "  const auto trial = bench.trial();\n"
            "  const auto e1 = trial->append({0, 1});\n"
            "  streamtest::Reader c1 = trial->open(1, trial->filter({0}));\n"
            "  streamtest::Pending n1 = c1.start_next();\n"
            "  streamtest::Reader c2 = trial->open(~eventstream::Offset{0}, trial->filter({0, 2}));\n"
            "  (void)c2.start_next(true).result();\n"
            "  n1.cancel();\n"
            "  (void)n1.result();\n"
            "  trial->truncate(2);\n"
            "  (void)c1.next();\n"
            "  (void)c1.close();\n"
            "  c1.destroy();\n");
}

TEST(ProgramTest, ExpectationsStandInTheCode) {
  const std::vector<Step> steps = {
      {.command = {.kind = Kind::next}, .cursor = "c1", .expected = "must_deliver(e1[0])"},
      {.command = {.kind = Kind::close}, .cursor = "c1", .expected = ".has_value()"}};
  EXPECT_EQ(to_code(steps),
            "  const auto trial = bench.trial();\n"
            "  c1.must_deliver(e1[0]);\n"
            "  bench.check(c1.close().has_value(), \"close of c1\");\n");
}

std::size_t weight(const Program& program) {
  std::size_t sum = 0;
  for (const Command& command : program) {
    sum += 1000 + 10 * command.types.size() + static_cast<std::size_t>(std::min<eventstream::Offset>(command.offset, 100));
    for (const std::size_t type : command.types) sum += type;
    if (command.kind == Kind::start_next || command.kind == Kind::cancelled_next) ++sum;
  }
  return sum;
}

TEST(ProgramTest, SimplerProgramsAreSmaller) {
  for (const Program& smaller : simpler(sample())) EXPECT_LT(weight(smaller), weight(sample())) << to_text(smaller);
  EXPECT_TRUE(simpler({}).empty());
}

/// Greedy, as RapidCheck does it.
template <typename Fails>
Program shrink(Program program, Fails fails) {
  for (bool found = true; found;) {
    found = false;
    for (const Program& smaller : simpler(program)) {
      if (!fails(smaller)) continue;
      program = smaller;
      found = true;
      break;
    }
  }
  return program;
}

TEST(ProgramTest, ShrinkingMovesOffsetsWithTheEventsThatGo) {
  Program program = {{.kind = Kind::append, .types = {1, 2, 0}},
                     {.kind = Kind::append, .types = {1}},
                     {.kind = Kind::append, .types = {0, 2}},
                     {.kind = Kind::open, .types = {0, 1}, .offset = 4}};
  // It fails if a cursor is opened at the last event of type A but has an event after it.
  const auto fails = [](const Program& tried) {
    std::vector<std::size_t> events;
    for (const Command& command : tried) {
      if (command.kind == Kind::append) events.insert(events.end(), command.types.begin(), command.types.end());
      if (command.kind == Kind::open && command.offset + 1 < events.size() && events[command.offset] == 0) return true;
    }
    return false;
  };
  ASSERT_TRUE(fails(program));
  EXPECT_EQ(to_text(shrink(program, fails)), "  1. append(A, A)\n  2. c1 = open(0, {A})\n");
}

TEST(ProgramTest, WhatIsLeftOutToFindACause) {
  const auto rest = [](Drop drop) { return without(sample(), drop, 2, 3).size(); };
  EXPECT_EQ(rest(Drop::cancels), sample().size() - 2);
  EXPECT_EQ(rest(Drop::truncations), sample().size() - 1);
  EXPECT_EQ(rest(Drop::other_closes), sample().size());
  EXPECT_EQ(rest(Drop::other_reads), sample().size() - 2);
  EXPECT_EQ(rest(Drop::other_cursors), sample().size() - 3);
  EXPECT_EQ(rest(Drop::later_appends), sample().size());
  EXPECT_EQ(without(sample(), Drop::later_appends, 2, 0).size(), sample().size() - 1);
}

SubjectFactory truncating() {
  SubjectFactory factory;
  factory.capabilities.truncation = Truncation::strict;
  factory.hooks.truncate = true;
  return factory;
}

std::vector<Program> generated(std::uint64_t seed, std::string_view rule, const SubjectFactory& factory, int count) {
  std::mt19937_64 random(seed);
  const Shape shape = shape_for(rule, factory);
  std::vector<Program> programs;
  for (int i = 0; i < count; ++i) programs.push_back(generate([&] { return random(); }, 30, shape));
  return programs;
}

bool any(const Program& program, Kind kind) {
  return std::any_of(program.begin(), program.end(), [&](const Command& command) { return command.kind == kind; });
}

TEST(GenerateTest, TheSameNumbersGiveTheSamePrograms) {
  EXPECT_EQ(generated(7, "ORD-1", truncating(), 20), generated(7, "ORD-1", truncating(), 20));
  EXPECT_NE(generated(7, "ORD-1", truncating(), 20), generated(8, "ORD-1", truncating(), 20));
}

TEST(GenerateTest, EachKindIsInSomeProgramsAndSwarmLeavesItOutOfOthers) {
  const std::vector<Program> programs = generated(1, "ORD-1", truncating(), 200);
  for (const Kind kind : {Kind::start_next, Kind::cancelled_next, Kind::cancel, Kind::close, Kind::destroy, Kind::truncate}) {
    const auto with = std::count_if(programs.begin(), programs.end(), [&](const Program& program) { return any(program, kind); });
    EXPECT_GT(with, 40);
    EXPECT_LT(with, 160);
  }
}

TEST(GenerateTest, AStreamIsNotAskedForMoreThanItClaims) {
  SubjectFactory modest;
  modest.capabilities.max_batch_events = 1;
  modest.capabilities.max_filter_types = 1;
  modest.capabilities.max_cursors = 2;
  for (const Program& program : generated(3, "TRN-1", modest, 100)) {
    EXPECT_FALSE(any(program, Kind::truncate));
    for (const Command& command : program) {
      EXPECT_LE(command.types.size(), 1U);
      EXPECT_LT(command.slot, 2U);
    }
  }
}

}  // namespace
}  // namespace streamtest
