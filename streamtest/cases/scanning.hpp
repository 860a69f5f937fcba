#ifndef STREAMTEST_CASES_SCANNING_HPP
#define STREAMTEST_CASES_SCANNING_HPP

#include <streamtest/subject/bench.hpp>

// The cases of CAN-5. Internal to the cases.

namespace streamtest {

void cancel_ends_a_long_scan(Bench& bench);
void deadline_ends_a_long_scan(Bench& bench);
void unwanted_appends_extend_no_deadline(Bench& bench);

}  // namespace streamtest

#endif
