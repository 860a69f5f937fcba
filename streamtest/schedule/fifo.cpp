#include <streamtest/schedule/strategy.hpp>

#include <algorithm>
#include <utility>

namespace streamtest {
namespace {

class Fifo final : public Strategy {
 public:
  bool begin() override { return !std::exchange(begun_, true); }
  void end(std::uint64_t) override {}
  std::string name() const override { return "FIFO"; }

  std::size_t choose(std::span<const Move> moves) override {
    const auto oldest = std::ranges::min_element(moves, {}, &Move::since);
    return static_cast<std::size_t>(oldest - moves.begin());
  }
  std::size_t pick(std::size_t) override { return 0; }

 private:
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Strategy> make_fifo() {
  return std::make_unique<Fifo>();
}

}  // namespace streamtest
