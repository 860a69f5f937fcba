#ifndef STREAMTEST_SCHED_LIBRARIES_HPP
#define STREAMTEST_SCHED_LIBRARIES_HPP

namespace streamtest::sched::detail {

/// Finds where SQLite lies in memory. Called before a run; what a run itself loads is found by the
/// next.
void find_libraries();

/// True for SQLite's code and for its static data, if it is a shared library.
///
/// Its thousands of locks a transaction guard its own bookkeeping, and would be nine tenths of all
/// points. Whoever calls it is interrupted where it takes the connection's lock; that it takes the
/// allocator's, or gives one back, changes nothing that the stream could see.
bool is_of_sqlite(const void* address);

}  // namespace streamtest::sched::detail

#endif
