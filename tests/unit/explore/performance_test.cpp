#include "../../mutants/gallery.hpp"
#include "../subject/little_stream.hpp"
#include "commands.hpp"
#include "failing_streams.hpp"
#include "performed.hpp"

#include <streamtest/history/timeline.hpp>
#include <streamtest/subject/witness.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>

namespace streamtest {
namespace {

using commands::append;
using commands::next;
using commands::open;
using commands::truncate;
using Kind = Command::Kind;

/// What the actor called, in its order.
std::vector<std::string> calls_of(const Record& record, const std::string& actor) {
  const auto number = std::ranges::find(record.actors, actor) - record.actors.begin();
  std::vector<std::string> texts;
  for (const Call& call : record.calls)
    if (call.actor == number) texts.push_back(call_text(record, call));
  return texts;
}

std::vector<std::string> first(std::vector<std::string> list, std::size_t count) {
  list.resize(std::min(list.size(), count));
  return list;
}

std::string to_text(const Performance& performance) {
  std::string text = performance.trouble();
  for (const Anomaly& anomaly : performance.anomalies()) text += anomaly.sentence + "\n";
  return text + timeline(performance.record(), {});
}

bool is_clean(const Performance& performance) {
  return performance.anomalies().empty() && performance.trouble().empty();
}

/// However the threads are run.
class EitherWay : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    way_ = GetParam() ? make_controlled_way() : make_free_way();
    if (!way_) GTEST_SKIP() << "nothing controls threads here";
  }

  std::shared_ptr<Performance> perform(const ConcurrentProgram& program,
                                       Delivery delivery = Delivery::blocking) {
    return perform(little_, program, delivery);
  }
  std::shared_ptr<Performance> perform(const SubjectFactory& factory,
                                       const ConcurrentProgram& program,
                                       Delivery delivery = Delivery::blocking) {
    return performed(factory, program, *way_, *chooser_, nullptr, delivery);
  }

  const SubjectFactory little_ = make_factory<LittleHarness>("little");
  std::unique_ptr<Way> way_;
  std::unique_ptr<Strategy> chooser_ = [] {
    auto strategy = make_uniform(5);
    strategy->begin();
    return strategy;
  }();
};
INSTANTIATE_TEST_SUITE_P(Threads, EitherWay, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "controlled" : "free");
});

const ConcurrentProgram& busy() {
  static const ConcurrentProgram program{
      .before = {append({0, 1}), open(0, 1, {0, 2})},
      .actors = {{append({2}), append({0, 0})}, {next(0), next(0)}, {append(), truncate(1)}}};
  return program;
}

TEST_P(EitherWay, ACorrectStreamGivesARecordWithoutAnomalies) {
  const auto performance = perform(busy());
  EXPECT_TRUE(is_clean(*performance)) << to_text(*performance);
  EXPECT_TRUE(performance->record().quiescent);
  EXPECT_NE(performance->record().final_phase, never);
}

TEST_P(EitherWay, TheCallsAreThoseOfTheProgram) {
  const auto performance = perform(busy());
  const Record& record = performance->record();
  using Texts = std::vector<std::string>;
  EXPECT_EQ(first(calls_of(record, "main"), 2),
            (Texts{"append(EventA, EventB)", "c1 = open(1, {EventA, EventC})"}));
  EXPECT_EQ(calls_of(record, "appender 1"), (Texts{"append(EventC)", "append(EventA, EventA)"}));
  EXPECT_EQ(calls_of(record, "appender 2"), (Texts{"append(EventA)", "truncate(1)"}));
  // What it reads when its commands are done is up to the order.
  EXPECT_EQ(first(calls_of(record, "reader 1"), 2), (Texts{"next of c1", "next of c1"}));
  EXPECT_EQ(first(calls_of(record, "last reader"), 2).at(1), "next of last");
}

TEST_P(EitherWay, TheRecordIsOneThatCanBeWrittenDown) {
  for (const Delivery delivery : {Delivery::blocking, Delivery::asynchronous}) {
    const auto performance = perform(busy(), delivery);
    const std::string json = to_json(performance->record());
    EXPECT_EQ(to_json(record_from_json(json)), json);
  }
}

TEST_P(EitherWay, GeneratedProgramsOnACorrectStreamAccuseNobody) {
  std::mt19937_64 random(11);
  for (const char* rule : {"ORD-5", "CAN-3", "CLS-3", "TRN-4", "APP-3"})
    for (const Delivery delivery : {Delivery::blocking, Delivery::asynchronous})
      for (int i = 0; i < 4; ++i) {
        const ConcurrentProgram program =
            generate([&] { return random(); }, concurrent_shape_for(rule, little_, true));
        const auto performance = perform(program, delivery);
        EXPECT_TRUE(is_clean(*performance)) << rule << "\n"
                                            << to_text(program, {}) << to_text(*performance);
      }
}

