#include <streamtest/cases/consumer_scripts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::Offset;
using Manner = Fault::Manner;

namespace {

const EventType produced_only{"ProducedOnly"};
const EventType wanted_only{"WantedOnly"};

eventstream::Envelope envelope(const Script& script, const EventType& type, std::string token) {
  eventstream::Envelope made;
  made.type = type;
  made.source_application = script.application;
  made.message_id = made.causation_id = made.correlation_id = token;
  made.created_at = std::chrono::system_clock::now();
  made.media_type = "text/plain; charset=utf-8";
  made.data = std::move(token);
  return made;
}

Event event(Offset offset, eventstream::Envelope envelope) {
  return {offset, eventstream::Parcel(std::move(envelope))};
}

}  // namespace

Script plain_script(Bench& bench, std::size_t events, Offset gap, Offset start) {
  const Scenario scenario = bench.scenario(bench.event_types(3));
  const std::vector<EventType> types(scenario.event_types.begin(), scenario.event_types.end());
  Script script{.application = scenario.application,
                .produced = {types[0], types[1], produced_only},
                .wanted = {types[0], types[1], wanted_only},
                .start = start};
  Offset offset = start;
  for (std::size_t i = 0; i < events; ++i) {
    offset += i % 2 == 1 ? gap : 0;
    script.events.push_back(
        event(offset++, envelope(script, types[i % 2], fmt::format("message-{}", i))));
  }
  return script;
}

std::vector<Script> failing_scripts(Bench& bench) {
  std::vector<Script> scripts;
  for (const Step step :
       {Step::event_types, Step::next_offset, Step::open, Step::read, Step::handle})
    for (const std::uint64_t times : {1, 2, 3, 7})
      for (const std::uint64_t first : {0, 1, 3})
        for (const Fault& fault :
             {Fault{}, Fault{.manner = Manner::exception}, Fault{.error = Errc::truncated}}) {
          // What a cursor gives is a value.
          if (step == Step::read && fault.manner == Manner::exception) continue;
          const bool has_turns = step == Step::read || step == Step::handle;
          if (!has_turns && first > 1) continue;
          Script script = plain_script(bench, 5, times, first * 10);
          for (std::uint64_t i = 0; i < times; ++i)
            script.faults.emplace(Turn{step, first + i}, fault);
          // The steps of a restart come again only after another failure.
          if (!has_turns && first > 0) script.faults.emplace(Turn{Step::handle, 2}, Fault{});
          scripts.push_back(std::move(script));
        }
  return scripts;
}

Script random_script(Bench& bench) {
  Script script = plain_script(bench, 1 + bench.below(8), bench.below(3), bench.below(2) * 100);
  const std::uint64_t odds = 2 + bench.below(6);
  for (const Step step :
       {Step::event_types, Step::next_offset, Step::open, Step::read, Step::handle})
    for (std::uint64_t turn = 0; turn < 12; ++turn) {
      if (bench.below(odds) > 0) continue;
      Fault fault;
      if (bench.below(3) == 0) fault.error = Errc::truncated;
      if (step != Step::read && bench.below(3) == 0) fault.manner = Manner::exception;
      if (step == Step::handle && bench.below(4) == 0) fault.manner = Manner::elsewhere;
      script.faults.emplace(Turn{step, turn}, fault);
    }
  return script;
}

std::vector<Fault> unfit_events(Bench& bench, const Script& script, Offset expected) {
  const EventType& type = script.events.front().parcel->type;
  const eventstream::Envelope good = envelope(script, type, "unfit");
  std::vector<Fault> faults;
  const auto add = [&](Offset offset, const eventstream::Envelope& made, std::string why) {
    faults.push_back(
        {.manner = Manner::event, .event = event(offset, made), .why = std::move(why)});
  };
  for (const Offset offset : {expected - 1, expected - 2, Offset{0}})
    if (offset < expected) add(offset, good, "with an offset below the expected one");
  for (const bool other_name : {true, false}) {
    eventstream::Envelope foreign = good;
    const std::string key = bench.scenario(bench.event_types(3)).application.key();
    foreign.source_application = {other_name ? key : script.application.name(), key};
    add(expected, foreign, "of another application");
  }
  for (auto [member, name] : {std::pair{&eventstream::Envelope::message_id, "message"},
                              {&eventstream::Envelope::causation_id, "causation"},
                              {&eventstream::Envelope::correlation_id, "correlation"}}) {
    eventstream::Envelope anonymous = good;
    (anonymous.*member).clear();
    add(expected, anonymous, fmt::format("without a {} id", name));
  }
  eventstream::Envelope typeless = good;
  typeless.type = EventType();
  add(expected, typeless, "without a type");
  faults.push_back(
      {.manner = Manner::event, .event = {expected, {}}, .why = "without an envelope"});
  return faults;
}

