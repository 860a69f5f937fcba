#ifndef STREAMTEST_CASES_CONCURRENT_APPENDING_HPP
#define STREAMTEST_CASES_CONCURRENT_APPENDING_HPP

#include <streamtest/subject/bench.hpp>

// The case of CON-2. Internal to the cases.

namespace streamtest {

void concurrent_appends_all_arrive(Bench& bench);

}  // namespace streamtest

#endif
