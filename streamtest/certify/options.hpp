#ifndef STREAMTEST_CERTIFY_OPTIONS_HPP
#define STREAMTEST_CERTIFY_OPTIONS_HPP

#include <streamtest/report/report.hpp>
#include <streamtest/subject/bench.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace streamtest {

/// What to certify and how. A plain value; the default is the profile "full" at the default budget.
/// Every member that isn't a child's is a flag of the binary and an environment variable
/// STREAMTEST_…; a flag comes before its variable, and that before the default. The GoogleTest door
/// reads the variables, of which `variant`, `jobs` and `accept_partial` mean nothing to it; who
/// calls certify() reads them by options_from_environment(), or doesn't.
struct Options {
  Profile profile = Profile::full;
  std::vector<std::string> rules;    ///< patterns of rule ids to run; empty: all
  std::vector<std::string> exclude;  ///< patterns of rule ids to leave out
  std::string rerun_failed;          ///< a report.json: run the rules that kept it from passing
  std::string known_failures;        ///< a list of failures that are known; empty: none
  std::string known_flaky;           ///< a list of rules that fail now and then; empty: none
  std::string budget = "default";    ///< quick, default, stress or a duration ("45s")
  std::string patience = "10s";      ///< the longest that one operation may be stuck
  double time_scale = 1;             ///< multiplies the patience
  std::uint64_t seed = 1;
  std::string report;           ///< a folder for report.json and junit.xml; empty: none
  std::string variant;          ///< which of the harness's variants; empty: its first
  bool accept_partial = false;  ///< exit 0 for a partial verdict
  unsigned jobs = 1;            ///< chapters at a time
  std::size_t sharing = 0;      ///< of a child: how many rules share the budget; 0: all there are
  std::chrono::nanoseconds late{0};  ///< of a child: by how much the run is behind its schedule
  std::string regressions;           ///< of a child: the folder of counterexamples; empty: none
  bool explored = false;             ///< of a child: only the programs of several actors are run

  /// The numbers behind budget, patience, time scale and seed. Throws UsageError.
  Settings settings() const;
  /// True if only some rules were asked for: no certificate comes of it.
  bool selective() const { return !rules.empty() || !rerun_failed.empty(); }
};

/// The command line, an environment variable or a file that it names can't be used; the text says
/// what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A duration: a number with ms, s, m or h. Throws UsageError, with the name of what it is for.
std::chrono::nanoseconds parse_duration(std::string_view name, std::string_view text);

/// Adds every member of `options` to the command line, with its environment variable.
void add_options(CLI::App& app, Options& options);

/// Throws UsageError if an environment variable STREAMTEST_… isn't one that the kit knows.
void check_environment();

/// The options that the environment gives; for the doors without a command line. Throws UsageError.
Options options_from_environment();

}  // namespace streamtest

#endif
