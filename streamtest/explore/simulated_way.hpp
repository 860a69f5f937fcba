#ifndef STREAMTEST_EXPLORE_SIMULATED_WAY_HPP
#define STREAMTEST_EXPLORE_SIMULATED_WAY_HPP

#include <streamtest/explore/concurrent_program.hpp>
#include <streamtest/subject/bench.hpp>

#include <string>

namespace streamtest {

/// A small program in the simulated way, as a rehearsal: empty if the bench's stream runs there as
/// it claims, else why it doesn't. Makes every call that a program makes. One that blocks the only
/// thread there is is told: at once where threads can be under control, else when the bench's
/// patience is over, and that thread is left where it is.
std::string rehearse(Bench& bench);

/// A small program that makes every call that a program may make of this bench's stream.
ConcurrentProgram every_call(const Bench& bench);

}  // namespace streamtest

#endif