void needs_semaphore(Bench& bench) {
  if (!make_consumer(bench)->means().semaphore)
    throw NotSupported("needs a semaphore, which this consumer can't be given");
}

RunSetup usual_setup(Bench& bench) {
  const bool waits = !make_consumer(bench)->means().clock;
  return {.strategy = [waits](std::uint64_t failures) -> std::chrono::nanoseconds {
    // Nothing but the kit's clock can make a delay pass at once.
    return waits ? std::chrono::nanoseconds(0) : std::chrono::milliseconds(10 * failures + 1);
  }};
}

std::string stuck_text(ConsumerRun& run, Stage::State state) {
  Stage& stage = run.stage();
  const std::vector<Event>& events = stage.script().events;
  const std::string due =
      stage.handled() < events.size()
          ? fmt::format("expected event {} to be handled", events[stage.handled()].offset)
          : std::string("expected it to wait for more events");
  if (state == Stage::State::returned)
    return fmt::format("run {} before it was asked to stop: {}", run.ending(), due);
  if (state == Stage::State::overrun)
    return fmt::format("run goes in circles, with {} calls so far: {}", stage.acts().size(), due);
  return fmt::format("run is stuck: {}", due);
}

namespace {

/// Fails with a history that ends at the guilty act: its record is that of the run and one of each
/// act.
[[noreturn]] void fail_where_it_began(Bench& bench, const Script& script,
                                      const std::vector<Act>& acts, Judge judge) {
  const auto breach_in = [&](std::size_t count) {
    return judge(script, {acts.begin(), acts.begin() + static_cast<std::ptrdiff_t>(count)});
  };
  // What is a breach once stays one.
  const auto counts = std::views::iota(std::size_t{1}, acts.size());
  const auto first = std::ranges::partition_point(
      counts, [&](std::size_t count) { return breach_in(count).empty(); });
  const std::size_t count = first == counts.end() ? acts.size() : *first;
  std::vector<Operation> history = bench.history().operations();
  history.resize(std::min(history.size(), 1 + count));
  throw Violation(bench.rule(), breach_in(count), std::move(history));
}

}  // namespace

void play(Bench& bench, const Script& script, Judge judge, const RunSetup& setup) {
  const ConsumerMeans means = make_consumer(bench)->means();
  if (!script.faults.empty() && !means.strategy && !means.clock)
    throw NotSupported("needs a strategy or a clock, so that nobody waits out the delays");
  bench.history().clear();
  ConsumerRun run(bench, make_consumer(bench), script, setup);
  run.start();
  const Stage::State state = run.stage().await(bench.patience());
  const std::vector<Act> acts = run.stage().acts();
  if (judge && !judge(script, acts).empty()) fail_where_it_began(bench, script, acts, judge);
  // A delay of centuries isn't waited for to its end.
  const bool dozes = state == Stage::State::dozing;
  if (state != Stage::State::complete && !dozes) bench.fail(stuck_text(run, state));
  run.stop();
  run.must_return(dozes ? "during a delay" : "while it waited for an event");
  bench.count();
}

void play(Bench& bench, const Script& script, Judge judge) {
  play(bench, script, judge, usual_setup(bench));
}

void play_failing(Bench& bench, Judge judge, const std::function<RunSetup()>& setup) {
  for (const Script& script : failing_scripts(bench)) play(bench, script, judge, setup());
  for (Rounds rounds = bench.rounds(300); rounds.more();)
    play(bench, random_script(bench), judge, setup());
}

void play_failing(Bench& bench, Judge judge) {
  play_failing(bench, judge, [&] { return usual_setup(bench); });
}

}  // namespace streamtest
