#ifndef STREAMTEST_REPORT_CONSOLE_HPP
#define STREAMTEST_REPORT_CONSOLE_HPP

#include <streamtest/report/report.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace streamtest {

/// Shows a certification to a person. A terminal gets one progress line (rule, counts, time left)
/// that is rewritten in place, and a pipe plain lines: one a chapter as it ends. Failures are
/// printed in full as they come. Not thread-safe: its one owner feeds it.
class Console {
 public:
  /// Writes to `file`, which must outlive it. `rules` are those that will run; `expected` is how
  /// long the budget lets them take.
  Console(std::FILE* file, bool terminal, std::size_t rules,
          std::chrono::duration<double> expected);

  /// A rule is about to run: moves the progress line on.
  void started(const std::string& rule);
  /// A rule has its verdict.
  void finished(const RuleResult& result);
  /// The last lines: counts of each verdict, what may be claimed, failed SHOULDs, the whole verdict
  /// and its reason, and "no certificate: n rules not selected" where that is so.
  void summary(const Report& report);

 private:
  /// What is known of a chapter until its line is printed.
  struct ChapterCounts {
    std::string prefix;
    std::map<Verdict, std::size_t> verdicts;
    std::size_t finished = 0;
    std::size_t running = 0;
  };

  ChapterCounts& chapter(const std::string& rule);
  void end_chapter(std::string prefix);
  void end_all_chapters();
  void show_failure(const RuleResult& result);
  void print(const std::string& text);
  void clear_line();
  void show_line();
  std::string time_left() const;

  std::FILE* file_;
  bool terminal_;
  bool colour_;
  bool several_ = false;  ///< chapters were seen to run at the same time
  std::size_t rules_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  std::size_t width_ = 0;  ///< of the progress line that is there now
  std::string current_;
  std::vector<ChapterCounts> chapters_;
  std::chrono::duration<double> expected_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace streamtest

#endif
