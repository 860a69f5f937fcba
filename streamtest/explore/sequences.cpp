#include <streamtest/explore/generate.hpp>
#include <streamtest/explore/player.hpp>
#include <streamtest/explore/sequences.hpp>
#include <streamtest/explore/situation.hpp>

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <unordered_map>
#include <vector>

// RapidCheck stays in this file: it searches and shrinks. Its own main door prints to the console
// and takes parameters from the environment, so the inner one is used, with everything it needs.

namespace streamtest {
namespace {

using rc::detail::CaseResult;
using std::chrono::nanoseconds;

/// Programs have up to so many commands, and those that read everything in the end. Far from 100,
/// above which this RapidCheck shifts too far.
constexpr int largest_size = 36;
/// How many programs one case runs in each second of the budget, and its part of the budget: a slow
/// stream is asked less.
constexpr int programs_a_second = 2;
constexpr double part_of_budget = 1.0 / 150;
/// One that begins with a process costs as much as so many others.
constexpr int programs_a_kill = 10;
/// A read may be stuck if it takes so many times as long as the longest so far.
constexpr int slower_than_ever = 20;
/// Shrinking a stuck read takes least_waiting for each step on the way.
constexpr nanoseconds longest_shrinking = std::chrono::seconds(10);
constexpr int replays = 3;
/// A program that fails should do so each time; the search is in a hurry.
constexpr nanoseconds short_moment = std::chrono::microseconds(100);
constexpr nanoseconds long_moment = std::chrono::milliseconds(1);
/// So many programs that end in a stuck read of no interest here, each with its waiting, are
/// enough.
constexpr int stuck_elsewhere_limit = 5;

/// While a situation that the rule needs hasn't come up, so many more programs, some at a time.
/// Each situation comes up in one program of twenty or more often, on a stream that can come to it.
constexpr int most_further_programs = 600;
constexpr int further_programs = 10;

class Search {
 public:
  explicit Search(Bench& bench, const KillAndOpen& kill)
      : bench_(&bench),
        kill_(&kill),
        needed_(needed_situations(bench.rule(), bench.factory())),
        wanted_(
            at_least(1, programs_a_second * (bench.settings().budget / std::chrono::seconds(1)) /
                            (kill ? programs_a_kill : 1))),
        least_(kill ? 1 : at_least(1, bench.settings().budget / std::chrono::seconds(6))),
        until_(std::chrono::steady_clock::now() + bench.settings().time_for(part_of_budget)) {}

  int wanted() const { return wanted_; }

  /// More programs are to be run, whatever the time, because a situation is missing. A program that
  /// broke another rule ended early: what it would have come to isn't known, and nothing is asked.
  bool wants_further() {
    if (thrown_ || !found_.empty() || broken_elsewhere_ || !missing()) return false;
    further_ = true;
    return ran_ < wanted_ + most_further_programs / (*kill_ ? programs_a_kill : 1);
  }

  /// RapidCheck's property: false for a program that breaks the rule. The first failure begins the
  /// shrinking.
  bool passes(const Program& program) {
    if (thrown_) return true;
    try {
      return found_.empty() ? !breaks_first(program) : !still_breaks(program);
    } catch (...) {  // the harness's failure, and not for RapidCheck to shrink
      thrown_ = std::current_exception();
      return true;
    }
  }

  /// Throws what was found, if anything was.
  void conclude(std::uint64_t seed) {
    if (thrown_) std::rethrow_exception(thrown_);
    if (found_.empty()) {
      if (const auto situation = missing(); situation && !broken_elsewhere_)
        throw Inconclusive(
            fmt::format("in {} programs there never was {}", ran_, to_string(*situation)));
      return;
    }
    // The smallest one that can be relied on: the last, the one before, then further and further
    // back.
    for (std::size_t back = 1;; back = std::min(back * 2, found_.size())) {
      Played& played = found_[found_.size() - back];
      if (replay(played))
        show(played, fmt::format("it failed {} times of {}", replays, replays), seed);
      if (back == found_.size()) break;
    }
    // Where exactly the kill meets the process is chance.
    if (*kill_)
      throw Inconclusive(
          fmt::format("in one program, and not when it was run again: {}", found_.front().message));
    // That another thing is the cause was only shown by leaving it out, and may have been chance.
    if (found_.front().breach->rule != bench_->rule()) return;
    show(found_.front(), "it did not replay: it depends on timing as well", seed);
  }

