#include <streamtest/schedule/unfair.hpp>

#include <array>
#include <utility>

namespace streamtest {
namespace {

class Portfolio final : public Strategy {
 public:
  explicit Portfolio(std::uint64_t seed) {
    Random seeds(seed);
    members_[fifo] = make_fifo();
    members_[bounded] = make_bounded_search(1, 300, length_);
    for (unsigned depth = 2; depth <= 5; ++depth)
      members_[pct2 + depth - 2] = make_pct(seeds.next(), depth, length_);
    members_[pos] = make_pos(seeds.next(), length_);
    members_[uniform] = make_uniform(seeds.next());
  }

  bool begin() override {
    now_ = fifo;
    if (members_[fifo]->begin()) return true;
    const std::size_t turn = turns_++ % order.size();
    now_ = order[turn];
    // Only bounded search ends.
    if (!members_[now_]->begin()) {
      now_ = instead[turn];
      members_[now_]->begin();
    }
    return true;
  }

  void end(std::uint64_t choices) override { members_[now_]->end(choices); }

  std::string name() const override { return members_[now_]->name(); }
  std::optional<PctRun> pct() const override { return members_[now_]->pct(); }
  std::size_t choose(std::span<const Move> moves) override { return members_[now_]->choose(moves); }
  std::size_t pick(std::size_t count) override { return members_[now_]->pick(count); }

 private:
  enum Member : std::size_t { fifo, bounded, pct2, pct3, pct4, pct5, pos, uniform, members };

  static constexpr std::array order{bounded, pct2, pos,     bounded, pct3,
                                    uniform, pct4, bounded, pos,     pct5};
  static constexpr std::array instead{pos, pct2, pos, pct2, pct3, uniform, pct4, pct3, pos, pct5};

  std::shared_ptr<Length> length_ = std::make_shared<Length>();
  std::array<std::unique_ptr<Strategy>, members> members_;
  std::size_t now_ = fifo;
  std::size_t turns_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> make_portfolio(std::uint64_t seed) {
  return std::make_unique<Portfolio>(seed);
}

}  // namespace streamtest
