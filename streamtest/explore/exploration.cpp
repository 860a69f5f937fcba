#include <streamtest/explore/counterexample.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/explore/focus.hpp>
#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/survey.hpp>
#include <streamtest/explore/whereabouts.hpp>
#include <streamtest/history/timeline.hpp>
#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/schedule/search.hpp>
#include <streamtest/simulation/determinism.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <optional>
#include <utility>

namespace streamtest {
namespace {

using std::chrono::steady_clock;

/// In a default run; the budget scales them.
constexpr std::uint64_t programs_a_default_run = 48;
constexpr std::uint64_t schedules_a_program = 12;
/// While a situation that the rule needs hasn't come up, so many times as many programs.
constexpr std::uint64_t patience_for_labels = 20;
/// A stream for which this is much is asked less: one case has so much of the budget.
constexpr double part_of_budget = 1.0 / 60;
/// Of the program, and once more of the order: the processor's time, so that others who use the
/// machine don't make counterexamples longer.
constexpr std::chrono::milliseconds longest_shrinking{750};
/// All of it, by the clock: runs that wait take no processor's time.
constexpr std::chrono::seconds most_patient{5};
/// And then, of the order with few deviations: they are looked for among some thousands of others.
constexpr std::chrono::milliseconds longest_search_for_fewer{400};
constexpr std::uint64_t schedules_a_simpler_program = 40;
constexpr std::chrono::milliseconds grace_while_shrinking{1};
constexpr unsigned replays_shown = 3;
/// For what isn't under control, on the average of a program.
constexpr std::chrono::milliseconds longest_wait{100};

std::chrono::microseconds processor_time() {
  return std::chrono::microseconds(static_cast<std::uint64_t>(std::clock()) * 1'000'000 /
                                   CLOCKS_PER_SEC);
}

/// What one run of a program showed.
struct Shown {
  Record record;
  std::vector<Anomaly> anomalies;
};

/// A run that broke the rule.
struct Found {
  ConcurrentProgram program;
  Failing failing;
  Shown shown;
};

class Exploration {
 public:
  Exploration(Bench& bench, const Focus& focus)
      : bench_(&bench),
        focus_(&focus),
        checker_(allowances_of(bench.capabilities())),
        way_(make_way_for(bench)),
        has_more_(bench.settings().share > Settings().share),
        until_(steady_clock::now() +
               bench.settings().time_for(has_more_ ? bench.settings().share : part_of_budget)) {
    const std::unique_ptr<Trial> trial = bench.trial();
    shape_ = concurrent_shape_for(bench.rule(), bench.factory(),
                                  trial->open(0, trial->all_types()).native() != nullptr);
    for (const Label label : missing()) situation(label).missed.insert(bench.rule());
  }

  void run() {
    const std::uint64_t wanted = std::max<std::uint64_t>(
        2, programs_a_default_run * static_cast<std::uint64_t>(bench_->settings().budget.count()) /
               std::chrono::nanoseconds(std::chrono::seconds(30)).count());
    for (std::uint64_t i = 0;; ++i) {
      const bool late = steady_clock::now() >= until_;
      const bool enough = i >= 2 && (late || (i >= wanted && !has_more_));
      // What free threads come to is up to the system; the other cases see to it.
      if (enough && (!way_->exact() || missing().empty())) return;
      if (enough && i >= wanted * patience_for_labels)
        throw Inconclusive(
            fmt::format("in {} programs there never was {}", i, to_string(missing().front())));
      explore(generate([this] { return bench_->random()(); }, shape_));
    }
  }

 private:
  /// What a process does once in its life, such as to set a database up, would be a part of the
  /// first order, and missing when that is replayed. A run that only warms up counts if it fails.
  void warm_up(const ConcurrentProgram& program) {
    if (!way_->exact() || warmed_up_ == way_.get()) return;
    warmed_up_ = way_.get();
    Replay usual{Schedule{}};
    Recorder recorder(usual);
    Run run = perform(program, recorder);
    if (run.failure.empty()) return;
    bench_->count_schedules(1);
    conclude({program, {recorder.schedule(), std::move(run), "FIFO", 1}, shown_});
  }

