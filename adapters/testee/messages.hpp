#ifndef TESTEE_MESSAGES_HPP
#define TESTEE_MESSAGES_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <testee/connection.hpp>

#include <vector>

// The protocol's values (docs/testee-protocol.md) and the contract's. What a testee wrote is read
// strictly: a member that is missing or of another kind throws `Lost`, misbehaved.

namespace testee {

Json to_json(const eventstream::Identity& identity);
Json to_json(const eventstream::Envelope& envelope);
Json to_json(const eventstream::EventTypeSet& types);

eventstream::Identity identity_from(const Json& value);
eventstream::EventTypeSet types_from(const Json& value);
eventstream::Event event_from(const Json& value);
eventstream::Offset offset_from(const Json& value);
std::vector<eventstream::Offset> offsets_from(const Json& value);

/// The answer's "ok", or its error; words that are not in the contract are `backend_failure`.
eventstream::Result<Json> result_from(const Json& answer);

}  // namespace testee

#endif
