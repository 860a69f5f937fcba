#ifndef STREAMTEST_SCHEDULE_UNFAIR_HPP
#define STREAMTEST_SCHEDULE_UNFAIR_HPP

#include <streamtest/schedule/random.hpp>
#include <streamtest/schedule/strategy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace streamtest {

/// How many choices a run is expected to ask for: the mean of the last runs or so.
class Length {
 public:
  std::uint64_t expected() const { return std::max<std::uint64_t>(mean_ / scale, 1); }
  void learn(std::uint64_t choices);
  /// The same of a run that went on fairly after so many choices. What came before them may have
  /// been an actor that spun for as long as it was let: to believe it would make each run longer
  /// than the one before.
  void learn_with_tail(std::uint64_t choices, std::uint64_t fair_from);

 private:
  static constexpr std::uint64_t scale = 16;
  static constexpr std::uint64_t first_guess = 250;
  static constexpr std::uint64_t longest = std::uint64_t{1} << 32;

  std::uint64_t mean_ = scale * first_guess;
  std::uint64_t runs_ = 0;  ///< that the mean is made of, at most `scale`
};

/// A strategy that may starve an actor, until its runs are longer than they should be: from there
/// on every choice is equally likely.
class Unfair : public Strategy {
 public:
  bool begin() final;
  void end(std::uint64_t choices) final;
  std::size_t choose(std::span<const Move> moves) final;
  std::size_t pick(std::size_t count) final;

 protected:
  /// Strategies that run in turn learn from one another if they share the length.
  Unfair(std::uint64_t seed, std::shared_ptr<Length> length);

  Random& random() { return random_; }
  const Length& length() const { return *length_; }

  virtual bool begin_run() = 0;
  virtual void end_run() {}
  /// The choice number `at`, before the fair tail.
  virtual std::size_t choose_at(std::uint64_t at, std::span<const Move> moves) = 0;
  virtual std::size_t pick_at(std::uint64_t at, std::size_t count) = 0;
  /// The least number of choices before the tail.
  virtual std::uint64_t least() const { return 400; }

 private:
  Random random_;
  std::shared_ptr<Length> length_;
  std::uint64_t made_ = 0;
  std::uint64_t fair_from_ = 0;
};

// The strategies of strategy.hpp that can share a length.
std::unique_ptr<Strategy> make_pct(std::uint64_t seed, unsigned depth,
                                   std::shared_ptr<Length> length);
std::unique_ptr<Strategy> make_pos(std::uint64_t seed, std::shared_ptr<Length> length);
std::unique_ptr<Strategy> make_bounded_search(unsigned deviations, unsigned quantum,
                                              std::shared_ptr<Length> length);

}  // namespace streamtest

#endif
