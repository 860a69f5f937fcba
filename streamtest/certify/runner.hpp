#ifndef STREAMTEST_CERTIFY_RUNNER_HPP
#define STREAMTEST_CERTIFY_RUNNER_HPP

#include <streamtest/cases/case.hpp>
#include <streamtest/certify/pace.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/certify/watchdog.hpp>
#include <streamtest/report/report.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace streamtest {

struct Counterexample;
struct Replayed;
struct SavedCounterexample;

/// What a rule's run gave, beyond its line in the report.
struct Finding {
  RuleResult result;
  std::uint64_t programs = 0;
  std::uint64_t schedules = 0;
  Explored explored = {};
  /// How many orders of the kit's the exploration tried until one failed; 0 if it didn't find the
  /// failure, or only with free threads.
  std::uint64_t found_after = 0;
  std::string history_json;  ///< of the failure; empty if there was none
  /// What the history is called if it is a counterexample that can be replayed; else empty.
  std::string counterexample_name = {};
};

/// What is run, and how somebody could run it again.
struct RunContext {
  std::string target;  ///< as named on the command line; empty in the other doors
  std::string budget;
  std::string variant;
  std::string arguments;  ///< for the Scenario
  /// The arguments that start this program as a worker for the stream, its name first; empty where
  /// it can't be.
  std::vector<std::string> worker = {};
  std::size_t sharing = 0;  ///< how many rules share the budget; 0: as many as there are
  /// The folder of counterexamples that earlier runs left and this one adds to; empty: none.
  std::string regressions = {};
  bool explored = false;             ///< of each rule, only its programs of several actors are run
  std::chrono::nanoseconds late{0};  ///< by how much the run was behind its schedule so far
};

/// Runs cases in this process, one after another, each on fresh streams. Not thread-safe.
class Runner {
 public:
  /// `factory` must outlive it. Throws UsageError if a counterexample of an earlier run is damaged.
  Runner(const SubjectFactory& factory, const Settings& settings, RunContext context);
  ~Runner();

  /// Every case of the rule in every delivery that applies; stops at the first that fails. At the
  /// run's pace: one after the other they keep to the budget.
  Finding run(const Rule& rule);
  /// One case in one delivery.
  Finding run(const Rule& rule, const Case& each, Delivery delivery);

  /// Runs a counterexample again, on behalf of its rule. Throws as replay_counterexample().
  Replayed replay(const Counterexample& counterexample);

  /// The deliveries in which a case can be run here. Makes a stream to find out whether it reads
  /// asynchronously; a harness that fails at that offers blocking reads.
  std::vector<Delivery> deliveries(const Case& each);

  /// True if a call never came back, so that this process should not go on.
  bool stuck() const;

  /// Watched by the run's watchdog.
  const std::shared_ptr<History>& history() const { return history_; }

 private:
  Driver& driver(Delivery delivery);
  Bench bench(std::string_view rule, std::string_view name, Delivery delivery);
  double share_of(const Rule& rule);
  Finding run_cases(const Rule& rule);
  std::vector<const Case*> cases_of(const Rule& rule) const;
  void replay_saved(Bench& bench);
  void save(Finding& finding, const std::string& counterexample) const;
  void explain(Finding& finding, const Rule& rule, const Case& each, Delivery delivery,
               const Violation& violation) const;

  const SubjectFactory* factory_;
  Settings settings_;
  RunContext context_;
  Pace pace_;
  std::vector<SavedCounterexample> saved_;
  std::shared_ptr<History> history_ = std::make_shared<History>();
  TemporaryFolder folder_;  ///< for the Scenario
  std::unique_ptr<Driver> threads_;
  std::unique_ptr<Driver> asynchronous_;
  std::optional<bool> native_;
};

/// The capability or hook that `needs` names is there; an empty one always is.
bool is_supported(std::string_view needs, const SubjectFactory& factory);

/// The command that runs the rule again; for a door without a command line, the environment for it.
std::string reproduce_command(const Rule& rule, const Settings& settings,
                              const RunContext& context);

}  // namespace streamtest

#endif