  std::vector<Label> missing() const {
    std::vector<Label> missing;
    for (const Label label : focus_->labels) {
      // A stream that appends within one handler has no such situation.
      if (label == Label::appends_side_by_side && way_->simulated() &&
          !bench_->hooks().async_append)
        continue;
      if (!labels_[static_cast<std::size_t>(label)]) missing.push_back(label);
    }
    return missing;
  }

  void explore(ConcurrentProgram program) {
    bench_->count_program();
    const Way* in = nullptr;
    do {
      in = way_.get();
      explore_in_way(program);
      // One of which it isn't known what happens next is explored again, in a weaker way.
    } while (way_.get() != in);
  }

  void explore_in_way(const ConcurrentProgram& program) {
    const Way* const in = way_.get();
    const auto is_lost = [this, in] { return way_.get() != in; };
    warm_up(program);
    if (!is_lost() && way_->simulated()) probe(program);
    if (is_lost()) return;
    Survey strategy(make_portfolio(bench_->random()()));
    survey_ = &strategy;
    labels_here_ = {};
    actors_here_ = 0;
    std::uint64_t left = way_->exact() ? schedules_a_program : 1;
    std::uint64_t schedules = 0;
    waited_ = {};
    const auto too_slow = [&] {
      return waited_ > longest_wait * static_cast<int>(std::max<std::uint64_t>(schedules, 1));
    };
    std::optional<Failing> failing = search(
        strategy, [&](Chooser& chooser) { return perform(program, chooser); },
        [&] { return left-- > 0 && !is_lost() && !too_slow(); }, schedules);
    survey_ = nullptr;
    if (!failing && !is_lost() && too_slow())
      lose_control("its runs wait for somebody outside of this process");
    if (is_lost()) return;
    if (way_->exact()) bench_->count_schedules(schedules);
    survey(strategy);
    if (failing) conclude({program, *std::move(failing), shown_});
  }

  /// What the report says of the program that was explored last.
  void survey(const Survey& strategy) {
    Explored& explored = bench_->explored();
    ++explored.ways[std::string(way_->name())];
    Bounds bounds;
    if (way_->exact()) {
      bounds = pct_bounds(strategy.runs(), actors_here_);
      for (const SurveyedRun& run : strategy.runs())
        ++explored.strategies[run.strategy.substr(0, run.strategy.find(','))];
    }
    explored.weaker_because.insert(way_->why_weaker().begin(), way_->why_weaker().end());
    add(explored.bounds, bounds);
    for (std::size_t i = 0; i < label_count; ++i) {
      if (!labels_here_[i]) continue;
      labels_[i] = true;
      Explored::Situation& here = situation(static_cast<Label>(i));
      ++here.programs;
      add(here.bounds, bounds);
      if (here.missed.erase(bench_->rule()) > 0) here.met.insert(bench_->rule());
    }
  }

  Explored::Situation& situation(Label label) {
    return bench_->explored().situations[std::string(to_string(label))];
  }

  /// Two runs in one order must be the same. If both break the rule, that is found.
  void probe(const ConcurrentProgram& program) {
    const Way* const in = way_.get();
    std::optional<Failing> failing;
    const RunProgram run = [&](Chooser& chooser) {
      if (way_.get() != in) return Run();
      Recorder recorder(chooser);
      Run once = perform(program, recorder);
      if (!once.failure.empty()) failing = Failing{recorder.schedule(), once, "uniform", 1};
      return once;
    };
    const bool differs = simulation::find_nondeterminism(run, bench_->random()(), 1).has_value();
    if (way_.get() != in) return;
    bench_->count_schedules(2);
    if (differs)
      lose_control("two runs of a program in one order differed");
    else if (failing)
      conclude({program, *std::move(failing), shown_});
  }