// Whoever waits is woken by the last events; so it is there in any order.
TEST_P(EitherWay, LabelsTellWhatTheRunCameTo) {
  const auto performance = perform({.before = {open(0)}, .actors = {{next(0)}, {}}});
  EXPECT_TRUE(performance->came_to(Label::append_during_read)) << to_text(*performance);
  EXPECT_TRUE(performance->came_to(Label::read_waited)) << to_text(*performance);
  EXPECT_FALSE(performance->came_to(Label::appends_side_by_side));
  EXPECT_FALSE(performance->came_to(Label::truncate_during_read));
  EXPECT_FALSE(performance->came_to(Label::reads_side_by_side));
}

TEST_P(EitherWay, AReaderIsCancelledInTheEndOrClosedWhereThatIsImpossible) {
  const ConcurrentProgram waits{.before = {open(0)}, .actors = {{next(0)}}};
  SubjectFactory lacking = little_;
  lacking.lacks = {Means::cancelling};
  const auto cancelled = perform(waits);
  const auto closed = perform(lacking, waits);
  EXPECT_TRUE(is_clean(*cancelled)) << to_text(*cancelled);
  EXPECT_TRUE(is_clean(*closed)) << to_text(*closed);
  EXPECT_FALSE(closed->came_to(Label::cancel_during_read));
  // A free thread may not have begun its read yet.
  if (!way_->exact()) return;
  EXPECT_TRUE(cancelled->came_to(Label::cancel_during_read));
  EXPECT_TRUE(closed->came_to(Label::close_during_read));
}

TEST_P(EitherWay, AHarnessThatCannotMakeAStreamIsInTrouble) {
  const SubjectFactory refusing = make_factory<failing::Refusing>("refusing");
  const auto performance = perform(refusing, busy());
  EXPECT_EQ(performance->trouble(), "the harness failed to make a stream: no disk");
  EXPECT_TRUE(performance->anomalies().empty());
}

TEST_P(EitherWay, AHarnessThatSaysSoInACallIsInTrouble) {
  const SubjectFactory giving = make_factory<failing::GivingAway>("giving");
  // Without a reader, which would wait for ever.
  const auto performance = perform(giving, {.before = {}, .actors = {{append()}, {append()}}});
  EXPECT_EQ(performance->trouble(), "the disk is full");
}

template <typename Failure>
std::string complaint(const Performance& performance) {
  try {
    performance.must_be_well();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "none";
}

TEST_P(EitherWay, AStreamWhoseProcessEndedIsToldFromAHarnessThatFailed) {
  const ConcurrentProgram appends{.before = {}, .actors = {{append()}, {append()}}};
  const SubjectFactory lost = make_factory<failing::Losing<StreamLost>>("lost");
  const auto ended = perform(lost, appends);
  EXPECT_EQ(complaint<StreamLost>(*ended), "gone");
  const SubjectFactory failing = make_factory<failing::Losing<std::runtime_error>>("failing");
  const auto failed = perform(failing, appends);
  EXPECT_EQ(complaint<HarnessFailure>(*failed), "append threw: gone");
}

TEST_P(EitherWay, AReadThatThrowsIsAnAnomaly) {
  const SubjectFactory throwing = make_factory<failing::Throwing>("throwing");
  const auto performance = perform(
      throwing, {.before = {open(0)}, .actors = {{append(), append()}, {next(0), next(0)}}});
  ASSERT_FALSE(performance->anomalies().empty()) << to_text(*performance);
  const Anomaly& first = performance->anomalies().front();
  EXPECT_EQ(first.kind, AnomalyKind::exception);
  EXPECT_EQ(first.sentence, "next of c1 threw an exception; outcomes are values: no such page");
  EXPECT_EQ(performance->trouble(), "");
}

TEST_P(EitherWay, ACloseThatThrowsIsAnAnomaly) {
  const SubjectFactory throwing = make_factory<failing::Throwing>("throwing");
  const auto performance = perform(
      throwing,
      {.before = {append(), open(0), next(0), commands::on(Kind::close, 0)}, .actors = {{}}});
  ASSERT_FALSE(performance->anomalies().empty()) << to_text(*performance);
  EXPECT_EQ(performance->anomalies().front().sentence,
            "close of c1 threw an exception; outcomes are values: a page is missing");
}

TEST(Performance, AStreamMayTakeLongerThanThePatienceForAllThatItGives) {
  const SubjectFactory leisurely = make_factory<failing::Leisurely>("leisurely");
  const std::unique_ptr<Way> way = make_free_way();
  Replay usual{Schedule{}};
  const auto performance = performed(
      leisurely,
      {.before = {append(std::vector<std::size_t>(30, 0)), open(0)}, .actors = {{next(0)}}}, *way,
      usual, nullptr, Delivery::blocking, std::chrono::seconds(1));
  EXPECT_TRUE(is_clean(*performance)) << to_text(*performance);
}

/// Free threads, and whether anybody used the way when its run was over.
class Watched final : public Way {
 public:
  std::string_view name() const override { return free_->name(); }
  bool exact() const override {
    look();
    return false;
  }
  bool simulated() const override {
    look();
    return false;
  }
  simulation::Context* context() override {
    look();
    return nullptr;
  }
  std::shared_ptr<Runtime> runtime() override {
    look();
    return nullptr;
  }
  End run(Chooser& chooser, const std::function<void()>& body, const Manner& manner) override {
    End end = free_->run(chooser, body, manner);
    over_ = true;
    return end;
  }
  void settle() override { look(); }
  void pause(std::chrono::nanoseconds duration) override {
    look();
    free_->pause(duration);
  }

  bool used_afterwards() const { return used_afterwards_; }

 private:
  void look() const {
    if (over_) used_afterwards_ = true;
  }

  const std::unique_ptr<Way> free_ = make_free_way();
  std::atomic<bool> over_ = false;
  mutable std::atomic<bool> used_afterwards_ = false;
};

/// Of two appends one gives the run up, and the other stays until it is let go.
struct Staying : LittleHarness {
  struct Signals {
    std::atomic<int> appends = 0;
    std::promise<void> go, gone;
  };
  Staying(const Scenario& scenario, std::shared_ptr<Signals> with)
      : LittleHarness(scenario), signals(std::move(with)) {}
  ~Staying() { signals->gone.set_value(); }
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    if (signals->appends++ == 0) {
      signals->go.get_future().wait();
      return LittleHarness::append(batch);
    }
    throw HarnessFailure("the disk is full");
  }
  std::shared_ptr<Signals> signals;
};

