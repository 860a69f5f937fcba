#include <streamtest/cases/case.hpp>
#include <streamtest/cases/consumer_scripts.hpp>
#include <streamtest/cases/consumer_stopping.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Offset;
using eventstream::Semaphore;
using std::chrono::nanoseconds;
using Manner = Fault::Manner;

// An offset that is remembered over a failure, or that of the event itself; events of other types
// between those it reads (B114).
void it_opens_where_the_handler_stands(Bench& bench) {
  for (const Offset start : {Offset{0}, Offset{1}, Offset{77}, Offset{1} << 63})
    for (const Offset gap : {0, 1, 2, 1000})
      play(bench, plain_script(bench, 6, gap, start), misplaced);
  play_failing(bench, misplaced);
}

// Another consumer, or another process, moved the handler while this one waited.
void it_asks_again_after_others_have_handled(Bench& bench) {
  for (std::uint64_t turn = 0; turn < 5; ++turn)
    for (const std::uint64_t times : {1, 2}) {
      Script script = plain_script(bench, 6);
      for (std::uint64_t i = 0; i < times; ++i)
        script.faults.emplace(Turn{Step::handle, turn + i}, Fault{.manner = Manner::elsewhere});
      play(bench, script, misplaced);
    }
}

// A position that moves when an event is delivered instead of when it is handled (B113, B115).
void each_event_is_handled_before_the_next(Bench& bench) {
  play_failing(bench, disordered);
}

// What a cursor delivers is trusted (B118).
void what_is_unfit_never_reaches_the_handler(Bench& bench) {
  for (const std::uint64_t turn : {0, 1, 3}) {
    const Script pattern = plain_script(bench, 4, 2, 5);
    const Offset expected = turn == 0 ? pattern.start : pattern.events[turn - 1].offset + 1;
    for (const Fault& fault : unfit_events(bench, pattern, expected))
      for (const std::uint64_t times : {1, 2}) {
        Script script = pattern;
        for (std::uint64_t i = 0; i < times; ++i)
          script.faults.emplace(Turn{Step::read, turn + i}, fault);
        play(bench, script, trusting);
      }
  }
}

void needs_delays(Bench& bench) {
  const ConsumerMeans means = make_consumer(bench)->means();
  if (!means.strategy || !means.clock)
    throw NotSupported("needs a strategy and a clock, and this consumer can't be given both");
}

// A count that is never set back, or by what doesn't count (B116).
void every_failure_is_followed_by_its_delay(Bench& bench) {
  needs_delays(bench);
  play_failing(bench, impatient);
}

// Failures of two kinds after each other, around an event that is read and perhaps handled.
void the_count_knows_whose_failure_was_the_last(Bench& bench) {
  needs_delays(bench);
  for (std::uint64_t failing = 0; failing < 64; ++failing) {
    Script script = plain_script(bench, 3);
    for (std::uint64_t turn = 0; turn < 3; ++turn) {
      if (failing >> turn & 1) script.faults.emplace(Turn{Step::handle, turn}, Fault{});
      if (failing >> (3 + turn) & 1) script.faults.emplace(Turn{Step::read, turn}, Fault{});
    }
    play(bench, script, impatient);
    Script unfit = script;
    unfit.faults.emplace(Turn{Step::read, 3}, unfit_events(bench, script, script.start).back());
    play(bench, unfit, impatient);
  }
}

// Doubling that overflows to zero or below (B117), and what a strategy may say by mistake.
void delays_stay_finite_and_not_negative(Bench& bench) {
  const ConsumerMeans means = make_consumer(bench)->means();
  if (!means.clock) throw NotSupported("needs a clock, which this consumer can't be given");
  constexpr std::uint64_t failures = 150;
  for (const Step step : {Step::event_types, Step::open, Step::read, Step::handle}) {
    Script script = plain_script(bench, 2);
    for (std::uint64_t i = 0; i < failures; ++i) script.faults.emplace(Turn{step, i}, Fault{});
    const Judge has_waited = [](const Script& played, const std::vector<Act>& acts) {
      const auto failed = std::ranges::count_if(acts, &Act::failed);
      if (failed >= 10 && std::ranges::count(acts, Step::wait, &Act::step) == 0)
        return fmt::format("{} failures in a row, and the consumer's own strategy made no delay",
                           failed);
      return waiting_strangely(played, acts);
    };
    play(bench, script, has_waited, {});
    if (!means.strategy) continue;
    for (const nanoseconds delay : {nanoseconds::min(), nanoseconds(-1), nanoseconds(0),
                                    nanoseconds::max() - nanoseconds(1), nanoseconds::max()})
      play(bench, script, waiting_strangely,
           {.strategy = [delay](std::uint64_t) { return delay; }});
  }
}

RunSetup with_permits(Bench& bench, const std::shared_ptr<Semaphore>& semaphore,
                      std::size_t permits) {
  RunSetup setup = usual_setup(bench);
  setup.semaphore = semaphore;
  setup.permits = permits;
  return setup;
}

