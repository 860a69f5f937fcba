#ifndef EVENTSTREAM_IDENTITY_HPP
#define EVENTSTREAM_IDENTITY_HPP

#include <compare>
#include <memory>
#include <string>

namespace eventstream {

/// Who somebody is: a name for people, which may change, and a key for machines, which never does.
/// Two identities are the same if both parts are, byte for byte (rule IDN-1).
///
/// An immutable value, and a shared handle: copying costs a reference count, and copies of one
/// identity are compared without looking at the text. Copies may be used from different threads at
/// once.
class Identity {
 public:
  /// Nobody: both parts are empty.
  Identity() = default;
  Identity(std::string name, std::string key)
      : parts_(std::make_shared<const Parts>(Parts{std::move(name), std::move(key)})) {}

  const std::string& name() const noexcept { return parts().name; }
  const std::string& key() const noexcept { return parts().key; }

  friend bool operator==(const Identity& left, const Identity& right) noexcept {
    return left.parts_ == right.parts_ || left.parts() == right.parts();
  }
  friend std::strong_ordering operator<=>(const Identity& left, const Identity& right) noexcept {
    return left.parts() <=> right.parts();
  }

 private:
  struct Parts {
    std::string name;
    std::string key;

    friend auto operator<=>(const Parts&, const Parts&) = default;
  };

  const Parts& parts() const noexcept {
    if (parts_) return *parts_;
    static const Parts nobody;
    return nobody;
  }

  std::shared_ptr<const Parts> parts_;
};

}  // namespace eventstream

#endif
