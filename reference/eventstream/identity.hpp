#ifndef EVENTSTREAM_IDENTITY_HPP
#define EVENTSTREAM_IDENTITY_HPP

#include <compare>
#include <string>

namespace eventstream {

/// Who somebody is: a name for people, which may change, and a key for machines, which never does.
/// A plain value; two identities are the same if both parts are (rule IDN-1).
struct Identity {
  std::string name;
  std::string key;

  friend auto operator<=>(const Identity&, const Identity&) = default;
};

}  // namespace eventstream

#endif
