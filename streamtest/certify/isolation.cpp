#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/finding_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/certify/pace.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/subject/child_process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace streamtest {
namespace {

std::vector<std::string> child_arguments(const Target& target, const Options& options) {
  std::vector<std::string> arguments{"streamtest",
                                     "run-rules",
                                     target.text,
                                     "--budget",
                                     options.budget,
                                     "--seed",
                                     std::to_string(options.seed),
                                     "--patience",
                                     options.patience,
                                     "--time-scale",
                                     fmt::format("{}", options.time_scale),
                                     "--sharing",
                                     std::to_string(options.sharing),
                                     "--late",
                                     std::to_string(options.late.count())};
  if (!options.variant.empty()) arguments.insert(arguments.end(), {"--variant", options.variant});
  if (!options.regressions.empty())
    arguments.insert(arguments.end(), {"--regressions", options.regressions});
  if (options.explored) arguments.emplace_back("--explored");
  return arguments;
}

/// A child with a temporary folder of its own: what it leaves there, however it ends, goes with the
/// folder.
struct Child {
  Child(const Target& target, const Options& options, const std::deque<const Rule*>& rules)
      : process(child_arguments(target, options), list(rules),
                {"TMPDIR=" + folder.path().string()}) {}

  static std::string list(const std::deque<const Rule*>& rules) {
    std::string ids;
    for (const Rule* rule : rules) ids += fmt::format("{}\n", rule->id);
    return ids;
  }

  TemporaryFolder folder;  // removed when the process is gone
  ChildProcess process;
};

/// Runs one chapter's rules, with as many children as it takes.
class ChapterRun {
 public:
  /// `late` tells by how much the whole run is behind its schedule.
  ChapterRun(const Target& target, const Options& options, const Observer& observer,
             std::function<std::chrono::nanoseconds()> late)
      : target_(&target), options_(options), observer_(&observer), late_(std::move(late)) {}

  void run(std::deque<const Rule*> rules) {
    while (!rules.empty()) {
      std::optional<std::string> why;
      try {
        why = run_some(rules);
      } catch (const std::exception& error) {  // no child could be started, or understood
        tell_held();
        why = error.what();
      }
      if (!why) continue;
      // The environment's fault, and the same for every rule.
      for (const Rule* rule : rules) finish(could_not_run(*rule, *why));
      return;
    }
  }

 private:
  /// Runs a child for as long as it goes on. Gives why it never began; nothing if it did.
  std::optional<std::string> run_some(std::deque<const Rule*>& rules) {
    const Rule* running = nullptr;
    options_.late = late_();
    Child child(*target_, options_, rules);
    const bool progress = listen(child, rules, running);
    std::string death = child.process.wait();
    // What a thread that was left does, a destructor, or a sanitizer in the end.
    if (held_ && !child.process.ended_well() && held_->result.verdict != Verdict::fail)
      held_ = died(*find_rule(held_->result.id), death, "after the last case of this rule");
    tell_held();
    if (running) {
      finish(died(*running, death, "while a case of this rule ran"));
      std::erase(rules, running);
    }
    if (progress || running || rules.empty()) return std::nullopt;
    return death;
  }

  bool listen(Child& child, std::deque<const Rule*>& rules, const Rule*& running) {
    const Settings settings = options_.settings();
    const auto watchdog = watchdog_limit(settings, target_->factory.capabilities);
    bool progress = false;
    std::string text;
    // Without a word: far beyond what the child's own watchdog allows. Only for one that is beyond
    // that. With all rules done, nothing but its end is due.
    const auto limit = [&] {
      return rules.empty() ? watchdog + std::chrono::minutes(1)
                           : 10 * watchdog + 20 * settings.budget + std::chrono::minutes(1);
    };
    while (child.process.read_line(text, limit())) {
      ChildLine line = parse_line(text);
      if (line.started) {
        tell_held();
        running = line.started;
        if (observer_->started) observer_->started(*running);
      } else if (running && line.finding && line.finding->result.id == running->id) {
        held_ = std::move(line.finding);
        std::erase(rules, running);
        running = nullptr;
        progress = true;
      }
    }
    return progress;
  }

  /// A finding waits until the child has begun the next rule, or has ended as it should.
  void tell_held() {
    if (held_) finish(*held_);
    held_.reset();
  }

  Finding died(const Rule& rule, const std::string& death, std::string_view when) const {
    RunContext context{target_->text, options_.budget, options_.variant, target_->arguments};
    Finding finding = could_not_run(rule, death);
    finding.result.verdict = Verdict::fail;
    finding.result.reproduce = reproduce_command(rule, options_.settings(), context);
    finding.result.message =
        failure_text(rule, "the stream's process died",
                     fmt::format("{} {}; run it under a debugger or a sanitizer", death, when), {},
                     finding.result.reproduce);
    return finding;
  }

  static Finding could_not_run(const Rule& rule, const std::string& death) {
    Finding finding;
    finding.result.id = rule.id;
    finding.result.level = rule.level;
    finding.result.verdict = Verdict::could_not_run;
    finding.result.cases = 1;
    finding.result.message = fmt::format("no rule could be begun: {}", death);
    return finding;
  }

  void finish(const Finding& finding) const {
    if (observer_->finished) observer_->finished(finding);
  }

  const Target* target_;
  Options options_;
  const Observer* observer_;
  std::function<std::chrono::nanoseconds()> late_;
  std::optional<Finding> held_;
};

std::vector<std::deque<const Rule*>> by_chapter(const std::vector<const Rule*>& rules) {
  std::vector<std::deque<const Rule*>> chapters;
  for (const Rule* rule : rules) {
    if (chapters.empty() || chapter_of(chapters.back().back()->id) != chapter_of(rule->id))
      chapters.emplace_back();
    chapters.back().push_back(rule);
  }
  return chapters;
}

}  // namespace

std::vector<std::string> worker_command(const Target& target) {
  return {"streamtest", "run-worker", target.text};
}

std::vector<Finding> run_isolated(const Target& target, const Options& options,
                                  const std::vector<const Rule*>& rules, const Observer& observer) {
  Options shared = options;
  shared.sharing = rules.size();
  std::vector<Finding> findings;
  Pace pace(options.settings().budget, rules.size(), std::chrono::steady_clock::now());
  std::mutex mutex;  // guards both
  Observer guarded;
  guarded.started = [&](const Rule& rule) {
    std::lock_guard lock(mutex);
    if (observer.started) observer.started(rule);
  };
  guarded.finished = [&](const Finding& finding) {
    std::lock_guard lock(mutex);
    findings.push_back(finding);
    pace.finish_rule();
    if (observer.finished) observer.finished(finding);
  };
  const auto late = [&] {
    std::lock_guard lock(mutex);
    return pace.late(std::chrono::steady_clock::now());
  };
  const std::vector<std::deque<const Rule*>> chapters = by_chapter(rules);
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < chapters.size(); i = next++)
        ChapterRun(target, shared, guarded, late).run(chapters[i]);
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned job = 1; job < options.jobs; ++job) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return findings;
}

}  // namespace streamtest
