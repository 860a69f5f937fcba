#ifndef STREAMTEST_RULES_RULE_HPP
#define STREAMTEST_RULES_RULE_HPP

#include <string_view>

namespace streamtest {

/// What can be certified, and what a rule is about.
enum class Role { stream, handler, consumer };

/// How binding a rule is: a failed MUST costs the certificate, a failed SHOULD only in the profile
/// "strict".
enum class Level { must, should };

/// One numbered rule of the contract, as data. Documentation, test names, filters, reports and the
/// list of what must appear in a report derive from it. All text lives as long as the program.
struct Rule {
  std::string_view id;        ///< "BLK-4": a name, never renumbered, never reused
  Level level;                ///< the strictest word in the sentence
  std::string_view sentence;  ///< the rule itself
  std::string_view intent;    ///< why it is there: what a reader loses when it is broken
  std::string_view causes;    ///< usual causes, as hints for whoever sees it fail
  std::string_view source;    ///< where it comes from: the original's documentation or suite, real
                              ///< bugs (B-numbers)
  std::string_view
      needs;  ///< the capability or hook without which it is not_supported; empty for a core rule
  std::string_view
      checked;  ///< how: S sequential, C concurrent, T truncation, R reopen, K crash, N network, …
  std::string_view since;     ///< the contract version that introduced it
  std::string_view untested;  ///< why no case checks it, if none does
};

/// The part of an id before the dash: "BLK".
constexpr std::string_view chapter_of(std::string_view id) {
  return id.substr(0, id.find('-'));
}

/// A handler's and a consumer's rules need one.
constexpr Role role_of(const Rule& rule) {
  if (rule.needs == "handler") return Role::handler;
  return rule.needs == "consumer" ? Role::consumer : Role::stream;
}

/// The rule is asked of a subject in that role. All are asked of a stream, whose harness may bring
/// a handler and a consumer along.
constexpr bool concerns(const Rule& rule, Role role) {
  return role == Role::stream || role_of(rule) == role;
}

/// The rule is asked of every subject in that role, whatever it declares.
constexpr bool is_core(const Rule& rule, Role role) {
  return role == Role::stream ? rule.needs.empty() : role_of(rule) == role;
}

}  // namespace streamtest

#endif
