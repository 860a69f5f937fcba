#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/isolation.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

/// How an entry of the gallery fared.
struct Fate {
  std::vector<std::string> rules;  ///< that failed; with an odd stream, that accused it
  bool killed = false;             ///< by its own rule
  bool phrase_found = false;       ///< for the right reason
  double seconds = 0;
};

bool is_well(const GalleryEntry& entry, const Fate& fate) {
  return entry.odd ? fate.rules.empty() : fate.killed;
}

/// True if the text holds the phrase, or one of those that a bar parts.
bool says(std::string_view text, std::string_view phrases) {
  for (;;) {
    const std::size_t bar = phrases.find('|');
    if (text.find(phrases.substr(0, bar)) != std::string_view::npos) return true;
    if (bar == std::string_view::npos) return false;
    phrases.remove_prefix(bar + 1);
  }
}

/// The entries that are run: all, or the one with that id.
std::vector<GalleryEntry> select(std::vector<GalleryEntry> entries, const std::string& only) {
  if (only.empty()) return entries;
  std::string known;
  for (const GalleryEntry& entry : entries) known += " " + entry.id;
  std::erase_if(entries, [&](const GalleryEntry& entry) { return entry.id != only; });
  if (entries.empty())
    throw UsageError(
        fmt::format("--only '{}': the gallery has no such entry; it has{}", only, known));
  return entries;
}

/// A mutant is run against the rule that must catch it, an odd stream against all.
Options options_for(const GalleryEntry& entry, const Options& given) {
  Options options;
  options.seed = given.seed;
  options.budget = "quick";
  // A mutant that hangs costs its patience; an odd stream must never be taken for one that hangs.
  options.patience = entry.odd ? "10s" : "2s";
  if (!entry.odd) options.rules = {entry.rule};
  return options;
}

Fate run_entry(const std::string& gallery, const GalleryEntry& entry, const Options& given) {
  const auto start = std::chrono::steady_clock::now();
  const Options options = options_for(entry, given);
  const Target target = load_plugin(gallery + "?" + entry.id);
  const Plan plan = make_plan(target.factory, options);
  Fate fate;
  for (const Finding& finding : run_isolated(target, options, plan.run, {})) {
    const RuleResult& result = finding.result;
    const bool failed = result.verdict == Verdict::fail || result.verdict == Verdict::flaky;
    // What couldn't be judged must not pass for fairness.
    const bool unjudged =
        result.verdict == Verdict::could_not_run || result.verdict == Verdict::inconclusive;
    if (failed || (entry.odd && unjudged)) fate.rules.push_back(result.id);
    if (result.id == entry.rule && result.verdict == Verdict::fail)
      fate.phrase_found = says(result.message, entry.phrase);
  }
  fate.killed = !entry.odd && fate.phrase_found;
  fate.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return fate;
}

std::string in_words(const GalleryEntry& entry, const Fate& fate) {
  if (entry.odd)
    return fate.rules.empty() ? "not accused"
                              : fmt::format("ACCUSED of {}", fmt::join(fate.rules, ", "));
  if (fate.killed) return fmt::format("killed by {}", entry.rule);
  if (fate.rules.empty()) return fmt::format("SURVIVED {}", entry.rule);
  return fmt::format("SURVIVED: {} failed, but without the words \"{}\"", entry.rule, entry.phrase);
}

