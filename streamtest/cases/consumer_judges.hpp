#ifndef STREAMTEST_CASES_CONSUMER_JUDGES_HPP
#define STREAMTEST_CASES_CONSUMER_JUDGES_HPP

#include <streamtest/subject/stage.hpp>

#include <string>
#include <vector>

// What a consumer did, held against one rule each: what is wrong in words, or nothing. They know
// nothing of how a consumer is built: it may ask for the event types once or at every restart, take
// its permit before it reads, and do things in between. Internal to the cases.

namespace streamtest {

using Judge = std::string (*)(const Script&, const std::vector<Act>&);

/// CNS-1: where it opened, with which types, and which offset it passed.
std::string misplaced(const Script& script, const std::vector<Act>& acts);
/// CNS-2: what it handed on, in which order.
std::string disordered(const Script& script, const std::vector<Act>& acts);
/// CNS-3: what must not reach the handler, and what followed it.
std::string trusting(const Script& script, const std::vector<Act>& acts);
/// CNS-4: after how many failures it asked for a delay, and how long it waited.
std::string impatient(const Script& script, const std::vector<Act>& acts);
/// CNS-4, of any strategy: how long it waited.
std::string waiting_strangely(const Script& script, const std::vector<Act>& acts);
/// CNS-6: what it kept open or held while it went on.
std::string withholding(const Script& script, const std::vector<Act>& acts);
/// CNS-7: the handler ran without a permit.
std::string unpermitted(const Script& script, const std::vector<Act>& acts);

}  // namespace streamtest

#endif