 private:
  /// A situation that the rule needs and that no program came to.
  std::optional<Situation> missing() const {
    for (const Situation situation : needed_)
      if (!situations_.test(static_cast<std::size_t>(situation))) return situation;
    return std::nullopt;
  }

  static int at_least(int least, std::int64_t count) {
    return std::max(least, static_cast<int>(count));
  }

  nanoseconds usual() const {
    const nanoseconds longest = std::max({least_waiting, longest_ * slower_than_ever,
                                          nanoseconds(bench_->capabilities().staleness) * 2});
    return std::min(longest, bench_->patience());
  }

  Played run(const Program& program, nanoseconds wait, nanoseconds patience) {
    Played played =
        play(*bench_, program,
             {found_.empty() ? short_moment : long_moment, wait, patience, bench_->rule()}, *kill_);
    longest_ = std::max(longest_, played.longest_return);
    return played;
  }

  /// The breach is one of the rule: by itself, or because it goes away with what the rule is
  /// about.
  bool breaks(const Played& played) {
    if (!played.breach) return false;
    if (played.breach->rule == bench_->rule()) return true;
    for (const Suspect& suspect : played.breach->suspects) {
      if (suspect.rule != bench_->rule()) continue;
      const auto goes_away = [&](Drop drop) {
        const Program rest = without(played.program, drop, played.slot, played.began);
        return !run(rest, usual(), usual()).breach;
      };
      return goes_away(suspect.drop) && (!suspect.also || goes_away(*suspect.also));
    }
    return false;
  }

  /// What is shown is the kind of breach that was found, and none that it led to.
  bool breaks_as_before(const Played& played) {
    if (!played.breach) return false;
    const Breach& first = *found_.front().breach;
    return played.breach->rule == first.rule && played.breach->stuck == first.stuck &&
           breaks(played);
  }

  bool breaks_first(const Program& program) {
    if (!further_ && ran_ >= least_ && std::chrono::steady_clock::now() >= until_) return false;
    if (stuck_elsewhere_ >= stuck_elsewhere_limit) return false;
    ++ran_;
    bench_->count_program();
    Played played = run(program, usual(), bench_->patience());
    bench_->count(played.judged);
    situations_ |= played.situations;
    const bool stuck = played.breach && played.breach->stuck;
    if (!breaks(played)) {
      stuck_elsewhere_ += stuck ? 1 : 0;
      broken_elsewhere_ = broken_elsewhere_ || played.breach;
      return false;
    }
    if (stuck && played.breach->rule != bench_->rule()) {
      // It has not had the bound's time yet.
      played = run(played.program, bench_->patience(), bench_->patience());
      if (!breaks(played)) return false;
    }
    found_.push_back(std::move(played));
    size_ = program.size();
    shrink_until_ = std::chrono::steady_clock::now() + longest_shrinking;
    return true;
  }

  bool still_breaks(const Program& program) {
    if (std::chrono::steady_clock::now() >= shrink_until_) return false;
    Played played = run(program, usual(), usual());
    // Once more: one that fails now and then leads nowhere.
    if (!breaks_as_before(played) || !breaks_as_before(run(program, usual(), usual())))
      return false;
    found_.push_back(std::move(played));
    return true;
  }

