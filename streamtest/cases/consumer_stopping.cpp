#include <streamtest/cases/consumer_scripts.hpp>
#include <streamtest/cases/consumer_stopping.hpp>

#include <fmt/format.h>

namespace streamtest {

using eventstream::Errc;
using eventstream::EventTypeSet;
using eventstream::Semaphore;
using Manner = Fault::Manner;

namespace {

/// Every place where a consumer can be, at the beginning and after a failure.
struct Place {
  Turn turn;
  std::string_view name;
  std::map<Turn, Fault> faults;  ///< that bring it there
};

std::vector<Place> places(bool has_clock) {
  // A failed cursor stays failed, so that there is no way but to open another.
  const std::map<Turn, Fault> restart{{{Step::read, 1}, Fault{}}};
  std::vector<Place> list{{{Step::event_types, 0}, "event_types", {}},
                          {{Step::next_offset, 0}, "next_offset", {}},
                          {{Step::open, 0}, "open", {}},
                          {{Step::read, 0}, "next", {}},
                          {{Step::read, 2}, "next", {}},
                          {{Step::handle, 0}, "the handler", {}},
                          {{Step::handle, 2}, "the handler", {}},
                          {{Step::event_types, 1}, "event_types", restart},
                          {{Step::next_offset, 1}, "next_offset", restart},
                          {{Step::open, 1}, "open", restart},
                          {{Step::read, 2}, "next", restart},
                          {{Step::handle, 2}, "the handler", restart}};
  if (!has_clock) return list;
  for (const Step step :
       {Step::event_types, Step::next_offset, Step::open, Step::read, Step::handle}) {
    list.push_back({{Step::wait, 0}, "its backoff", {{{step, 0}, Fault{}}}});
    list.push_back({{Step::wait, 1}, "its backoff", {{{step, 0}, Fault{}}, {{step, 1}, Fault{}}}});
  }
  return list;
}

/// How the call that the consumer is stopped in may end: as a cancelled one does, well, or badly.
std::vector<std::optional<Fault>> endings(Step step) {
  std::vector<std::optional<Fault>> list{Fault{.error = Errc::cancelled}};
  if (step == Step::read || step == Step::wait) return list;
  list.insert(list.end(), {std::nullopt, Fault{}, Fault{.manner = Manner::exception}});
  return list;
}

/// Stops a consumer at each place, and lets `look` see what it left behind.
void stop_everywhere(Bench& bench, const std::function<RunSetup()>& setup,
                     const std::function<void(ConsumerRun&, std::string_view)>& look) {
  const bool has_clock = make_consumer(bench)->means().clock;
  for (const Place& place : places(has_clock))
    for (const std::optional<Fault>& ending : endings(place.turn.first)) {
      bench.history().clear();
      Script script = plain_script(bench, 4);
      script.faults = place.faults;
      script.held = place.turn;
      script.ends_held = ending;
      ConsumerRun run(bench, make_consumer(bench), script, setup());
      run.start();
      const Stage::State state = run.stage().await(bench.patience());
      // It need not ask for the event types again.
      const bool asked_once =
          place.turn == Turn{Step::event_types, 1} && state == Stage::State::complete;
      if (state != Stage::State::held && !asked_once) bench.fail(stuck_text(run, state));
      run.stop();
      run.must_return(fmt::format("in {}", place.name));
      look(run, place.name);
      bench.count();
    }
}

RunSetup with_permit(Bench& bench) {
  RunSetup setup = usual_setup(bench);
  if (!make_consumer(bench)->means().semaphore) return setup;
  setup.semaphore = std::make_shared<Semaphore>(1);
  setup.permits = 1;
  return setup;
}

/// It has returned, and nothing that it opened or held is left.
void must_have_given_back(Bench& bench, ConsumerRun& run, const RunSetup& setup,
                          const std::string& when) {
  if (const std::size_t open = run.stage().open_cursors(); open > 0)
    bench.fail(fmt::format("run returned {}, and {} of its cursors {} still open", when, open,
                           open == 1 ? "is" : "are"));
  if (setup.semaphore && !setup.semaphore->try_acquire())
    bench.fail(fmt::format("run returned {}, and the permit is still taken", when));
}

}  // namespace

// A token that isn't passed on, or a cancelled call that counts as a failure and is tried again.
void a_stop_ends_every_wait(Bench& bench) {
  stop_everywhere(bench, [&] { return usual_setup(bench); }, [](ConsumerRun&, std::string_view) {});
}

// The wait for a permit that others hold (B118).
void a_stop_ends_the_wait_for_a_permit(Bench& bench) {
  needs_semaphore(bench);
  for (const std::size_t permits : {1, 2})
    for (int round = 0; round < 4; ++round) {
      bench.history().clear();
      RunSetup setup = usual_setup(bench);
      setup.semaphore = std::make_shared<Semaphore>(permits);
      setup.permits = permits;
      std::vector<Semaphore::Permit> taken;
      for (std::size_t i = 0; i < permits; ++i) taken.push_back(*setup.semaphore->try_acquire());
      ConsumerRun run(bench, make_consumer(bench), plain_script(bench, 2), setup);
      run.start();
      // Event types, next offset, open and read: then it asks for its permit. One that asks first
      // gets no further; both are stopped where they are.
      run.stage().await_acts(4, bench.patience() / 50);
      Bench::spin(bench.below(20000));
      run.stop();
      const bool returned = run.returns();
      const std::vector<Act> acts = run.stage().acts();
      taken.clear();  // lets it go on, so that its thread ends
      if (!returned) run.fail_stuck("while it waited for a permit");
      const bool called =
          std::ranges::any_of(acts, [](const Act& act) { return act.step == Step::handle; });
      if (called) bench.fail("the handler was called while others held all permits");
      bench.count();
    }
}

void a_stop_comes_before_the_start(Bench& bench) {
  for (const std::size_t events : {0, 1, 3}) {
    bench.history().clear();
    ConsumerRun run(bench, make_consumer(bench), plain_script(bench, events), with_permit(bench));
    run.start(true);
    run.must_return("before it began");
    bench.count();
  }
}

// An empty set of types that reaches open, where it is misuse or means all (B38).
void nothing_wanted_is_a_normal_end(Bench& bench) {
  const Script pattern = plain_script(bench, 2);
  const EventTypeSet both{pattern.events[0].parcel->type, pattern.events[1].parcel->type};
  const EventTypeSet other{eventstream::EventType("Other")};
  for (const auto& [produced, wanted] : {std::pair{both, other},
                                         {both, EventTypeSet()},
                                         {EventTypeSet(), both},
                                         {EventTypeSet(), EventTypeSet()}})
    for (const std::uint64_t failures : {0, 1, 3}) {
      bench.history().clear();
      Script script = pattern;
      script.events.clear();
      script.produced = produced;
      script.wanted = wanted;
      for (std::uint64_t i = 0; i < failures; ++i)
        script.faults.emplace(Turn{Step::event_types, i}, Fault{});
      const RunSetup setup = with_permit(bench);
      ConsumerRun run(bench, make_consumer(bench), script, setup);
      run.start();
      constexpr std::string_view rule = "no type that the handler wants is produced";
      static_cast<void>(run.stage().await(bench.patience()));
      for (const Act& act : run.stage().acts())
        if (act.step == Step::open)
          bench.fail(
              fmt::format("{}: expected no open, seen open with {} types", rule, act.types.size()));
      if (!run.stage().await_return(bench.patience()))
        bench.fail(fmt::format("run is stuck: {}, and it doesn't return", rule));
      if (!run.stage().exception().empty() || !run.stage().result())
        bench.fail(fmt::format("{}: expected success, but run {}", rule, run.ending()));
      must_have_given_back(bench, run, setup, "normally");
      bench.count();
    }
}

// The early returns: what a failure leaves open or taken.
void every_failure_gives_everything_back(Bench& bench) {
  play_failing(bench, withholding, [&] { return with_permit(bench); });
}

// As above, at the end of run().
void every_end_gives_everything_back(Bench& bench) {
  RunSetup setup;
  stop_everywhere(
      bench, [&] { return setup = with_permit(bench); },
      [&](ConsumerRun& run, std::string_view place) {
        must_have_given_back(bench, run, setup, fmt::format("when it was stopped in {}", place));
      });
  for (const Step step : {Step::next_offset, Step::open, Step::read, Step::handle}) {
    bench.history().clear();
    Script script = plain_script(bench, 3);
    script.faults.emplace(Turn{step, 0}, Fault{});
    setup = with_permit(bench);
    setup.strategy = [](std::uint64_t) -> std::chrono::nanoseconds {
      throw std::runtime_error("a strategy without advice");
    };
    if (!make_consumer(bench)->means().clock) continue;
    ConsumerRun run(bench, make_consumer(bench), script, setup);
    run.start();
    // It may go on or give up.
    static_cast<void>(run.stage().await(bench.patience()));
    run.stop();
    run.must_return("after its strategy had thrown");
    must_have_given_back(bench, run, setup, "after its strategy had thrown");
    bench.count();
  }
}

}  // namespace streamtest
