#ifndef STREAMTEST_EXPLORE_SURVEY_HPP
#define STREAMTEST_EXPLORE_SURVEY_HPP

#include <streamtest/history/explored.hpp>
#include <streamtest/schedule/strategy.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace streamtest {

/// One order in which a program was run under control.
struct SurveyedRun {
  std::string strategy;
  /// That it asked for until its actors came to rest; what the kit does then isn't the program's.
  std::uint64_t choices = 0;
  bool restless = false;  ///< waits ended early and for no reason
  std::optional<PctRun> pct = {};
};

/// A strategy whose runs are written down, those of one program.
class Survey final : public Strategy {
 public:
  explicit Survey(std::unique_ptr<Strategy> inner) : inner_(std::move(inner)) {}

  bool begin() override;
  void end(std::uint64_t choices) override;
  std::string name() const override { return inner_->name(); }
  std::optional<PctRun> pct() const override { return inner_->pct(); }
  std::size_t choose(std::span<const Move> moves) override;
  std::size_t pick(std::size_t count) override;

  /// The actors have come to rest.
  void rested() { at_rest_ = asked_; }

  const std::vector<SurveyedRun>& runs() const { return runs_; }

 private:
  std::unique_ptr<Strategy> inner_;
  std::vector<SurveyedRun> runs_;
  std::uint64_t asked_ = 0;
  std::optional<std::uint64_t> at_rest_;
  bool restless_ = false;
};

/// How likely these runs of one program, with so many actors, would have shown a bug that it has,
/// at the least; by the bug's depth, 2 and 3.
///
/// By PCT's theorem (Burckhardt et al., ASPLOS 2010) one run of depth d shows a bug of depth d with
/// p >= 1 / (n k^(d-1)), n actors and k choices, if it can lower priorities at each choice that the
/// bug may need. So only runs of just that depth count, and only those that reach as far as the
/// longest run did until its actors came to rest; and none in which waits end early and for no
/// reason, because what is true of the program without such things may not be so with them.
Bounds pct_bounds(std::span<const SurveyedRun> runs, std::uint64_t actors);

}  // namespace streamtest

#endif
