#ifndef TESTS_UNIT_EXPLORE_POWERLESS_CONTROL_HPP
#define TESTS_UNIT_EXPLORE_POWERLESS_CONTROL_HPP

/// How often the control of threads that stands for streamtest::sched in this program was asked for
/// its self-check, which fails.
int powerless_self_checks();

#endif
