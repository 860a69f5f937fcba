#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/explore/focus.hpp>
#include <streamtest/explore/way.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

/// How an entry of the gallery fared, with all of its seeds.
struct Fate {
  std::map<std::string, std::uint64_t> rules;  ///< that failed, and how often; with an odd stream,
                                               ///< that accused it
  std::uint64_t runs = 0;
  std::uint64_t killed = 0;  ///< by its own rule and for the right reason
  std::vector<std::uint64_t>
      explored;  ///< of the runs in which exploration killed it: orders tried
  double seconds = 0;
};

/// A hard mutant may escape once in twenty times.
bool is_well(const GalleryEntry& entry, const Fate& fate) {
  if (entry.odd) return fate.rules.empty();
  return fate.killed == fate.runs || (entry.hard && 20 * fate.killed >= 19 * fate.runs);
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

bool is_explored(const GalleryEntry& entry) {
  const std::span<const Focus> all = explored_rules();
  return std::ranges::find(all, entry.rule, &Focus::rule) != all.end();
}

/// A mutant is run against the rule that must catch it, an odd stream against all, and in the kill
/// matrix every one.
Options options_for(const GalleryEntry& entry, const SelftestRequest& request, std::uint64_t seed) {
  Options options;
  options.seed = seed;
  options.budget = entry.hard ? "60s" : "quick";
  // A mutant that hangs costs its patience; an odd stream must never be taken for one that hangs.
  // One that is reached by TCP takes three seconds to notice that its peer has vanished.
  options.patience = entry.odd ? "10s" : entry.base == "tcp" ? "5s" : "2s";
  if (!entry.odd && !request.matrix) options.rules = {entry.rule};
  // Until it is found, for some seconds at the most.
  if (request.explored) options.budget = "10m";
  options.explored = request.explored;
  return options;
}

void run_once(const Target& target, const GalleryEntry& entry, const Options& options, Fate& fate) {
  const Plan plan = make_plan(target.factory, options);
  ++fate.runs;
  for (const Finding& finding : run_isolated(target, options, plan.run, {})) {
    const RuleResult& result = finding.result;
    const bool failed = result.verdict == Verdict::fail || result.verdict == Verdict::flaky;
    // What couldn't be judged must not pass for fairness.
    const bool unjudged =
        result.verdict == Verdict::could_not_run || result.verdict == Verdict::inconclusive;
    if (failed || (entry.odd && unjudged)) ++fate.rules[result.id];
    if (entry.odd || result.id != entry.rule || result.verdict != Verdict::fail ||
        !(options.explored || says(result.message, entry.phrase)))
      continue;
    ++fate.killed;
    if (finding.found_after > 0) fate.explored.push_back(finding.found_after);
  }
}

Fate run_entry(const SelftestRequest& request, const std::string& gallery,
               const GalleryEntry& entry) {
  const auto start = std::chrono::steady_clock::now();
  const Target target = load_plugin(gallery + "?" + entry.id);
  Fate fate;
  for (std::uint64_t i = 0; i < request.seeds; ++i)
    run_once(target, entry, options_for(entry, request, request.seed + i), fate);
  fate.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return fate;
}

/// The rules that failed, each with the number of runs in which it did if there were several.
std::string rules_in_words(const Fate& fate) {
  std::string text;
  for (const auto& [rule, times] : fate.rules)
    text += (text.empty() ? "" : " ") + (fate.runs == 1 ? rule : fmt::format("{}x{}", rule, times));
  return text.empty() ? "-" : text;
}

std::string in_words(const GalleryEntry& entry, const Fate& fate) {
  if (entry.odd) return fate.rules.empty() ? "not accused" : "ACCUSED of " + rules_in_words(fate);
  const std::string runs =
      fate.runs == 1 ? "" : fmt::format(" in {} of {} runs", fate.killed, fate.runs);
  if (is_well(entry, fate)) return fmt::format("killed by {}{}", entry.rule, runs);
  if (!fate.rules.contains(entry.rule)) return fmt::format("SURVIVED {}{}", entry.rule, runs);
  return fmt::format("SURVIVED{}: {} failed, but not each time with the words \"{}\"", runs,
                     entry.rule, entry.phrase);
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
std::vector<Fate> run_all(const SelftestRequest& request, const std::string& gallery,
                          const std::vector<GalleryEntry>& entries) {
  std::vector<Fate> fates(entries.size());
  Progress progress(entries.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < entries.size(); i = next++) {
        fates[i] = run_entry(request, gallery, entries[i]);
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

/// Null if exploration never killed it.
Json median(std::vector<std::uint64_t> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::uint64_t low = values[(values.size() - 1) / 2];
  const std::uint64_t high = values[values.size() / 2];
  if ((low + high) % 2 == 0) return (low + high) / 2;
  return static_cast<double>(low + high) / 2;
}

Json ids_of(const Fate& fate) {
  Json ids = Json::array();
  for (const auto& each : fate.rules) ids.push_back(each.first);
  return ids;
}

void print_json(const std::vector<GalleryEntry>& entries, const std::vector<Fate>& fates,
                const SelftestRequest& request) {
  Json mutants = Json::array();
  Json odd = Json::array();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const GalleryEntry& entry = entries[i];
    const Fate& fate = fates[i];
    if (entry.odd)
      odd.push_back({{"id", entry.id},
                     {"accused", ids_of(fate)},
                     {"times", fate.rules},
                     {"runs", fate.runs},
                     {"seconds", fate.seconds}});
    else
      mutants.push_back({{"id", entry.id},
                         {"base", entry.base},
                         {"expected_rule", entry.rule},
                         {"hard", entry.hard},
                         {"killed", is_well(entry, fate)},
                         {"runs", fate.runs},
                         {"kills", fate.killed},
                         {"explored_kills", fate.explored.size()},
                         {"schedules_to_kill", median(fate.explored)},
                         {"by", ids_of(fate)},
                         {"times", fate.rules},
                         {"seconds", fate.seconds}});
  }
  const Totals totals = total(entries, fates);
  const Json whole{{"seed", request.seed},     {"seeds", request.seeds},
                   {"mutants", mutants},       {"odd", odd},
                   {"killed", totals.killed},  {"survived", totals.survived},
                   {"accused", totals.accused}};
  fmt::print("{}\n", whole.dump(1));
}

void print_table(const std::vector<GalleryEntry>& entries, const std::vector<Fate>& fates,
                 double seconds) {
  constexpr const char* row = "{:<13} {:<6} {:<8} {:<8} {:>7}  {}\n";
  fmt::print(row, "id", "rule", "killed", "by", "seconds", "defect");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const GalleryEntry& entry = entries[i];
    const Fate& fate = fates[i];
    const bool well = is_well(entry, fate);
    const std::string killed = entry.odd        ? (well ? "fair" : "ACCUSED")
                               : fate.runs == 1 ? (well ? "yes" : "NO")
                                                : fmt::format("{}/{}", fate.killed, fate.runs);
    fmt::print(row, entry.id, entry.rule.empty() ? "all" : entry.rule, killed, rules_in_words(fate),
               fmt::format("{:.1f}", fate.seconds), entry.defect);
  }
  const Totals totals = total(entries, fates);
  fmt::print("{} killed, {} survived, {} accused; {:.0f} s\n", totals.killed, totals.survived,
             totals.accused, seconds);
}

}  // namespace

int command_selftest(const SelftestRequest& request) {
  // Without control mutants would survive, and the kit's checks would seem to be blunt.
  (void)make_controlled_way();
  auto [file, entries] = chosen_gallery(request);
  if (request.explored)
    std::erase_if(entries,
                  [](const GalleryEntry& entry) { return entry.odd || !is_explored(entry); });
  if (entries.empty())
    throw UsageError("nothing to run: --explored is for broken streams whose rule is explored");
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Fate> fates = run_all(request, file, entries);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (request.json)
    print_json(entries, fates, request);
  else
    print_table(entries, fates, seconds);
  const Totals totals = total(entries, fates);
  return totals.survived == 0 && totals.accused == 0 ? 0 : 1;
}

}  // namespace streamtest
