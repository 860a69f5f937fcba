#ifndef STREAMTEST_CASES_CONCURRENT_APPENDING_HPP
#define STREAMTEST_CASES_CONCURRENT_APPENDING_HPP

#include <streamtest/subject/bench.hpp>

// What several appenders do at once, for the rules CON-2 and APP-2. Internal to the cases.

namespace streamtest {

void concurrent_appends_all_arrive(Bench& bench);
void a_failure_among_appends_leaves_no_gap(Bench& bench);

}  // namespace streamtest

#endif
