#ifndef STREAMTEST_SUBJECT_MEANS_HPP
#define STREAMTEST_SUBJECT_MEANS_HPP

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace streamtest {

/// A means of the core. Core rules can't be declared away, but a stream may be without the means
/// for one: that rule is not_supported then and the whole is partial (contract, D9). Cases of other
/// rules do without it where they can.
enum class Means {
  application,  ///< it can say whose it is (IDN-1)
  event_types,  ///< it can say which types it may get (TYP-1, OPN-4)
  cancelling,   ///< its calls take a token (CAN-*)
  type_check,   ///< open can refuse a type (OPN-4)
};

inline constexpr std::array every_means{Means::application, Means::event_types, Means::cancelling,
                                        Means::type_check};

/// The name of the enumerator, as reports spell it.
constexpr std::string_view to_string(Means means) {
  switch (means) {
    case Means::application:
      return "application";
    case Means::event_types:
      return "event_types";
    case Means::cancelling:
      return "cancelling";
    case Means::type_check:
      return "type_check";
  }
  return "unknown";
}

/// What to_string() gave; nothing for any other text.
constexpr std::optional<Means> means_named(std::string_view name) {
  for (const Means each : every_means)
    if (to_string(each) == name) return each;
  return std::nullopt;
}

/// What a stream lacks: mostly nothing.
using Lacks = std::set<Means>;

/// Why a rule or a case is not_supported.
inline std::string lacking_text(Means means) {
  return "needs " + std::string(to_string(means)) + ", which the stream lacks";
}

}  // namespace streamtest

#endif