// A permit around the read, or given back before the handler has returned.
void a_permit_is_held_around_the_handler(Bench& bench) {
  needs_semaphore(bench);
  for (const std::size_t permits : {1, 2, 3})
    play_failing(bench, unpermitted, [&] {
      return with_permits(bench, std::make_shared<Semaphore>(permits), permits);
    });
}

// A semaphore of each consumer's own.
void sharing_consumers_stay_within_the_permits(Bench& bench) {
  needs_semaphore(bench);
  for (const std::size_t permits : {1, 2, 3})
    for (Rounds rounds = bench.rounds(10); rounds.more();) {
      bench.history().clear();
      const auto semaphore = std::make_shared<Semaphore>(permits);
      // Shared with consumers that may come back late.
      const auto inside = std::make_shared<std::atomic<std::size_t>>(0);
      const auto most = std::make_shared<std::atomic<std::size_t>>(0);
      const std::shared_ptr<ConsumerSubject> consumer = make_consumer(bench);
      std::deque<ConsumerRun> runs;
      for (std::size_t i = 0; i < 2 * permits + 1; ++i) {
        Script script = plain_script(bench, 10);
        script.inside_handler = [inside, most] {
          const std::size_t now = ++*inside;
          for (std::size_t seen = *most; seen < now && !most->compare_exchange_weak(seen, now);) {
          }
          for (int turn = 0; turn < 3; ++turn) std::this_thread::yield();
          --*inside;
        };
        RunSetup setup = with_permits(bench, semaphore, permits);
        setup.actor = fmt::format("consumer {}", i + 1);
        runs.emplace_back(bench, consumer, script, setup).start();
      }
      std::vector<std::function<void()>> endings;
      for (ConsumerRun& run : runs)
        endings.emplace_back([&] {
          const Stage::State state = run.stage().await(bench.patience());
          if (*most > permits)
            bench.fail(fmt::format("{} handlers ran at once, and the consumers share {} permits",
                                   most->load(), permits));
          if (state != Stage::State::complete) bench.fail(stuck_text(run, state));
          // At once: it may hold a permit while it waits, which the others need.
          run.stop();
          run.must_return("while it waited for an event");
        });
      bench.together(std::move(endings));
      bench.count();
    }
}

// An option that is used without a look.
void it_works_with_its_defaults(Bench& bench) {
  const ConsumerMeans means = make_consumer(bench)->means();
  for (const bool strategy : {true, false})
    for (const bool semaphore : {true, false})
      for (const bool log : {true, false}) {
        if ((strategy && !means.strategy) || (semaphore && !means.semaphore)) continue;
        RunSetup setup;
        if (strategy) setup = usual_setup(bench);
        if (semaphore) setup.semaphore = std::make_shared<Semaphore>(1);
        setup.permits = semaphore ? 1 : 0;
        setup.log = log;
        Script script = plain_script(bench, 4);
        if (means.clock)
          for (const Step step :
               {Step::event_types, Step::next_offset, Step::open, Step::read, Step::handle})
            script.faults.emplace(Turn{step, 0}, Fault{});
        play(bench, script, nullptr, setup);
      }
}

constexpr Case::Reads once = Case::Reads::once;
constexpr Case consumer_table[] = {
    {"CNS-1", "it_opens_where_the_handler_stands", it_opens_where_the_handler_stands, once},
    {"CNS-1", "it_asks_again_after_others_have_handled", it_asks_again_after_others_have_handled,
     once},
    {"CNS-2", "each_event_is_handled_before_the_next", each_event_is_handled_before_the_next, once},
    {"CNS-3", "what_is_unfit_never_reaches_the_handler", what_is_unfit_never_reaches_the_handler,
     once},
    {"CNS-4", "every_failure_is_followed_by_its_delay", every_failure_is_followed_by_its_delay,
     once},
    {"CNS-4", "the_count_knows_whose_failure_was_the_last",
     the_count_knows_whose_failure_was_the_last, once},
    {"CNS-4", "delays_stay_finite_and_not_negative", delays_stay_finite_and_not_negative, once},
    {"CNS-5", "a_stop_ends_every_wait", a_stop_ends_every_wait, once},
    {"CNS-5", "a_stop_ends_the_wait_for_a_permit", a_stop_ends_the_wait_for_a_permit, once},
    {"CNS-5", "a_stop_comes_before_the_start", a_stop_comes_before_the_start, once},
    {"CNS-6", "nothing_wanted_is_a_normal_end", nothing_wanted_is_a_normal_end, once},
    {"CNS-6", "every_failure_gives_everything_back", every_failure_gives_everything_back, once},
    {"CNS-6", "every_end_gives_everything_back", every_end_gives_everything_back, once},
    {"CNS-7", "a_permit_is_held_around_the_handler", a_permit_is_held_around_the_handler, once},
    {"CNS-7", "sharing_consumers_stay_within_the_permits",
     sharing_consumers_stay_within_the_permits, once},
    {"CNS-8", "it_works_with_its_defaults", it_works_with_its_defaults, once},
};

}  // namespace

std::span<const Case> consumer_cases() {
  return consumer_table;
}

}  // namespace streamtest
