#ifndef STREAMTEST_EXPLORE_SIMULATED_WAY_HPP
#define STREAMTEST_EXPLORE_SIMULATED_WAY_HPP

#include <streamtest/subject/bench.hpp>

#include <string>

namespace streamtest {

/// A small program in the simulated way, as a rehearsal: empty if the bench's stream runs there as
/// it claims, else why it doesn't. Under control where threads can be, so that a call that blocks
/// the only thread there is is told, and not waited for.
std::string rehearse(Bench& bench);

}  // namespace streamtest

#endif
