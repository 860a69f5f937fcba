#ifndef STREAMTEST_HISTORY_EXPLORED_JSON_HPP
#define STREAMTEST_HISTORY_EXPLORED_JSON_HPP

#include <streamtest/history/explored.hpp>
#include <streamtest/history/strict_json.hpp>

namespace streamtest {

// The member `run.exploration` of a report (docs/exploration.md). Internal to the kit.
nlohmann::ordered_json json_of(const Explored& explored);

/// What json_of() wrote. Throws `std::invalid_argument` that names the field if it is anything
/// else.
Explored explored_from_json(const Field& field);

}  // namespace streamtest

#endif
