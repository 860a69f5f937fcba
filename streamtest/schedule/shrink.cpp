#include <streamtest/schedule/course.hpp>
#include <streamtest/schedule/search.hpp>

#include <algorithm>
#include <utility>

namespace streamtest {
namespace {

/// Holds the smallest failing schedule so far. What is tried differs from it, fails in the same
/// way, and takes its place: as the run made it, without deviations that turned out impossible.
class Shrinker {
 public:
  Shrinker(Failing failing, const RunProgram& program, const std::function<bool()>& more)
      : smallest_(std::move(failing)), program_(&program), more_(&more) {}

  Failing shrunk() && {
    // A failure that doesn't come back can't be told from one that was shrunk too far.
    if (!fails(smallest_.schedule) || fails({})) return std::move(smallest_);
    bool changed = true;
    while (changed && !ended_) {
      leave_out();
      changed = choose_smaller() || rearrange() || end_otherwise();
    }
    return std::move(smallest_);
  }

 private:
  /// Whether there may be one more run; never again after a no.
  bool may_run() {
    ended_ = ended_ || !(*more_)();
    return !ended_;
  }

  std::vector<Deviation>& deviations() { return smallest_.schedule.deviations; }

  bool fails(const Schedule& schedule) {
    Replay replay(schedule);
    return fails(replay, [](const Schedule&, const Course&) { return true; });
  }

  /// True if the run failed in the same way and is one that `is_wanted`.
  bool fails(Chooser& chooser, const auto& is_wanted) {
    if (!may_run()) return false;
    Surveyor surveyor(chooser);
    Recorder recorder(surveyor);
    Run run = (*program_)(recorder);
    if (run.failure != smallest_.run.failure) return false;
    if (!is_wanted(recorder.schedule(), surveyor.course())) return false;
    smallest_.schedule = recorder.schedule();
    smallest_.run = std::move(run);
    course_ = surveyor.course();
    return true;
  }

  /// Delta debugging: parts that get smaller are left out, in the end each deviation alone.
  void leave_out() {
    std::size_t parts = 2;
    while (!deviations().empty() && !ended_) {
      parts = std::min(parts, deviations().size());
      if (leave_out_a_part_of(parts))
        parts = std::max<std::size_t>(parts - 1, 2);
      else if (parts == deviations().size())
        return;
      else
        parts *= 2;
    }
  }

  bool leave_out_a_part_of(std::size_t parts) {
    const std::size_t size = deviations().size();
    for (std::size_t part = 0; part < parts; ++part) {
      const auto from = static_cast<std::ptrdiff_t>(size * part / parts);
      const auto to = static_cast<std::ptrdiff_t>(size * (part + 1) / parts);
      Schedule without = smallest_.schedule;
      without.deviations.erase(without.deviations.begin() + from, without.deviations.begin() + to);
      if (fails(without)) return true;
    }
    return false;
  }

  /// True if one was made smaller: others may be left out now.
  bool choose_smaller() {
    bool changed = false;
    for (std::size_t i = 0; i < deviations().size(); ++i)
      for (std::uint32_t choice = 1; i < deviations().size() && choice < deviations()[i].choice;
           ++choice) {
        Schedule smaller = smallest_.schedule;
        smaller.deviations[i].choice = choice;
        if (!fails(smaller)) continue;
        changed = true;
        break;
      }
    return changed;
  }

  /// Deviations that only make sense together can't be left out alone: actors that wait for one
  /// another to begin, say. To let an actor do at one go what it did in two leaves out both ends of
  /// what was in between.
  bool rearrange() {
    const auto is_simpler = [this](const Schedule& schedule, const Course& course) {
      return std::pair(schedule.deviations.size(), course.stretches.size()) <
             std::pair(deviations().size(), course_.stretches.size());
    };
    // Each that is taken becomes the course, so this one is held.
    return try_with_a_switch_less(Course(course_), [&](Course candidate) {
      CourseReplay replay(std::move(candidate));
      return fails(replay, is_simpler) || ended_;
    });
  }

  /// One deviation in place of the last two or more. Deviations stand at numbers of choices:
  /// leaving out one moves what the others meant, so that a few can depend on one another though a
  /// single one, elsewhere, does it.
  bool end_otherwise() {
    for (std::size_t kept = 0; kept + 1 < deviations().size() && !ended_; ++kept)
      if (end_otherwise_after(kept)) return true;
    return false;
  }

  bool end_otherwise_after(std::size_t kept) {
    Schedule candidate = smallest_.schedule;
    candidate.deviations.resize(kept);
    const std::uint64_t from = kept == 0 ? 0 : candidate.deviations.back().at + 1;
    Replay replay(candidate);
    Surveyor surveyor(replay);
    if (!may_run()) return false;
    (void)(*program_)(surveyor);
    candidate.deviations.emplace_back();
    for (std::uint64_t at = from; at < surveyor.counts().size(); ++at)
      for (std::uint32_t choice = 1; choice < surveyor.counts()[at]; ++choice) {
        candidate.deviations.back() = {.at = at, .choice = choice};
        if (fails(candidate)) return true;
        if (ended_) return false;
      }
    return false;
  }

  Failing smallest_;
  Course course_;  ///< of its run
  const RunProgram* program_;
  const std::function<bool()>* more_;
  bool ended_ = false;
};

}  // namespace

Failing shrink(Failing failing, const RunProgram& program, const std::function<bool()>& more) {
  return Shrinker(std::move(failing), program, more).shrunk();
}

Failing shrink(Failing failing, const RunProgram& program, std::uint64_t most_runs) {
  return shrink(std::move(failing), program, [&most_runs] { return most_runs-- > 0; });
}

Failing with_fewer_deviations(Failing failing, const RunProgram& program,
                              const std::function<bool()>& more) {
  constexpr std::size_t easily_read = 2;
  if (failing.schedule.deviations.size() <= easily_read) return failing;
  const RunProgram same_failure = [&](Chooser& chooser) {
    Run result = program(chooser);
    if (result.failure != failing.run.failure) result.failure.clear();
    return result;
  };
  std::uint64_t runs = 0;
  const auto strategy = make_bounded_search(easily_read);
  const auto found = search(*strategy, same_failure, more, runs);
  if (!found) return failing;
  Failing smaller = shrink(*found, program, more);
  smaller.strategy = std::move(failing.strategy);
  smaller.schedules = failing.schedules;
  return smaller;
}

}  // namespace streamtest
