#ifndef STREAMTEST_CASES_CONDITIONAL_APPENDING_HPP
#define STREAMTEST_CASES_CONDITIONAL_APPENDING_HPP

#include <streamtest/subject/bench.hpp>

// The cases of APP-5. Internal to the cases.

namespace streamtest {

void wrong_expectations_conflict(Bench& bench);
void one_of_racing_appends_succeeds(Bench& bench);

}  // namespace streamtest

#endif
