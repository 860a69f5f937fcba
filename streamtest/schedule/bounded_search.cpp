#include <streamtest/schedule/unfair.hpp>

#include <fmt/format.h>

#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

namespace streamtest {
namespace {

/// Breadth first, because a bug that needs few deviations should meet the search early. Each run
/// of fewer deviations than the bound leaves a node behind: its deviations and where, after the
/// last of them, the next one may stand. So each schedule is made once.
class BoundedSearch final : public Unfair {
 public:
  BoundedSearch(unsigned deviations, unsigned quantum, std::shared_ptr<Length> length)
      : Unfair(fixed_seed, std::move(length)), bound_(deviations), quantum_(quantum) {}

  std::string name() const override {
    return fmt::format("bounded search, {} deviation{}", now_.size(), now_.size() == 1 ? "" : "s");
  }

 private:
  /// Counted from what the base order does there: 0 is that, as in a schedule.
  struct Detour {
    std::uint64_t at = 0;
    std::size_t alternative = 0;
  };
  struct Branch {
    std::uint64_t at = 0;
    std::size_t count = 0;
  };
  struct Node {
    std::vector<Detour> detours;
    std::vector<Branch> branches;
  };

  // It is drawn from for the order of branches and the fair tail only.
  static constexpr std::uint64_t fixed_seed = 1;

  bool begin_run() override {
    if (!next()) return false;
    branches_.clear();
    taken_ = 0;
    streak_ = 0;
    last_ = no_actor;
    return true;
  }

  /// What is to be run now; false if everything was.
  bool next() {
    if (!std::exchange(begun_, true)) return true;
    while (!nodes_.empty()) {
      Node& node = nodes_.front();
      if (!node.branches.empty()) {
        const Branch branch = node.branches.back();
        now_ = node.detours;
        now_.push_back({branch.at, alternative_});
        if (++alternative_ == branch.count) {
          alternative_ = 1;
          node.branches.pop_back();
        }
        return true;
      }
      nodes_.pop_front();
    }
    return false;
  }

  void end_run() override {
    if (now_.size() == bound_) return;
    // Mixed, or a long run would be searched from its beginning only.
    for (std::size_t i = branches_.size(); i > 1; --i)
      std::swap(branches_[i - 1], branches_[random().below(i)]);
    nodes_.push_back({now_, branches_});
  }

  std::size_t choose_at(std::uint64_t at, std::span<const Move> moves) override {
    const std::size_t chosen = (base(moves) + detour(at, moves.size())) % moves.size();
    const bool others =
        std::ranges::any_of(moves, [&](const Move& m) { return m.actor != moves[chosen].actor; });
    if (moves[chosen].actor != last_) streak_ = 0;
    if (others) ++streak_;
    last_ = moves[chosen].actor;
    return chosen;
  }

  std::size_t pick_at(std::uint64_t at, std::size_t count) override { return detour(at, count); }

  /// The first move, unless its actor has gone on for long enough.
  std::size_t base(std::span<const Move> moves) const {
    if (streak_ < quantum_ || moves.front().actor != last_) return 0;
    const auto other =
        std::ranges::find_if(moves, [&](const Move& move) { return move.actor != last_; });
    return other == moves.end() ? 0 : static_cast<std::size_t>(other - moves.begin());
  }

  std::size_t detour(std::uint64_t at, std::size_t count) {
    if (taken_ < now_.size()) {
      if (now_[taken_].at != at) return 0;
      // A program that isn't deterministic may have fewer ways to go here than it had before.
      return now_[taken_++].alternative % count;
    }
    if (count > 1 && now_.size() < bound_) branches_.push_back({at, count});
    return 0;
  }

  /// The base order is fair by its quantum; it must have the time to show it.
  std::uint64_t least() const override { return std::uint64_t{20} * quantum_; }

  static constexpr std::uint64_t no_actor = ~std::uint64_t{0};

  unsigned bound_;
  unsigned quantum_;
  bool begun_ = false;
  std::deque<Node> nodes_;
  std::size_t alternative_ = 1;  ///< the next one of the first node's last branch
  std::vector<Detour> now_;      ///< the run that was begun last
  std::vector<Branch> branches_;
  std::size_t taken_ = 0;
  std::uint64_t streak_ = 0;
  std::uint64_t last_ = no_actor;
};

}  // namespace

std::unique_ptr<Strategy> make_bounded_search(unsigned deviations, unsigned quantum,
                                              std::shared_ptr<Length> length) {
  if (quantum == 0) throw std::invalid_argument("bounded search: the quantum is 1 or more");
  return std::make_unique<BoundedSearch>(deviations, quantum, std::move(length));
}

std::unique_ptr<Strategy> make_bounded_search(unsigned deviations, unsigned quantum) {
  return make_bounded_search(deviations, quantum, std::make_shared<Length>());
}

}  // namespace streamtest