/// One line an entry on a pipe; on a terminal one line that is rewritten, and one for each that
/// isn't well. Thread-safe.
class Progress {
 public:
  explicit Progress(std::size_t total) : terminal_(::isatty(STDERR_FILENO) != 0), total_(total) {}
  ~Progress() {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

  void finished(const GalleryEntry& entry, const Fate& fate) {
    const std::lock_guard lock(mutex_);
    const std::string line =
        fmt::format("{}/{} {} {}", ++done_, total_, entry.id, in_words(entry, fate));
    if (terminal_) {
      const bool stays = !is_well(entry, fate);
      fmt::print(stderr, "\r\033[K{}{}", line, stays ? "\n" : "");
    } else {
      fmt::print(stderr, "{} ({:.1f} s)\n", line, fate.seconds);
    }
    std::fflush(stderr);
  }

 private:
  std::mutex mutex_;
  const bool terminal_;
  const std::size_t total_;
  std::size_t done_ = 0;
};

/// Two at a time; fates in the order of the entries.
std::vector<Fate> run_all(const std::string& gallery, const std::vector<GalleryEntry>& entries,
                          const Options& options) {
  std::vector<Fate> fates(entries.size());
  Progress progress(entries.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < entries.size(); i = next++) {
        fates[i] = run_entry(gallery, entries[i], options);
        progress.finished(entries[i], fates[i]);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = entries.size();
    }
  };
  {
    const std::jthread second(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return fates;
}

struct Totals {
  std::size_t killed = 0;
  std::size_t survived = 0;
  std::size_t accused = 0;
};

Totals total(const std::vector<GalleryEntry>& entries, const std::vector<Fate>& fates) {
  Totals totals;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool well = is_well(entries[i], fates[i]);
    if (entries[i].odd)
      totals.accused += !well;
    else
      (well ? totals.killed : totals.survived) += 1;
  }
  return totals;
}

void print_json(const std::vector<GalleryEntry>& entries, const std::vector<Fate>& fates,
                const Options& options) {
  Json mutants = Json::array();
  Json odd = Json::array();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const GalleryEntry& entry = entries[i];
    const Fate& fate = fates[i];
    if (entry.odd)
      odd.push_back({{"id", entry.id}, {"accused", fate.rules}, {"seconds", fate.seconds}});
    else
      mutants.push_back({{"id", entry.id},
                         {"base", entry.base},
                         {"expected_rule", entry.rule},
                         {"killed", fate.killed},
                         {"by", fate.rules},
                         {"seconds", fate.seconds},
                         {"phrase_found", fate.phrase_found}});
  }
  const Totals totals = total(entries, fates);
  const Json whole{
      {"seed", options.seed},    {"mutants", mutants},          {"odd", odd},
      {"killed", totals.killed}, {"survived", totals.survived}, {"accused", totals.accused}};
  fmt::print("{}\n", whole.dump(1));
}

void print_table(const std::vector<GalleryEntry>& entries, const std::vector<Fate>& fates,
                 double seconds) {
  constexpr const char* row = "{:<13} {:<6} {:<8} {:<8} {:>7}  {}\n";
  fmt::print(row, "id", "rule", "killed", "by", "seconds", "defect");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const GalleryEntry& entry = entries[i];
    const Fate& fate = fates[i];
    const std::string by = fate.rules.empty() ? "-" : fmt::format("{}", fmt::join(fate.rules, " "));
    const char* killed =
        entry.odd ? (fate.rules.empty() ? "fair" : "ACCUSED") : (fate.killed ? "yes" : "NO");
    fmt::print(row, entry.id, entry.rule.empty() ? "all" : entry.rule, killed, by,
               fmt::format("{:.1f}", fate.seconds), entry.defect);
  }
  const Totals totals = total(entries, fates);
  fmt::print("{} killed, {} survived, {} accused; {:.0f} s\n", totals.killed, totals.survived,
             totals.accused, seconds);
}

}  // namespace

int command_selftest(const std::string& gallery, const Options& options, bool json,
                     const std::string& only) {
  const std::string file = gallery.empty() ? find_plugin("gallery") : gallery;
  if (file.empty())
    throw UsageError(
        "there is no gallery: it belongs in ../lib/streamtest/gallery.so as seen from this "
        "program; "
        "build it, or name it with --gallery");
  const std::vector<GalleryEntry> entries = select(load_gallery(file), only);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Fate> fates = run_all(file, entries, options);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (json)
    print_json(entries, fates, options);
  else
    print_table(entries, fates, seconds);
  const Totals totals = total(entries, fates);
  return totals.survived == 0 && totals.accused == 0 ? 0 : 1;
}

}  // namespace streamtest
