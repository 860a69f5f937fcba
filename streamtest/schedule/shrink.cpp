#include <streamtest/schedule/search.hpp>

#include <algorithm>
#include <utility>

namespace streamtest {
namespace {

/// Replays, and notes how many ways there were to go on at each choice.
class Scout final : public Chooser {
 public:
  explicit Scout(Schedule schedule) : replay_(std::move(schedule)) {}

  std::size_t choose(std::span<const Move> moves) override {
    counts_.push_back(moves.size());
    return replay_.choose(moves);
  }
  std::size_t pick(std::size_t count) override {
    counts_.push_back(count);
    return replay_.pick(count);
  }

  const std::vector<std::size_t>& counts() const { return counts_; }

 private:
  Replay replay_;
  std::vector<std::size_t> counts_;
};

/// Holds the smallest failing schedule so far. What is tried differs from it, fails in the same
/// way, and takes its place: as the run made it, without deviations that turned out impossible.
class Shrinker {
 public:
  Shrinker(Failing failing, const RunProgram& program, std::uint64_t most_runs)
      : smallest_(std::move(failing)), program_(&program), runs_left_(most_runs) {}

  Failing shrunk() && {
    // A failure that doesn't come back can't be told from one that was shrunk too far.
    if (!fails(smallest_.schedule) || fails({})) return std::move(smallest_);
    bool changed = true;
    while (changed && runs_left_ > 0) {
      leave_out();
      changed = choose_smaller() || end_otherwise();
    }
    return std::move(smallest_);
  }

 private:
  std::vector<Deviation>& deviations() { return smallest_.schedule.deviations; }

  bool fails(const Schedule& schedule) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    Replay replay(schedule);
    Recorder recorder(replay);
    Run run = (*program_)(recorder);
    if (run.failure != smallest_.run.failure) return false;
    smallest_.schedule = recorder.schedule();
    smallest_.run = std::move(run);
    return true;
  }

  /// Delta debugging: parts that get smaller are left out, in the end each deviation alone.
  void leave_out() {
    std::size_t parts = 2;
    while (!deviations().empty() && runs_left_ > 0) {
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

  /// One deviation in place of the last two or more. Deviations stand at numbers of choices:
  /// leaving out one moves what the others meant, so that a few can depend on one another though a
  /// single one, elsewhere, does it.
  bool end_otherwise() {
    for (std::size_t kept = 0; kept + 1 < deviations().size() && runs_left_ > 0; ++kept)
      if (end_otherwise_after(kept)) return true;
    return false;
  }

  bool end_otherwise_after(std::size_t kept) {
    Schedule candidate = smallest_.schedule;
    candidate.deviations.resize(kept);
    const std::uint64_t from = kept == 0 ? 0 : candidate.deviations.back().at + 1;
    Scout scout(candidate);
    --runs_left_;
    (void)(*program_)(scout);
    candidate.deviations.emplace_back();
    for (std::uint64_t at = from; at < scout.counts().size(); ++at)
      for (std::uint32_t choice = 1; choice < scout.counts()[at]; ++choice) {
        candidate.deviations.back() = {.at = at, .choice = choice};
        if (fails(candidate)) return true;
        if (runs_left_ == 0) return false;
      }
    return false;
  }

  Failing smallest_;
  const RunProgram* program_;
  std::uint64_t runs_left_;
};

}  // namespace

Failing shrink(Failing failing, const RunProgram& program, std::uint64_t most_runs) {
  return Shrinker(std::move(failing), program, most_runs).shrunk();
}

}  // namespace streamtest
