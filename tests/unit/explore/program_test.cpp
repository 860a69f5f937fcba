#include <streamtest/explore/generate.hpp>
#include <streamtest/explore/program.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

namespace streamtest {
namespace {

using Kind = Command::Kind;

Command append(std::vector<std::size_t> types) {
  return {.kind = Kind::append, .types = std::move(types)};
}

Command open(std::size_t slot, eventstream::Offset offset, std::vector<std::size_t> filter = {0}) {
  return {.kind = Kind::open, .slot = slot, .types = std::move(filter), .offset = offset};
}

Command on(Kind kind, std::size_t slot) {
  return {.kind = kind, .slot = slot};
}

TEST(Program, IsShownAsNumberedSteps) {
  const Program program = {append({0, 1}),
                           open(2, 1, {0, 1}),
                           on(Kind::start_next, 2),
                           {.kind = Kind::truncate, .offset = last_offset},
                           on(Kind::cancel, 2),
                           on(Kind::next, 2),
                           on(Kind::cancelled_next, 2),
                           on(Kind::close, 2),
                           on(Kind::destroy, 2)};
  EXPECT_EQ(to_text(program),
            "  1. append(A, B)\n"
            "  2. c1 = open(1, {A, B})\n"
            "  3. start a next of c1\n"
            "  4. truncate(2^64-1)\n"
            "  5. cancel the next of c1\n"
            "  6. wait for the next of c1\n"
            "  7. next of c1 with a token that has asked to stop\n"
            "  8. close c1\n"
            "  9. destroy c1\n");
}

TEST(Program, IsShownAsCodeToPaste) {
  const Program program = {append({0}), open(0, 0), on(Kind::start_next, 0), on(Kind::next, 0),
                           on(Kind::close, 0)};
  EXPECT_EQ(to_code(program),
            "  const auto trial = bench.trial();\n"
            "  const auto e1 = trial->append({0});\n"
            "  streamtest::Reader c1 = trial->open(0, trial->filter({0}));\n"
            "  streamtest::Pending n1 = c1.start_next();\n"
            "  (void)n1.result();\n"
            "  (void)c1.close();\n");
}

TEST(Program, ReopeningsAndTheTwinAreShownAsStepsAndAsCode) {
  const Program program = {append({0}),
                           open(0, 0),
                           on(Kind::reopen, 0),
                           on(Kind::next, 0),
                           {.kind = Kind::append_beside, .types = {1}},
                           on(Kind::read_beside, 0)};
  EXPECT_EQ(to_text(program),
            "  1. append(A)\n"
            "  2. c1 = open(0, {A})\n"
            "  3. reopen the stream\n"
            "  4. append(B) to the twin\n"
            "  5. read all of the twin\n");
  EXPECT_EQ(to_code(program),
            "  const auto trial = bench.trial();\n"
            "  const auto e1 = trial->append({0});\n"
            "  streamtest::Reader c1 = trial->open(0, trial->filter({0}));\n"
            "  trial->reopen();\n"
            "  const auto twin = bench.twin(*trial);\n"
            "  (void)twin->append({1});\n"
            "  streamtest::Reader t1 = twin->open(0, twin->all_types());\n"
            "  for (const streamtest::Logged& each : twin->log()) t1.must_deliver(each);\n"
            "  t1.destroy();\n");
}

TEST(Program, CommandsThatDoNothingAreNotShown) {
  const Program program = {on(Kind::next, 0),
                           on(Kind::close, 1),
                           open(0, 0),
                           open(0, 5),
                           on(Kind::cancel, 0),
                           on(Kind::start_next, 0),
                           on(Kind::start_next, 0),
                           on(Kind::destroy, 0)};
  EXPECT_EQ(to_text(program),
            "  1. c1 = open(0, {A})\n"
            "  2. start a next of c1\n");
}

TEST(Program, ASlotThatIsUsedAgainHasACursorOfANewName) {
  const Program program = {open(0, 0), on(Kind::destroy, 0), open(0, 3)};
  EXPECT_EQ(to_text(program),
            "  1. c1 = open(0, {A})\n"
            "  2. destroy c1\n"
            "  3. c2 = open(3, {A})\n");
}

bool contains(const std::vector<Program>& list, const Program& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

TEST(Simpler, OffsetsMoveAlongWhenEventsBeforeThemAreLeftOut) {
  const Program program = {append({0, 1}), append({2}), open(0, 2), on(Kind::next, 0)};
  EXPECT_TRUE(contains(simpler(program), {append({2}), open(0, 0), on(Kind::next, 0)}));
  EXPECT_TRUE(
      contains(simpler(program), {append({1}), append({2}), open(0, 1), on(Kind::next, 0)}));
}

TEST(Simpler, TriesWithoutASlotWithoutACommandWithOneBatchAndWithSimplerReads) {
  const Program program = {append({0}), open(0, 0), open(1, 0), append({0}),
                           on(Kind::start_next, 1)};
  const std::vector<Program> list = simpler(program);
  EXPECT_TRUE(contains(list, {append({0}), open(1, 0), append({0}), on(Kind::start_next, 1)}));
  EXPECT_TRUE(contains(list, {append({0}), open(0, 0), open(1, 0), append({0})}));
  EXPECT_TRUE(contains(list, {append({0, 0}), open(0, 0), open(1, 0), on(Kind::start_next, 1)}));
  EXPECT_TRUE(
      contains(list, {append({0}), open(0, 0), open(1, 0), append({0}), on(Kind::next, 1)}));
}

TEST(Simpler, AFilterStaysASet) {
  const Program program = {open(0, 0, {0, 1, 3})};
  for (const Program& each : simpler(program))
    for (const Command& command : each)
      EXPECT_EQ(
          std::adjacent_find(command.types.begin(), command.types.end(), std::greater_equal<>()),
          command.types.end());
}

/// What every simplification makes smaller, in this order: commands, events and types, batches that
/// are larger than needed count as events; then the numbers; then the kinds of reads.
std::tuple<std::size_t, std::size_t, eventstream::Offset, std::size_t, std::size_t> measure(
    const Program& program) {
  std::size_t types = 0;
  std::size_t sum = 0;
  eventstream::Offset offsets = 0;
  std::size_t reads = 0;
  for (const Command& command : program) {
    types += command.types.size();
    for (const std::size_t type : command.types) sum += type;
    offsets += std::min<eventstream::Offset>(command.offset, 1'000'000);
    reads += command.kind == Kind::start_next || command.kind == Kind::cancelled_next ? 1 : 0;
  }
  return {program.size(), types, offsets, sum, reads};
}

TEST(Simpler, EachIsSmallerSoThatShrinkingEnds) {
  std::mt19937_64 random(7);
  const Shape shape{
      .boundaries = {20},
      .kinds = {Kind::start_next, Kind::cancelled_next, Kind::cancel, Kind::close, Kind::destroy,
                Kind::truncate, Kind::reopen, Kind::append_beside, Kind::read_beside}};
  std::size_t tried = 0;
  for (int i = 0; i < 200; ++i) {
    const Program program = generate([&] { return random(); }, 20, shape);
    for (const Program& each : simpler(program)) {
      ++tried;
      EXPECT_LT(measure(each), measure(program)) << to_text(program) << "to\n" << to_text(each);
    }
  }
  EXPECT_GT(tried, 10'000U);
}

TEST(Without, LeavesOutWhatMayBeTheCause) {
  const Program program = {append({0}),        open(0, 0),
                           open(1, 0),         on(Kind::start_next, 0),
                           on(Kind::next, 1),  on(Kind::cancel, 0),
                           on(Kind::close, 1), {.kind = Kind::truncate, .offset = 1},
                           append({1}),        on(Kind::cancelled_next, 0)};
  const auto left = [&](Drop drop) {
    std::vector<std::size_t> kept;
    const Program rest = without(program, drop, 0, 3);
    std::size_t next = 0;
    for (std::size_t i = 0; i < program.size(); ++i)
      if (next < rest.size() && rest[next] == program[i]) {
        kept.push_back(i);
        ++next;
      }
    EXPECT_EQ(next, rest.size());
    return kept;
  };
  using Numbers = std::vector<std::size_t>;
  EXPECT_EQ(left(Drop::cancels), (Numbers{0, 1, 2, 3, 4, 6, 7, 8}));
  EXPECT_EQ(left(Drop::truncations), (Numbers{0, 1, 2, 3, 4, 5, 6, 8, 9}));
  EXPECT_EQ(left(Drop::other_closes), (Numbers{0, 1, 2, 3, 4, 5, 7, 8, 9}));
  EXPECT_EQ(left(Drop::other_reads), (Numbers{0, 1, 2, 3, 5, 6, 7, 8, 9}));
  EXPECT_EQ(left(Drop::other_cursors), (Numbers{0, 1, 3, 5, 7, 8, 9}));
  EXPECT_EQ(left(Drop::later_appends), (Numbers{0, 1, 2, 3, 4, 5, 6, 7, 9}));
}

TEST(Without, LeavesOutReopeningsTheTwinOrEverythingElse) {
  const Program program = {append({0}), on(Kind::reopen, 0), open(0, 0), on(Kind::read_beside, 0)};
  const auto left = [&](Drop drop) { return without(program, drop, 1, 0); };
  EXPECT_EQ(left(Drop::reopenings), (Program{append({0}), open(0, 0), on(Kind::read_beside, 0)}));
  EXPECT_EQ(left(Drop::beside), (Program{append({0}), on(Kind::reopen, 0), open(0, 0)}));
  EXPECT_EQ(left(Drop::here), (Program{on(Kind::read_beside, 0)}));
  EXPECT_EQ(without({on(Kind::kill, 0), append({0})}, Drop::kill, 1, 0), (Program{append({0})}));
  // They aren't about the cursor in slot 0, though they name it.
  EXPECT_EQ(left(Drop::other_cursors),
            (Program{append({0}), on(Kind::reopen, 0), on(Kind::read_beside, 0)}));
}

/// So many programs with all kinds of commands.
std::vector<Program> many(const Shape& shape) {
  std::mt19937_64 random(5);
  std::vector<Program> programs;
  for (int i = 0; i < 300; ++i) programs.push_back(generate([&] { return random(); }, 30, shape));
  return programs;
}

TEST(Generate, NothingIsClosedWhereNoCursorIs) {
  for (const Program& program : many({.kinds = {Kind::close, Kind::destroy, Kind::reopen}})) {
    std::set<std::size_t> present;
    for (const Command& command : program) {
      if (command.kind == Kind::open) present.insert(command.slot);
      if (command.kind == Kind::close) {
        EXPECT_TRUE(present.contains(command.slot));
      }
      if (command.kind == Kind::destroy) present.erase(command.slot);
      if (command.kind == Kind::reopen) present.clear();
    }
  }
}

TEST(Generate, EachProgramLeavesOutSomeKinds) {
  const Shape shape{.kinds = {Kind::start_next, Kind::close, Kind::truncate}};
  for (const Kind kind : shape.kinds) {
    const auto programs = many(shape);
    const auto with = std::ranges::count_if(programs, [&](const Program& program) {
      return std::ranges::find(program, kind, &Command::kind) != program.end();
    });
    EXPECT_GT(with, 60) << static_cast<int>(kind);
    EXPECT_LT(with, 200) << static_cast<int>(kind);
  }
}

TEST(Generate, AProcessIsKilledOnlyAtTheBeginning) {
  for (const Program& program : many({.kills = true, .kinds = {Kind::reopen, Kind::truncate}})) {
    EXPECT_EQ(program.front().kind, Kind::kill);
    EXPECT_EQ(std::ranges::count(program, Kind::kill, &Command::kind), 1);
  }
}

TEST(Generate, SomeProgramsBeginNearABoundary) {
  const auto programs = many({.boundaries = {128}, .largest_history_batch = 50});
  const auto near = std::ranges::count_if(programs, [](const Program& program) {
    std::size_t events = 0;
    for (const Command& command : program) {
      if (command.kind != Kind::append) break;
      EXPECT_LE(command.types.size(), 50U);
      events += command.types.size();
    }
    return events >= 127;
  });
  EXPECT_GT(near, 15);
  EXPECT_LT(near, 100);
}

TEST(Generate, TheSameRandomNumbersGiveTheSameProgram) {
  const Shape shape{.kinds = {Kind::start_next, Kind::close}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 one(seed);
    std::mt19937_64 other(seed);
    EXPECT_EQ(generate([&] { return one(); }, 30, shape),
              generate([&] { return other(); }, 30, shape));
  }
}

TEST(Generate, KeepsToTheShape) {
  const Shape shape{.cursors = 2,
                    .types = 2,
                    .largest_batch = 3,
                    .largest_filter = 1,
                    .kinds = {Kind::start_next, Kind::close},
                    .always = {Kind::close}};
  std::mt19937_64 random(3);
  std::size_t closes = 0;
  for (int i = 0; i < 300; ++i) {
    for (const Command& command : generate([&] { return random(); }, 30, shape)) {
      EXPECT_LT(command.slot, 2U);
      for (const std::size_t type : command.types) EXPECT_LT(type, 2U);
      EXPECT_LE(command.types.size(), command.kind == Kind::append ? 3U : 1U);
      EXPECT_NE(command.kind, Kind::truncate);
      EXPECT_NE(command.kind, Kind::destroy);
      closes += command.kind == Kind::close ? 1 : 0;
    }
  }
  EXPECT_GT(closes, 300U);
}

}  // namespace
}  // namespace streamtest