  bool replay(Played& played) {
    const Program program = played.program;
    for (int i = 0; i < replays; ++i) {
      // A stuck read must be given the bound's time once.
      const nanoseconds wait = i == 0 ? bench_->patience() : usual();
      Played again = run(program, wait, wait);
      if (!breaks_as_before(again)) return false;
      if (i == 0) played = std::move(again);
    }
    return true;
  }

  [[noreturn]] void show(const Played& played, const std::string& replayed,
                         std::uint64_t seed) const {
    throw Violation(
        bench_->rule(),
        fmt::format("{}\nthe steps ({} of {} that were generated; {}):\n{}the same as code:\n{}"
                    "generated from seed {} by program {} of {}",
                    played.message, played.steps.size(), size_, replayed,
                    to_text(played.steps, played.type_names), to_code(played.steps), seed, ran_,
                    std::max(wanted_, ran_)),
        played.history);
  }

  Bench* bench_;
  const KillAndOpen* kill_;
  std::vector<Situation> needed_;
  Situations situations_;
  bool further_ = false;
  bool broken_elsewhere_ = false;
  int wanted_;
  int least_;
  std::chrono::steady_clock::time_point until_;
  int ran_ = 0;
  int stuck_elsewhere_ = 0;
  nanoseconds longest_{0};
  std::vector<Played>
      found_;  ///< the first program that broke the rule, and smaller and smaller ones
  std::size_t size_ = 0;
  std::chrono::steady_clock::time_point shrink_until_;
  std::exception_ptr thrown_;
};

/// The generator, in RapidCheck's terms.
struct Programs {
  Shape shape;

  /// RapidCheck's sizes grow slowly; a slow stream would only see the small ones.
  rc::Shrinkable<Program> operator()(const rc::Random& random, int) const {
    rc::Random own = random;
    Program program =
        generate([&own] { return own.next(); }, own.next() % (largest_size + 1), shape);
    return rc::shrinkable::shrinkRecur(std::move(program), [](const Program& failed) {
      return rc::seq::fromContainer(simpler(failed));
    });
  }
};

struct Silent final : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

}  // namespace

std::vector<std::string_view> judged_rules() {
  return {"IDN-2", "OPN-1", "OPN-2", "ORD-1", "ORD-2", "ORD-3", "ORD-4", "FLT-1", "FLT-4", "BLK-1",
          "BLK-2", "BLK-4", "CAN-1", "CAN-2", "CAN-3", "CAN-4", "CLS-1", "CLS-2", "CLS-3", "CLS-5",
          "CLS-6", "TRN-1", "TRN-2", "TRN-3", "TRN-5", "TRN-6", "TRN-7", "CON-1", "APP-3", "DUR-1"};
}

void run_sequences(Bench& bench) {
  // The other cases of that rule see to a stream that has no neighbours.
  if (bench.rule() == "IDN-2" && !(bench.capabilities().twin && bench.hooks().twin)) return;
  run_sequences_after({}, bench);
}

void run_sequences_after(const KillAndOpen& kill, Bench& bench) {
  Search search(bench, kill);
  const auto property =
      rc::gen::map(rc::Gen<Program>(Programs{shape_for(bench.rule(), bench.factory())}),
                   [&search](const Program& program) {
                     rc::detail::CaseDescription description;
                     description.result.type = search.passes(program) ? CaseResult::Type::Success
                                                                      : CaseResult::Type::Failure;
                     description.example = [] { return rc::detail::Example(); };
                     return description;
                   });
  rc::detail::TestParams params;
  params.seed = bench.random()();
  params.maxSuccess = search.wanted();
  params.maxSize = largest_size;
  Silent silent;
  (void)rc::detail::checkProperty(property, {bench.rule(), ""}, params, silent, {});
  for (params.maxSuccess = kill ? 1 : further_programs; search.wants_further();) {
    ++params.seed;
    (void)rc::detail::checkProperty(property, {bench.rule(), ""}, params, silent, {});
  }
  search.conclude(bench.settings().seed);
}

}  // namespace streamtest
