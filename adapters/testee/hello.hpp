#ifndef TESTEE_HELLO_HPP
#define TESTEE_HELLO_HPP

#include <testee/connection.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace testee {

/// What a testee says of its stream before anything else (docs/testee-protocol.md). A plain value.
/// Which capabilities, hooks and means there are is for the reader to know.
struct Hello {
  enum class Identity { name, uuid };

  std::string name;
  std::map<std::string, Json> capabilities;
  std::vector<std::string> hooks;
  std::vector<std::string> lacks;
  std::vector<std::string> event_types;
  Identity identity = Identity::name;
  std::vector<std::uint64_t> boundaries;
  std::vector<std::string> variants;
};

/// Throws `Lost`, misbehaved, that names the member that is missing or not what it should be.
Hello hello_from(const Json& line);

}  // namespace testee

#endif
