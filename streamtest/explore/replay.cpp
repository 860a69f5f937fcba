#include <streamtest/explore/focus.hpp>
#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/replay.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/explore/whereabouts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace streamtest {
namespace {

constexpr unsigned controlled_runs = 3;
constexpr unsigned free_runs = 100;

bool uses(const ConcurrentProgram& program, Command::Kind kind) {
  const auto is_used = [kind](const Program& part) {
    return std::ranges::find(part, kind, &Command::kind) != part.end();
  };
  return is_used(program.before) || std::ranges::any_of(program.actors, is_used);
}

void require(Bench& bench, const Counterexample& counterexample) {
  if (uses(counterexample.program, Command::Kind::truncate) && !bench.hooks().truncate)
    throw NotSupported("the program truncates, and this harness has no truncate()");
  if (bench.driver().delivery() == Delivery::blocking) return;
  const std::unique_ptr<Trial> trial = bench.trial();
  if (!trial->open(0, trial->all_types()).native())
    throw NotSupported("the program reads by async_next, which cursors of this type don't have");
}

class Rerun {
 public:
  Rerun(Bench& bench, const Counterexample& counterexample, Way& way)
      : bench_(&bench),
        counterexample_(&counterexample),
        way_(&way),
        focus_(&*std::ranges::find(explored_rules(), bench.rule(), &Focus::rule)),
        checker_(allowances_of(bench.capabilities())) {}

  Replayed run() {
    bench_->count_program();
    // What a process does once in its life, such as to open a database, would shift the order.
    if (way_->exact()) once(Schedule{}, true);
    const unsigned most = way_->exact() ? controlled_runs : free_runs;
    // Free threads that are stuck cost the patience each time.
    while (replayed_.times < most && replayed_.trouble.empty() &&
           (way_->exact() || replayed_.failed == 0))
      once(counterexample_->schedule, false);
    if (replayed_.again)
      replayed_.again->places = whereabouts(*way_, counterexample_->schedule, hash_, prepare());
    return std::move(replayed_);
  }

 private:
  /// A run that only warms up counts if it fails: that is a breach like any other.
  void once(const Schedule& schedule, bool warms_up) {
    const std::shared_ptr<Performance> performance = prepare();
    Replay replay(schedule);
    // What is shown once more must hold in real time too; once is enough.
    const Way::End end = way_->run(
        replay, [performance] { performance->run(); },
        replayed_.again ? Way::Manner() : in_real_time(*bench_));
    if (end.lost) {
      replayed_.trouble = lost_text(*way_, end.why);
      return;
    }
    performance->conclude(end);
    if (end.left_threads && performance->left_nothing()) {
      replayed_.trouble = lost_text(*way_, threads_outlive);
      return;
    }
    show_life(bench_->history());
    bench_->count();
    if (way_->exact()) bench_->count_schedules(1);
    const Anomaly* breach = first_breach(*focus_, performance->anomalies());
    if (breach || !warms_up) ++replayed_.times;
    if (way_->exact() && replay.diverged()) replayed_.diverged = true;
    if (breach) {
      hash_ = end.hash;
      note(*breach, performance->record());
    } else
      performance->must_be_well();
  }

  std::shared_ptr<Performance> prepare() {
    return std::make_shared<Performance>(
        Circumstances{
            .factory = &bench_->factory(),
            .scenario = bench_->scenario(bench_->event_types(counterexample_->types.size())),
            .delivery = bench_->driver().delivery(),
            .patience = bench_->patience(),
            .comes = [history = bench_->shared_history()] { show_life(*history); }},
        counterexample_->program, *way_, checker_);
  }

  void note(const Anomaly& breach, const Record& record) {
    ++replayed_.failed;
    if (replayed_.again) return;
    replayed_.again = *counterexample_;
    replayed_.again->anomaly = breach.kind;
    replayed_.again->sentence = breach.sentence;
    replayed_.again->calls = breach.calls;
    replayed_.again->types = record.types;
    replayed_.again->record = record;
  }

  Bench* bench_;
  const Counterexample* counterexample_;
  Way* way_;
  const Focus* focus_;
  Checker checker_;
  Replayed replayed_;
  std::uint64_t hash_ = 0;  ///< of the last run that failed
};

}  // namespace

Replayed replay_counterexample(Bench& bench, const Counterexample& counterexample) {
  require(bench, counterexample);
  const std::unique_ptr<Way> free = make_free_way();
  if (counterexample.way == free->name()) return Rerun(bench, counterexample, *free).run();
  std::unique_ptr<Way> best = make_way_for(bench);
  if (best->simulated() && counterexample.way != best->name())
    best = make_weaker_way(*best, "it was found in another way");
  if (counterexample.way == best->name()) return Rerun(bench, counterexample, *best).run();
  return {.trouble = fmt::format("it was found by {}, which can't be had here{}{}",
                                 counterexample.way, best->why_weaker().empty() ? "" : ": ",
                                 fmt::join(best->why_weaker(), "; "))};
}

std::string to_text(const Replayed& replayed) {
  if (!replayed.again) return {};
  return fmt::format("{}found by {} in order {}; run again, it failed {} of {} times",
                     to_text(*replayed.again), replayed.again->strategy,
                     to_text(replayed.again->schedule), replayed.failed, replayed.times);
}

}  // namespace streamtest
