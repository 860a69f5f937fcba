#include <streamtest/schedule/unfair.hpp>

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace streamtest {
namespace {

/// Of several moves of one actor the first given is made: handlers of one executor stay in order
/// here, other strategies mix them.
class Pct final : public Unfair {
 public:
  Pct(std::uint64_t seed, unsigned depth, std::shared_ptr<Length> length)
      : Unfair(seed, std::move(length)), lowered_at_(depth - 1) {}

  std::string name() const override { return fmt::format("PCT {}", lowered_at_.size() + 1); }
  std::optional<PctRun> pct() const override {
    return PctRun{.depth = static_cast<unsigned>(lowered_at_.size() + 1), .reach = reach_};
  }

 private:
  bool begin_run() override {
    priorities_.clear();
    reach_ = length().expected();
    for (std::uint64_t& at : lowered_at_) at = random().below(reach_);
    return true;
  }

  std::size_t choose_at(std::uint64_t at, std::span<const Move> moves) override {
    std::size_t highest = highest_of(moves);
    // As in the paper, the n-th point lowers to n, whichever of the points comes first.
    for (std::size_t i = 0; i < lowered_at_.size(); ++i) {
      if (lowered_at_[i] != at) continue;
      priorities_[moves[highest].actor] = i + 1;
      highest = highest_of(moves);
    }
    return highest;
  }

  std::size_t pick_at(std::uint64_t, std::size_t count) override {
    return count == 1 ? 0 : random().below(count);
  }

  std::size_t highest_of(std::span<const Move> moves) {
    std::size_t highest = 0;
    std::uint64_t priority = 0;
    for (std::size_t i = 0; i < moves.size(); ++i) {
      const std::uint64_t its = priority_of(moves[i].actor);
      if (its > priority) {
        highest = i;
        priority = its;
      }
    }
    return highest;
  }

  std::uint64_t priority_of(Actor actor) {
    if (priorities_.size() <= actor) priorities_.resize(actor + 1);
    // Above every lowered one.
    if (priorities_[actor] == 0) priorities_[actor] = random().next() | std::uint64_t{1} << 63;
    return priorities_[actor];
  }

  std::uint64_t reach_ = 0;
  std::vector<std::uint64_t> lowered_at_;
  std::vector<std::uint64_t> priorities_;  ///< by actor; 0 until it is seen
};

}  // namespace

std::unique_ptr<Strategy> make_pct(std::uint64_t seed, unsigned depth,
                                   std::shared_ptr<Length> length) {
  if (depth == 0) throw std::invalid_argument("PCT: the depth of a bug is 1 or more");
  return std::make_unique<Pct>(seed, depth, std::move(length));
}

std::unique_ptr<Strategy> make_pct(std::uint64_t seed, unsigned depth) {
  return make_pct(seed, depth, std::make_shared<Length>());
}

double pct_miss(unsigned depth, std::uint64_t actors, std::uint64_t choices, std::uint64_t runs) {
  if (depth == 0 || actors == 0 || choices == 0)
    throw std::invalid_argument("pct_miss: depth, actors and choices are 1 or more");
  const double orders =
      static_cast<double>(actors) * std::pow(static_cast<double>(choices), depth - 1.0);
  if (orders <= 1) return runs == 0 ? 1 : 0;
  return std::exp(static_cast<double>(runs) * std::log1p(-1 / orders));
}

}  // namespace streamtest
