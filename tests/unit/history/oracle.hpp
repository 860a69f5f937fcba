#ifndef STREAMTEST_TESTS_UNIT_HISTORY_ORACLE_HPP
#define STREAMTEST_TESTS_UNIT_HISTORY_ORACLE_HPP

#include <streamtest/history/checker.hpp>
#include <streamtest/history/record.hpp>

namespace streamtest {

/// True if some order of the calls' effects, each somewhere between its invocation and its return,
/// explains the record: a search through all of them, for records of a dozen calls. It knows
/// append, open, next, try_next and truncate, and streams that hold no cut events or any number.
/// `allowances.dense` false: offsets only have to rise.
bool explainable(const Record& record, const Allowances& allowances);

}  // namespace streamtest

#endif
