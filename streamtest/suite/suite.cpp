#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/known.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/subject/worker.hpp>
#include <streamtest/suite/suite.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

namespace streamtest::suite {
namespace {

std::string words(std::string_view title) {
  // "Blocking and waking" becomes "Blocking": test names are typed by hand.
  return std::string(title.substr(0, title.find_first_of(" ,")));
}

constexpr std::string_view worker_flag = "--streamtest-worker";

/// Empty unless run() is this program's main.
std::vector<std::string> worker_command(const std::string& name);

/// One variant of one harness: its runner, made by its first test, and what its tests found.
class Certification {
 public:
  Certification(std::string name, std::string variant, MakeFactory make)
      : name_(std::move(name)), variant_(std::move(variant)), make_(make) {}

  void run(const Rule& rule, const Case& each, Delivery delivery) {
    begin();
    ++tests_[std::string(rule.id)].ran;
    for (const RuleResult& settled : plan_.settled)
      if (settled.id == rule.id)
        GTEST_SKIP() << to_string(settled.verdict) << ": " << settled.message;
    const std::vector<Delivery> offered = runner_->deliveries(each);
    if (std::find(offered.begin(), offered.end(), delivery) == offered.end())
      GTEST_SKIP() << "not_supported: cursors of this type are read by blocking next only";
    watchdog_->arm();
    running_ = &rule;
    Finding finding = runner_->run(rule, each, delivery);
    watchdog_->disarm();
    finding.result.reproduce = reproduce_command(rule, options_.settings(), context_);
    record(finding);
    tell(finding);
  }

  const std::string& name() const { return name_; }
  SubjectFactory factory() const { return make_(); }

  /// True if its tests ran and none of them passed.
  bool proves_nothing() const { return runner_ && passed_ == 0; }

  /// There is a test more of this rule.
  void enlist(const Rule& rule) { ++tests_[std::string(rule.id)].enlisted; }

  /// Writes the report, if one was asked for, and lets go of threads and streams. What must be
  /// mended in the lists of known failures; empty if nothing.
  std::string finish() {
    if (!runner_) return {};
    std::vector<Finding> findings;
    for (const auto& entry : findings_) findings.push_back(entry.second);
    const Report report = compose(*factory_, options_, context_, plan_, findings, 0);
    write_report(folder(), report, findings);
    watchdog_.reset();
    runner_.reset();
    // Of a rule that was run in part, the rest may be what fails.
    std::vector<RuleResult> whole = report.rules;
    std::erase_if(whole, [this](const RuleResult& result) {
      const Tests& tests = tests_[result.id];
      return tests.ran < tests.enlisted;
    });
    std::string faults;
    for (const KnownLine& line : judge_known(plan_.known, variant_, whole, today()))
      if (!line.fault.empty()) faults += "\n  " + line.fault;
    return faults.empty() ? faults : "to mend in the lists of known failures:" + faults;
  }

 private:
  std::string folder() const {
    if (options_.report.empty()) return {};
    return (std::filesystem::path(options_.report) / name_ / variant_).string();
  }

  void begin() {
    if (runner_) return;
    options_ = options_from_environment();
    factory_ = std::make_unique<SubjectFactory>(make_());
    plan_ = make_plan(*factory_, options_);
    context_ = {"", options_.budget, variant_, "", worker_command(name_)};
    context_.regressions = regressions_folder(folder());
    const Settings settings = options_.settings();
    runner_ = std::make_unique<Runner>(*factory_, settings, context_);
    const auto limit = watchdog_limit(settings, factory_->capabilities);
    watchdog_ = std::make_unique<Watchdog>(
        runner_->history(), limit, [this, limit](const std::string& pending) {
          const std::string text =
              failure_text(*running_, "the watchdog stopped it", hang_text(limit, pending), {},
                           reproduce_command(*running_, options_.settings(), context_));
          std::fprintf(stderr, "%s\n", text.c_str());
          std::_Exit(1);
        });
  }

  void record(const Finding& finding) {
    const auto [place, added] = findings_.try_emplace(finding.result.id, finding);
    if (added) return;
    Finding& known = place->second;
    known.result.cases += finding.result.cases;
    known.result.seconds += finding.result.seconds;
    known.programs += finding.programs;
    known.schedules += finding.schedules;
    known.explored.add(finding.explored);
    const bool worse =
        finding.result.verdict == Verdict::fail || known.result.verdict == Verdict::not_supported ||
        (known.result.verdict == Verdict::pass && finding.result.verdict != Verdict::not_supported);
    if (!worse || known.result.verdict == Verdict::fail) return;
    known.result.verdict = finding.result.verdict;
    known.result.message = finding.result.message;
    known.result.reproduce = finding.result.reproduce;
    known.history_json = finding.history_json;
    known.counterexample_name = finding.counterexample_name;
  }

