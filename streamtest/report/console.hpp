#ifndef STREAMTEST_REPORT_CONSOLE_HPP
#define STREAMTEST_REPORT_CONSOLE_HPP

#include <streamtest/report/report.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace streamtest {

/// Shows a certification to a person. A terminal gets one progress line (rule, counts, time left) that is rewritten
/// in place, and a pipe plain lines: one a chapter as it ends. Failures are printed in full as they come.
/// Not thread-safe: its one owner feeds it.
class Console {
 public:
  /// Writes to `file`, which must outlive it. `rules` are those that will run; `expected` is how long the budget
  /// lets them take.
  Console(std::FILE* file, bool terminal, std::size_t rules, std::chrono::duration<double> expected);

  /// A rule is about to run: moves the progress line on.
  void started(const std::string& rule);
  /// A rule has its verdict.
  void finished(const RuleResult& result);
  /// The last lines: counts of each verdict, what may be claimed, failed SHOULDs, the whole verdict and its reason,
  /// and "no certificate: n rules not selected" where that is so.
  void summary(const Report& report);

 private:
  void clear_line();
  void show_line();

  std::FILE* file_;
  bool terminal_;
  std::size_t rules_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  std::string current_;
  std::string chapter_;
  std::size_t chapter_rules_ = 0;
  std::size_t chapter_passed_ = 0;
  std::chrono::duration<double> expected_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace streamtest

#endif
