#ifndef STREAMTEST_RULES_CATALOGUE_HPP
#define STREAMTEST_RULES_CATALOGUE_HPP

#include <streamtest/rules/rule.hpp>

#include <span>
#include <string>
#include <vector>

namespace streamtest {

/// The version of the contract that this catalogue states.
inline constexpr std::string_view contract_version = "1.0";

/// One chapter of the contract.
struct Chapter {
  std::string_view prefix;  ///< "BLK"
  std::string_view title;   ///< "Blocking and waking"
  std::span<const Rule> rules;
};

/// Every chapter, in the contract's order. Immutable; safe from any thread.
std::span<const Chapter> chapters();

/// Every rule, in the contract's order.
std::vector<const Rule*> catalogue();

/// The rule with this id, or null.
const Rule* find_rule(std::string_view id);

/// The ids that a pattern selects: `*` stands for any run of characters, all else for itself
/// ("BLK-*"). Empty if none matches. Underscores may stand for dashes, because test names can't
/// hold dashes.
std::vector<std::string_view> match_rules(std::string_view pattern);

/// A fingerprint of ids, levels and sentences as 16 hexadecimal digits: two reports with the same
/// one were judged by the same rules.
std::string catalogue_hash();

/// The catalogue as a page of documentation (docs/contract.md is this text).
std::string catalogue_markdown();

}  // namespace streamtest

#endif
