#ifndef STREAMTEST_EXPLORE_REHEARSAL_HPP
#define STREAMTEST_EXPLORE_REHEARSAL_HPP

#include <streamtest/subject/bench.hpp>

#include <string>

// What is done with a bench's stream before any order of it is explored: a small program that makes
// every call that a program makes.

namespace streamtest {

/// By free threads. What all streams of a process share comes to life with the first of them, as
/// does a thread that wakes their readers: here, for what is made in a run under control sleeps
/// with it for ever. Once in a process for each factory and delivery. Nobody asks whether the
/// stream does well; one that is stuck costs up to twice the bench's patience, and its threads are
/// left where they are.
void bring_to_life(Bench& bench);

/// In the simulated way: empty if the bench's stream runs there as it claims, else why it doesn't.
/// One that blocks the only thread there is is told: at once where threads can be under control,
/// else when the bench's patience is over, and that thread is left where it is.
std::string rehearse(Bench& bench);

}  // namespace streamtest

#endif
