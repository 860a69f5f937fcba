#include <streamtest/schedule/random.hpp>
#include <streamtest/schedule/strategy.hpp>

namespace streamtest {
namespace {

class Uniform final : public Strategy {
 public:
  explicit Uniform(std::uint64_t seed) : random_(seed) {}

  bool begin() override { return true; }
  void end(std::uint64_t) override {}
  std::string name() const override { return "uniform"; }

  std::size_t choose(std::span<const Move> moves) override { return pick(moves.size()); }
  std::size_t pick(std::size_t count) override { return count == 1 ? 0 : random_.below(count); }

 private:
  Random random_;
};

}  // namespace

std::unique_ptr<Strategy> make_uniform(std::uint64_t seed) {
  return std::make_unique<Uniform>(seed);
}

}  // namespace streamtest
