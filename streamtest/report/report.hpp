#ifndef STREAMTEST_REPORT_REPORT_HPP
#define STREAMTEST_REPORT_REPORT_HPP

#include <streamtest/history/explored.hpp>
#include <streamtest/rules/rule.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamtest {

/// What came of one rule.
enum class Verdict {
  pass,
  fail,
  known_failure,  ///< failed as the list of known failures says
  not_supported,  ///< needs a capability that the stream doesn't declare, or a means that it
                  ///< doesn't have
  excluded,       ///< left out on request: no certificate
  not_selected,   ///< outside of what was asked for
  untested,       ///< no case; the catalogue says why
  inconclusive,   ///< a situation that the rule needs never arose
  could_not_run,  ///< the harness or the environment failed
  flaky,          ///< a counterexample that didn't replay; counts as fail
};

/// What came of everything.
enum class Whole { conformant, partial, not_conformant, inconclusive };

/// What counts: core, every MUST that needs no hook; full, every MUST of every declared capability;
/// strict, every SHOULD as well.
enum class Profile { core, full, strict };

/// The names of the enumerators, as reports spell them.
std::string_view to_string(Verdict verdict);
std::string_view to_string(Whole whole);
std::string_view to_string(Profile profile);
std::string_view to_string(Level level);
std::string_view to_string(Role role);

/// One rule's line of the report.
struct RuleResult {
  std::string id;
  Level level = Level::must;
  Verdict verdict = Verdict::not_selected;
  std::uint64_t cases = 0;  ///< how many situations were tried: a sweep counts each of its steps
  double seconds = 0;
  std::string message;    ///< why it isn't a pass; for a fail the whole text with the history
  std::string reproduce;  ///< the command that shows the failure again; empty unless it failed
};

/// A line of a list of known failures or of known flaky rules, and what the run says of it. The
/// lists are a ratchet: a known failure must go on failing as it is known, or the line is mended.
struct KnownLine {
  std::string rule;     ///< a pattern of rule ids, each of which fails
  std::string variant;  ///< of the harness; empty: all
  std::string phrase;   ///< part of what was seen
  std::string issue;    ///< the address where the failure is tracked
  std::string until;    ///< its last day in UTC, YYYY-MM-DD; empty: without end
  bool flaky = false;   ///< its rules may also pass
  std::string fault;    ///< why the line must be mended; empty: it holds
};

/// Everything that is known about one certification of one variant. A plain value; built only from
/// what was recorded, every rule of the catalogue exactly once and in its order.
struct Report {
  std::string kit_version;
  std::string kit_commit;
  std::string contract;
  std::string subject;  ///< the harness's name
  Role role = Role::stream;
  std::string target;  ///< what the command line named
  std::string variant;
  std::vector<std::pair<std::string, std::string>> capabilities;
  std::vector<std::string> lacks;  ///< means of the core that the stream doesn't have
  std::vector<std::string> may_claim;
  std::uint64_t seed = 0;
  std::string budget;
  double time_scale = 1;
  unsigned cores = 0;
  double seconds = 0;
  std::uint64_t programs = 0;   ///< generated programs that were run
  std::uint64_t schedules = 0;  ///< orders, decided by the kit, in which such programs were run
  Explored explored;            ///< what those were, and which bugs they would have found
  Profile profile = Profile::full;
  std::string catalogue_hash;
  Whole verdict = Whole::inconclusive;
  int exit_code = 3;
  std::vector<KnownLine> known;  ///< the lists that it was judged with
  std::vector<RuleResult> rules;
};

/// The whole verdict that follows from the rules' verdicts under a profile.
///
/// not_conformant: a rule that counts failed (fail, flaky). inconclusive: one is inconclusive or
/// could_not_run, or none passed. partial: one is excluded, a known failure or untested, or a core
/// rule is not_supported. Rules that are not_selected are left out of the judgement. Which rules
/// are core depends on what was certified.
Whole judge(Profile profile, const std::vector<RuleResult>& rules, Role role = Role::stream);

/// The exit code that follows: 0 conformant, or all that was selected passed; 1 an unexpected
/// failure; 3 inconclusive; 4 partial (0 with `accept_partial`).
int exit_code(Whole whole, bool accept_partial = false);

/// That of a report's verdict and lists: 1 also if a line of them must be mended.
int exit_code(const Report& report, bool accept_partial = false);

/// report.json, schema "streamtest-report/1". Text is UTF-8; invalid bytes are replaced.
std::string to_json(const Report& report);

/// What to_json() wrote. Throws `std::invalid_argument` that names the field if the text is
/// anything else.
Report report_from_json(std::string_view text);

/// What is wrong with a report, one sentence each: another schema, rules missing, doubled, unknown
/// or with another level, another catalogue, a verdict or exit code that doesn't follow from the
/// rules and lists, a known failure that no line covers, a not_supported rule whose capability is
/// declared, a pass with no case, a rule for another kind of subject that is not not_selected.
/// Empty: the certificate stands.
std::vector<std::string> verify(std::string_view report_json);

/// junit.xml: a suite a chapter, a test case a rule; fail and flaky are failures, could_not_run and
/// inconclusive are errors, all that did not run is skipped with its reason. One more suite has
/// each line of the lists of known failures, and those that must be mended are failures.
std::string to_junit(const Report& report);

}  // namespace streamtest

#endif
