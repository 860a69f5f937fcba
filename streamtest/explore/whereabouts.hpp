#ifndef STREAMTEST_EXPLORE_WHEREABOUTS_HPP
#define STREAMTEST_EXPLORE_WHEREABOUTS_HPP

#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/schedule/schedule.hpp>

#include <memory>
#include <string>
#include <vector>

namespace streamtest {

/// Where in the source everybody stood in a run of that order: a sentence for each switch that the
/// order demands, and one for each actor whose call never returned. For a place without debug
/// information they name function and offset; without symbols, the file.
///
/// Does the performance, which must be a fresh one. Empty if the way isn't exact, if it was another
/// run than the one with that hash, or if nothing is known: what it tells is for people, and no
/// failure depends on it. One run, and one call of addr2line for each file that is asked about.
std::vector<std::string> whereabouts(Way& way, const Schedule& schedule, std::uint64_t hash,
                                     const std::shared_ptr<Performance>& performance);

}  // namespace streamtest

#endif