  /// One run; its failure is the kind of the anomaly that breaks the rule.
  Run perform(const ConcurrentProgram& program, Chooser& chooser, Way::Manner manner = {}) {
    const std::shared_ptr<Performance> performance = prepare(program);
    if (found_) manner.grace = std::min(manner.grace, grace_while_shrinking);
    const Way::End end = way_->run(chooser, [performance] { performance->run(); }, manner);
    waited_ += end.waited;
    if (end.lost) return lose_control(end.why);
    performance->conclude(end);
    show_life(bench_->history());
    bench_->count();
    for (std::size_t i = 0; i < label_count; ++i)
      if (performance->came_to(static_cast<Label>(i))) labels_here_[i] = true;
    actors_here_ = std::max(actors_here_, end.actors);
    Run run{.failure = {}, .hash = end.hash};
    if (const Anomaly* breach = first_breach(*focus_, performance->anomalies()))
      run.failure = to_string(breach->kind);
    else
      performance->must_be_well();
    if (end.left_threads && performance->left_nothing()) return lose_control(threads_outlive);
    if (!run.failure.empty()) shown_ = {performance->record(), performance->anomalies()};
    return run;
  }

  std::shared_ptr<Performance> prepare(const ConcurrentProgram& program) {
    return std::make_shared<Performance>(
        Circumstances{
            .factory = &bench_->factory(),
            .scenario = bench_->scenario(bench_->event_types(shape_.types)),
            .delivery = bench_->driver().delivery(),
            .patience = bench_->patience(),
            .rested = survey_ ? [survey = survey_] { survey->rested(); } : std::function<void()>(),
            .comes = [history = bench_->shared_history()] { show_life(*history); }},
        program, *way_, checker_);
  }

  /// From now on in a weaker way; what was found so far is no less true, and is shrunk to what
  /// stays so.
  Run lose_control(std::string_view why) {
    lost_ = true;
    if (found_) return {};
    std::unique_ptr<Way> weaker = make_weaker_way(*way_, why);
    left_.push_back(std::exchange(way_, std::move(weaker)));
    return {};
  }

  // ---- shrinking

  Found shrink(Found found) {
    found_ = true;
    const steady_clock::time_point at_the_latest = steady_clock::now() + most_patient;
    const auto within = [at_the_latest](std::chrono::milliseconds used) {
      return [at_the_latest, until = processor_time() + used] {
        return processor_time() < until && steady_clock::now() < at_the_latest;
      };
    };
    const auto goes_on = within(longest_shrinking);
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (ConcurrentProgram& candidate : simpler(found.program)) {
        if (!goes_on()) break;
        std::optional<Failing> failing = still_fails(candidate, found.failing, goes_on);
        if (!failing) continue;
        found = {std::move(candidate), *std::move(failing), shown_};
        smaller = true;
        break;
      }
    }
    if (!way_->exact()) return found;
    const RunProgram run = [&](Chooser& chooser) { return perform(found.program, chooser); };
    found.failing = streamtest::shrink(std::move(found.failing), run, within(longest_shrinking));
    found.failing =
        with_fewer_deviations(std::move(found.failing), run, within(longest_search_for_fewer));
    return found;
  }

  /// In the same order if that makes sense, else in one of some others.
  std::optional<Failing> still_fails(const ConcurrentProgram& program, const Failing& before,
                                     const std::function<bool()>& goes_on) {
    const RunProgram run = [&](Chooser& chooser) { return perform(program, chooser); };
    if (way_->exact()) {
      Replay replay(before.schedule);
      Recorder recorder(replay);
      Run again = run(recorder);
      if (again.failure == before.run.failure)
        return Failing{recorder.schedule(), std::move(again), before.strategy, before.schedules};
    }
    const std::unique_ptr<Strategy> strategy = make_portfolio(bench_->random()());
    std::uint64_t left = schedules_a_simpler_program;
    std::uint64_t schedules = 0;
    std::optional<Failing> failing =
        search(*strategy, run, [&] { return left-- > 0 && goes_on(); }, schedules);
    if (failing && failing->run.failure != before.run.failure) return std::nullopt;
    return failing;
  }

