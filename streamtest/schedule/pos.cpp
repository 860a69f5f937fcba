#include <streamtest/schedule/unfair.hpp>

#include <utility>
#include <vector>

namespace streamtest {
namespace {

class Pos final : public Unfair {
 public:
  Pos(std::uint64_t seed, std::shared_ptr<Length> length) : Unfair(seed, std::move(length)) {}

  std::string name() const override { return "POS"; }

 private:
  struct Pending {
    Move move;
    std::uint64_t priority = 0;
  };

  bool begin_run() override {
    pending_.clear();
    return true;
  }

  std::size_t choose_at(std::uint64_t, std::span<const Move> moves) override {
    now_.clear();
    for (const Move& move : moves) now_.push_back({move, priority_of(move)});
    pending_.swap(now_);
    const auto highest = std::ranges::max_element(pending_, {}, &Pending::priority);
    const auto chosen = static_cast<std::size_t>(highest - pending_.begin());
    forget_what_depends_on(moves[chosen]);
    return chosen;
  }

  std::size_t pick_at(std::uint64_t, std::size_t count) override {
    return count == 1 ? 0 : random().below(count);
  }

  std::uint64_t priority_of(const Move& move) {
    const auto known = std::ranges::find_if(pending_, [&](const Pending& each) {
      return each.move.actor == move.actor && each.move.since == move.since;
    });
    return known == pending_.end() || known->move.object != move.object ? random().next()
                                                                        : known->priority;
  }

  /// The move made is gone, and those that touch the same are drawn anew when they are next seen.
  /// Where objects aren't known nothing is: to draw all anew would be a uniform choice.
  void forget_what_depends_on(const Move& made) {
    std::erase_if(pending_, [&](const Pending& each) {
      return (each.move.actor == made.actor && each.move.since == made.since) ||
             (made.object != 0 && each.move.object == made.object);
    });
  }

  std::vector<Pending> pending_;
  std::vector<Pending> now_;
};

}  // namespace

std::unique_ptr<Strategy> make_pos(std::uint64_t seed, std::shared_ptr<Length> length) {
  return std::make_unique<Pos>(seed, std::move(length));
}

std::unique_ptr<Strategy> make_pos(std::uint64_t seed) {
  return make_pos(seed, std::make_shared<Length>());
}

}  // namespace streamtest