  void tell(const Finding& finding) {
    RuleResult result = finding.result;
    apply_known(plan_.known, variant_, result);
    switch (result.verdict) {
      case Verdict::pass:
        ++passed_;
        return;
      case Verdict::not_supported:
        GTEST_SKIP() << "not_supported: " << result.message;
      case Verdict::known_failure:
        GTEST_SKIP() << "known_failure: " << what_was_seen(result.message);
      default:
        ADD_FAILURE() << to_string(result.verdict) << ": " << result.message;
    }
  }

  std::string name_;
  std::string variant_;
  MakeFactory make_;
  Options options_;
  std::unique_ptr<SubjectFactory> factory_;
  Plan plan_;
  RunContext context_;
  std::unique_ptr<Runner> runner_;
  const Rule* running_ = nullptr;
  std::unique_ptr<Watchdog> watchdog_;
  std::map<std::string, Finding> findings_;
  struct Tests {
    std::size_t enlisted = 0;
    std::size_t ran = 0;
  };
  std::map<std::string, Tests> tests_;  ///< by rule
  std::size_t passed_ = 0;
};

class CaseTest : public testing::Test {
 public:
  CaseTest(std::shared_ptr<Certification> certification, const Rule& rule, const Case& each,
           Delivery delivery)
      : certification_(std::move(certification)), rule_(&rule), case_(&each), delivery_(delivery) {}

 private:
  void TestBody() override { certification_->run(*rule_, *case_, delivery_); }

  std::shared_ptr<Certification> certification_;
  const Rule* rule_;
  const Case* case_;
  Delivery delivery_;
};

/// Writes the reports at the end, and turns a run that proves nothing into a failure.
class Guard final : public testing::EmptyTestEventListener {
 public:
  std::vector<std::shared_ptr<Certification>> certifications;
  bool has_workers = false;

 private:
  void OnTestProgramEnd(const testing::UnitTest& unit) override {
    std::string problem;
    for (const std::shared_ptr<Certification>& certification : certifications) {
      try {
        if (certification->proves_nothing())
          problem = "every test of a suite was skipped; this proves nothing";
        const std::string faults = certification->finish();
        if (!faults.empty()) problem = faults;
      } catch (const std::exception& error) {
        problem = error.what();
      }
    }
    if (unit.successful_test_count() == 0)
      problem =
          "no test passed: all were skipped, or --gtest_filter selects none; this proves nothing";
    if (problem.empty() || unit.failed_test_count() > 0) return;
    std::fflush(stdout);
    std::fprintf(stderr, "streamtest: %s\n", problem.c_str());
    std::_Exit(1);
  }
};

Guard& guard() {
  // GoogleTest owns the listener.
  static Guard* const listener = [] {
    auto made = std::make_unique<Guard>();
    testing::UnitTest::GetInstance()->listeners().Append(made.get());
    return made.release();
  }();
  return *listener;
}

std::vector<std::string> worker_command(const std::string& name) {
  if (!guard().has_workers) return {};
  return {"streamtest-worker", std::string(worker_flag), name};
}

std::string test_name(const Rule& rule, const Case& each, Delivery delivery) {
  std::string id(rule.id);
  std::replace(id.begin(), id.end(), '-', '_');  // a dash starts the negative part of a filter
  return fmt::format("{}.{}/{}", id, each.name, to_string(delivery));
}

}  // namespace

bool enlist(const char* name, const char* type, const char* file, int line, MakeFactory make) {
  const SubjectFactory factory = make();
  std::vector<std::string> variants = factory.variants;
  if (variants.empty()) variants.emplace_back();
  for (const std::string& variant : variants) {
    auto certification = std::make_shared<Certification>(name, variant, make);
    guard().certifications.push_back(certification);
    for (const Case& each : all_cases()) {
      const Rule& rule = *find_rule(each.rule);
      if (!concerns(rule, factory.role)) continue;
      std::string chapter;
      for (const Chapter& candidate : chapters())
        if (candidate.prefix == chapter_of(rule.id)) chapter = words(candidate.title);
      const std::string suite =
          fmt::format("{}{}/{}", name, variant.empty() ? "" : "/" + variant, chapter);
      for (const Delivery delivery : {Delivery::blocking, Delivery::asynchronous}) {
        if (each.reads == Case::Reads::once && delivery == Delivery::asynchronous) continue;
        certification->enlist(rule);
        testing::RegisterTest(suite.c_str(), test_name(rule, each, delivery).c_str(), type,
                              variant.empty() ? nullptr : variant.c_str(), file, line,
                              [=, &rule, &each]() -> testing::Test* {
                                return new CaseTest(certification, rule, each, delivery);
                              });
      }
    }
  }
  return true;
}

int run(int argument_count, char** arguments) {
  if (argument_count == 3 && arguments[1] == worker_flag) {
    begin_child();
    for (const std::shared_ptr<Certification>& certification : guard().certifications)
      if (certification->name() == arguments[2]) return run_worker(certification->factory());
    return 2;
  }
  guard().has_workers = true;
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}

}  // namespace streamtest::suite
