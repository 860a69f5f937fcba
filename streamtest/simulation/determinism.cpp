#include <streamtest/simulation/determinism.hpp>

namespace streamtest::simulation {
namespace {

Run run_with(const RunProgram& program, std::uint64_t seed) {
  const auto strategy = make_uniform(seed);
  (void)strategy->begin();
  return program(*strategy);
}

}  // namespace

std::optional<std::uint64_t> find_nondeterminism(const RunProgram& program,
                                                 std::uint64_t first_seed, std::uint64_t seeds) {
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const std::uint64_t seed = first_seed + i;
    const Run first = run_with(program, seed);
    const Run second = run_with(program, seed);
    if (first.hash != second.hash || first.failure != second.failure) return seed;
  }
  return std::nullopt;
}

}  // namespace streamtest::simulation
