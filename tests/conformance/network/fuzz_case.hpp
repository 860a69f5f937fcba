#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_FUZZ_CASE_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_FUZZ_CASE_HPP

#include "fuzzed_server.hpp"

#include <cstdint>
#include <string>

namespace network {

/// Does to the server what the seed says for the case of this number, which is the same whatever
/// came before, and judges how it answers. What was expected and what was seen; empty if all is
/// well. Throws CallHangs.
std::string run_case(FuzzedServer& server, std::uint64_t seed, std::uint64_t number);

}  // namespace network

#endif