  /// What is wrong where time is virtual may be put right in time by a thread that is none of the
  /// run's, as by a dispatcher that all streams of a process share. Then what it was shrunk from
  /// may still be wrong.
  void conclude(const Found& found) {
    const Found smallest = shrink(found);
    for (const Found* each : {&smallest, &found})
      if (!way_->exact() || holds_in_time(*each)) show(*each);
    found_ = false;
    lose_control("what is wrong where its time is virtual isn't, or may not be, where it is real");
  }

  bool holds_in_time(const Found& found) {
    // Handlers in one thread wait for nobody else, and nothing tells whether they would have to.
    if (way_->simulated())
      return !has_control() || threads_of_this_process() <= 1 + Bystander::count();
    Replay replay(found.failing.schedule);
    waited_ = {};
    lost_ = false;
    const Run run = perform(found.program, replay, in_real_time(*bench_));
    return !lost_ && (waited_.count() == 0 || run.failure == found.failing.run.failure);
  }

  [[noreturn]] void show(const Found& found) {
    const RunProgram run = [&](Chooser& chooser) { return perform(found.program, chooser); };
    const unsigned same =
        way_->exact() ? streamtest::replays(found.failing, run, replays_shown) : 0;
    // What was seen last belongs to the shrunk order, if it failed again.
    Counterexample counterexample = explain(found, same > 0 ? shown_ : found.shown);
    counterexample.places =
        whereabouts(*way_, found.failing.schedule, found.failing.run.hash, prepare(found.program));
    const std::string again =
        way_->exact()
            ? fmt::format("found by {} in order {}; it {} {} of {} times", counterexample.strategy,
                          to_text(counterexample.schedule),
                          same == replays_shown ? "replayed" : "replayed only", same, replays_shown)
            : fmt::format("the order was the system's, so it need not come again{}{}",
                          way_->why_weaker().empty() ? "" : "; threads can't be controlled here: ",
                          fmt::join(way_->why_weaker(), "; "));
    throw Violation(bench_->rule(), to_text(counterexample) + again,
                    to_operations(counterexample.record), to_json(counterexample));
  }

  Counterexample explain(const Found& found, Shown shown) const {
    Counterexample counterexample{
        .rule = bench_->rule(),
        .delivery = bench_->driver().delivery(),
        .anomaly = anomaly_kind_from_text(found.failing.run.failure).value(),
        .sentence = found.failing.run.failure,
        .patience = std::chrono::ceil<std::chrono::milliseconds>(bench_->patience()),
        .types = shown.record.types,
        .program = found.program,
        .way = std::string(way_->name()),
        .schedule = found.failing.schedule,
        .strategy = found.failing.strategy,
        .seed = bench_->settings().seed};
    if (const Anomaly* breach = first_breach(*focus_, shown.anomalies)) {
      counterexample.anomaly = breach->kind;
      counterexample.sentence = breach->sentence;
      counterexample.calls = breach->calls;
    }
    counterexample.record = std::move(shown.record);
    return counterexample;
  }

  Bench* bench_;
  const Focus* focus_;
  Checker checker_;
  std::unique_ptr<Way> way_;
  std::vector<std::unique_ptr<Way>> left_;  ///< where threads may still be stuck
  std::chrono::nanoseconds waited_{0};      ///< by the runs of the program
  bool found_ = false;
  bool lost_ = false;  ///< a run was, since somebody last asked, also of one that was found
  const Way* warmed_up_ = nullptr;
  ConcurrentShape shape_;
  bool has_more_;  ///< than the usual share of the budget, since few rules are run
  steady_clock::time_point until_;
  std::array<bool, label_count> labels_{};
  std::array<bool, label_count> labels_here_{};  ///< that the program explored last came to
  std::uint32_t actors_here_ = 0;                ///< its most
  Survey* survey_ = nullptr;                     ///< of the program that is explored
  Shown shown_;                                  ///< by the last run that failed
};

}  // namespace

void run_exploration(Bench& bench) {
  const std::span<const Focus> all = explored_rules();
  const auto focus = std::ranges::find(all, bench.rule(), &Focus::rule);
  Exploration(bench, *focus).run();
}

}  // namespace streamtest