// The exploration is over by then, and with it the way.
TEST(Performance, AThreadThatOutlivesItsRunUsesNothingOfTheWay) {
  const auto signals = std::make_shared<Staying::Signals>();
  const SubjectFactory staying = make_factory<Staying>(
      "staying",
      [signals](const Scenario& scenario) { return std::make_unique<Staying>(scenario, signals); });
  Watched way;
  Replay usual{Schedule{}};
  auto performance =
      performed(staying, {.before = {}, .actors = {{append()}, {append()}}}, way, usual);
  ASSERT_EQ(performance->trouble(), "the disk is full");
  performance.reset();
  signals->go.set_value();
  signals->gone.get_future().wait();  // the thread was the last who had the stream
  EXPECT_FALSE(way.used_afterwards());
}

TEST_P(EitherWay, AsynchronousReadsCompleteOnceOnTheirExecutor) {
  const auto performance = perform(busy(), Delivery::asynchronous);
  ASSERT_TRUE(is_clean(*performance)) << to_text(*performance);
  std::size_t events = 0;
  for (const Call& call : performance->record().calls) {
    EXPECT_EQ(call.completions, 1U);
    EXPECT_FALSE(call.inside_call);
    EXPECT_FALSE(call.foreign_executor);
    events += call.kind == CallKind::next && call.came_to == CameTo::ok ? 1 : 0;
  }
  EXPECT_GE(events, 5U);  // the last reader reads them in any order
}

// The command says which event it means; only the stream knows where that is.
TEST_P(EitherWay, OffsetsOfAStreamWithGapsAreThoseOfTheEvents) {
  const SubjectFactory sparse = mutants::make("ODD-sparse");
  const auto performance =
      perform(sparse, {.before = {append({0, 0, 0}), open(0, 1), open(1, 4)},
                       .actors = {{next(0)}, {append(), truncate(2)}, {next(1)}}});
  EXPECT_TRUE(is_clean(*performance)) << to_text(*performance);
  const std::vector<Call>& calls = performance->record().calls;
  const std::vector<std::uint64_t> told = calls.at(0).offsets;
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(calls.at(1).offset, told[1]);
  EXPECT_EQ(calls.at(2).offset, told[2] + 2);  // one beyond the end
  const auto cut = std::ranges::find(calls, CallKind::truncate, &Call::kind);
  ASSERT_NE(cut, calls.end());
  EXPECT_EQ(cut->offset, told[2]);
  const auto last = std::ranges::find_if(calls, [&](const Call& call) {
    return call.kind == CallKind::open && call.invoked >= performance->record().final_phase;
  });
  ASSERT_NE(last, calls.end());
  EXPECT_EQ(last->offset, cut->told) << "the last reader begins at the first that is retained";
}

}  // namespace
}  // namespace streamtest
