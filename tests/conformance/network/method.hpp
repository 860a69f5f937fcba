#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_METHOD_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_METHOD_HPP

#include <string>

// What a server can be called for, as it stands in a call's path.

namespace network::method {

inline const std::string consume = "/dogma.interop.v1.eventstream.StreamAPI/Consume";
inline const std::string event_types = "/dogma.interop.v1.eventstream.StreamAPI/EventTypes";
inline const std::string reset = "/streamtest.control.v1.Control/Reset";
inline const std::string append = "/streamtest.control.v1.Control/Append";
inline const std::string truncate = "/streamtest.control.v1.Control/Truncate";

}  // namespace network::method

#endif
