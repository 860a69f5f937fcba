#ifndef STREAMTEST_SIMULATION_DETERMINISM_HPP
#define STREAMTEST_SIMULATION_DETERMINISM_HPP

#include <streamtest/schedule/search.hpp>

#include <cstdint>
#include <optional>

namespace streamtest::simulation {

/// Runs the program twice with each of so many seeds, in uniformly random order, and compares
/// failures and hashes. Returns the first seed with which they differ: something then escapes the
/// simulation (a thread, a real clock, random numbers, an order of addresses), and what fails in it
/// can't be replayed. Nothing if all were the same.
std::optional<std::uint64_t> find_nondeterminism(const RunProgram& program,
                                                 std::uint64_t first_seed = 0,
                                                 std::uint64_t seeds = 10);

}  // namespace streamtest::simulation

#endif
