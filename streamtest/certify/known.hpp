#ifndef STREAMTEST_CERTIFY_KNOWN_HPP
#define STREAMTEST_CERTIFY_KNOWN_HPP

#include <streamtest/report/report.hpp>

#include <string>
#include <string_view>
#include <vector>

// Lists of known failures and of known flaky rules. A list is a text file of JSON Lines: an object
// a line with `rule` (a pattern), `phrase` (part of what was seen), `issue` (an address) and, if
// wanted, `variant` and `until` (YYYY-MM-DD). Lines that are blank or begin with # are comments.
//
//     # the reader library answers late
//     {"rule": "CLS-7", "phrase": "is stuck", "issue": "https://example.org/issues/17"}

namespace streamtest {

/// The lists that are named; an empty name is an empty list, and so is the missing file of failures
/// if `update` will write it. `variants` are the harness's. Throws UsageError with file, line and
/// reason: a line that is no such object, a pattern that matches no rule, an empty phrase, an issue
/// that is no address, a date that is none, a variant that the harness doesn't have, or a rule that
/// two lines cover.
std::vector<KnownLine> read_known(const std::string& failures, const std::string& flaky,
                                  const std::vector<std::string>& variants, bool update);

/// Makes a failed rule a known failure if a line covers it and its phrase was seen.
void apply_known(const std::vector<KnownLine>& lines, std::string_view variant, RuleResult& result);

/// The lines, each with its fault: a rule that passed, failed with other words or can't fail here,
/// or a date before `today`. Rules that weren't selected, or of which nothing came to light, say
/// nothing of their line.
std::vector<KnownLine> judge_known(std::vector<KnownLine> lines, std::string_view variant,
                                   const std::vector<RuleResult>& results, std::string_view today);

/// Today in UTC, as YYYY-MM-DD.
std::string today();

/// Writes the list of failures anew from what was found in the reports' variants, of all that the
/// harness has, and says what it changed:
/// rules that no longer fail go, and what fails unexpectedly comes, with an empty issue that
/// somebody must fill in before the list is read again. Comments and lines that hold stay as they
/// are, and so do lines whose date is over, which somebody must decide. Throws UsageError if the
/// file can't be written.
std::string update_known(const std::string& file, const std::vector<Report>& reports,
                         const std::vector<std::string>& variants);

}  // namespace streamtest

#endif
