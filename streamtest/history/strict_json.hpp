#ifndef STREAMTEST_HISTORY_STRICT_JSON_HPP
#define STREAMTEST_HISTORY_STRICT_JSON_HPP

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Reading JSON that others may have written by hand. Internal to the kit: for reports, lists
// and records.

namespace streamtest {

/// A value of a JSON text with its path, so that what is wrong is named. Every member throws
/// `std::invalid_argument` that says what is wrong where. The library's own conversions aren't
/// used: they take -1 for a count and true for a number. The text must outlive it.
class Field {
 public:
  using Json = nlohmann::ordered_json;

  /// `what` is what the whole text is called in errors.
  Field(const Json& value, std::string what) : value_(&value), what_(std::move(what)) {}

  /// The member of that name, which must be there.
  Field at(const std::string& name) const;
  /// Where it stands, as errors name it: "calls[3].offset".
  std::string path() const { return path_.empty() ? what_ : path_; }
  bool has(const std::string& name) const;
  /// A field that nobody reads could claim anything, and a reader would believe it.
  void has_only(std::initializer_list<std::string_view> names) const;
  std::vector<Field> elements() const;
  std::vector<std::pair<std::string, std::string>> members() const;
  std::string text() const;
  /// The text of a member that need not be there.
  std::string optional_text(const std::string& name) const;
  bool flag() const;
  double number() const;
  std::uint64_t count(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;

  template <typename Enumeration>
  Enumeration one_of(std::initializer_list<Enumeration> values) const {
    const std::string name = text();
    for (const Enumeration value : values)
      if (to_string(value) == name) return value;
    throw std::invalid_argument(fmt::format("{} is '{}', which nothing is called", path_, name));
  }

 private:
  void expect(bool condition, std::string_view otherwise) const;

  const Json* value_;
  std::string what_;
  std::string path_;
};

/// Parses, and refuses an object that names a field twice: of two verdicts each reader would see
/// another one. Throws `std::invalid_argument` with the line and column of what is no JSON.
nlohmann::ordered_json parse_strictly(std::string_view text);

}  // namespace streamtest

#endif
