#ifndef STREAMTEST_SIMULATION_THREADS_HPP
#define STREAMTEST_SIMULATION_THREADS_HPP

#include <cstddef>

namespace streamtest::simulation {

/// The number of threads that this process has now; 0 where the system doesn't say.
std::size_t threads_of_this_process();

}  // namespace streamtest::simulation

#endif
