#ifndef STREAMTEST_CASES_CONSUMER_STOPPING_HPP
#define STREAMTEST_CASES_CONSUMER_STOPPING_HPP

#include <streamtest/subject/bench.hpp>

// How a consumer ends, and what it gives back: bodies of cases. Internal to the cases.

namespace streamtest {

void a_stop_ends_every_wait(Bench& bench);
void a_stop_ends_the_wait_for_a_permit(Bench& bench);
void a_stop_comes_before_the_start(Bench& bench);
void nothing_wanted_is_a_normal_end(Bench& bench);
void every_failure_gives_everything_back(Bench& bench);
void every_end_gives_everything_back(Bench& bench);

}  // namespace streamtest

#endif
