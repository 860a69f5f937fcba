#include <streamtest/explore/survey.hpp>

#include <algorithm>

namespace streamtest {
namespace {

constexpr unsigned shallowest = 2;
/// One run of a program finds deeper bugs with less than one in a million.
constexpr unsigned deepest = 3;

}  // namespace

bool Survey::begin() {
  asked_ = 0;
  at_rest_.reset();
  restless_ = false;
  return inner_->begin();
}

void Survey::end(std::uint64_t choices) {
  // Before the strategy learns from the run: what it says now is what it did.
  runs_.push_back({inner_->name(), at_rest_.value_or(choices), restless_, inner_->pct()});
  inner_->end(choices);
}

std::size_t Survey::choose(std::span<const Move> moves) {
  ++asked_;
  return inner_->choose(moves);
}

std::size_t Survey::pick(std::size_t count) {
  const std::size_t picked = inner_->pick(count);
  // Every exact way asks for it first.
  if (asked_++ == 0) restless_ = picked != 0;
  return picked;
}

Bounds pct_bounds(std::span<const SurveyedRun> runs, std::uint64_t actors) {
  std::uint64_t longest = 0;
  for (const SurveyedRun& run : runs)
    if (!run.restless) longest = std::max(longest, run.choices);
  Bounds bounds;
  for (unsigned depth = shallowest; depth <= deepest; ++depth) {
    double miss = 1;
    for (const SurveyedRun& run : runs)
      if (!run.restless && run.pct && run.pct->depth == depth && run.pct->reach >= longest)
        miss *= pct_miss(depth, std::max<std::uint64_t>(actors, 1), run.pct->reach, 1);
    bounds[depth] = 1 - miss;
  }
  return bounds;
}

}  // namespace streamtest
