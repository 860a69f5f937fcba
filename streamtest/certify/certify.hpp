#ifndef STREAMTEST_CERTIFY_CERTIFY_HPP
#define STREAMTEST_CERTIFY_CERTIFY_HPP

#include <streamtest/certify/options.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/subject/harness.hpp>

#include <functional>
#include <string>
#include <vector>

namespace streamtest {

/// Certifies a stream in this process and says nothing; the door for a test framework of one's own.
///
///     streamtest::Report report =
///     streamtest::certify(streamtest::make_factory<MyHarness>("mystream")); return
///     report.exit_code;
///
/// Writes the report if `options.report` names a folder; counterexamples that an earlier run left
/// there are replayed before others are looked for. A call of the stream that hangs ends the
/// process after the watchdog has printed the pending operations; run the binary if that must not
/// be. Throws UsageError.
Report certify(const SubjectFactory& factory, const Options& options = {});

/// What will be run, and what is settled already because it was excluded, isn't supported, or has
/// no case; and the lists by which it is judged.
struct Plan {
  std::vector<KnownLine> known;
  std::vector<const Rule*> run;
  std::vector<RuleResult> settled;
};

/// Throws UsageError if a pattern matches no rule, if claims and hooks contradict each other, or if
/// a list or a report that is named can't be used; `std::runtime_error` if no rule is to be run
/// again. With `update_known` the list of failures need not be there.
Plan make_plan(const SubjectFactory& factory, const Options& options, bool update_known = false);

/// The report of one variant: every rule of the catalogue once, in its order, judged by the plan's
/// lists.
Report compose(const SubjectFactory& factory, const Options& options, const RunContext& context,
               const Plan& plan, const std::vector<Finding>& findings, double seconds);

/// Where the counterexamples of a report stand; empty if none is written.
std::string regressions_folder(const std::string& report_folder);

/// Makes sure that the folder can be written to. Throws UsageError.
void check_report_folder(const std::string& folder);

/// Writes report.json, junit.xml and, for each failure, regressions/RULE.json; a counterexample
/// that can be replayed by the name that the finding has for it. Those of earlier runs stay,
/// histories don't. Throws UsageError.
void write_report(const std::string& folder, const Report& report,
                  const std::vector<Finding>& findings);

/// The kit's version and the commit it was built from.
std::string kit_version();
std::string kit_commit();

}  // namespace streamtest

#endif
