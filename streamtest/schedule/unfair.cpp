#include <streamtest/schedule/unfair.hpp>

#include <utility>

namespace streamtest {

void Length::learn(std::uint64_t choices) {
  runs_ = std::min(runs_ + 1, scale);
  // Whole numbers, so that every machine learns the same.
  mean_ = (mean_ * (runs_ - 1) + std::min(choices, longest) * scale) / runs_;
}

void Length::learn_with_tail(std::uint64_t choices, std::uint64_t fair_from) {
  learn(choices > fair_from ? std::max(choices - fair_from, expected()) : choices);
}

Unfair::Unfair(std::uint64_t seed, std::shared_ptr<Length> length)
    : random_(seed), length_(std::move(length)) {}

bool Unfair::begin() {
  made_ = 0;
  fair_from_ = std::max(4 * length_->expected(), least());
  return begin_run();
}

void Unfair::end(std::uint64_t choices) {
  length_->learn_with_tail(choices, fair_from_);
  end_run();
}

std::size_t Unfair::choose(std::span<const Move> moves) {
  const std::uint64_t at = made_++;
  return at < fair_from_ ? choose_at(at, moves) : random_.below(moves.size());
}

std::size_t Unfair::pick(std::size_t count) {
  const std::uint64_t at = made_++;
  return at < fair_from_ ? pick_at(at, count) : random_.below(count);
}

}  // namespace streamtest
