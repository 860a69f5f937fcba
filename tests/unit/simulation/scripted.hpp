#ifndef TESTS_UNIT_SIMULATION_SCRIPTED_HPP
#define TESTS_UNIT_SIMULATION_SCRIPTED_HPP

#include <streamtest/schedule/schedule.hpp>
#include <streamtest/simulation/context.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace streamtest::simulation {

/// In the order without deviations.
inline Outcome run(Context& context, Clock::time_point until = never) {
  Replay replay({});
  return context.run(replay, until);
}

/// Notes what it is asked, and makes the moves it was told.
class Scripted final : public Chooser {
 public:
  explicit Scripted(std::vector<std::size_t> choices) : choices_(std::move(choices)) {}

  std::size_t choose(std::span<const Move> moves) override {
    std::string text;
    for (const Move& move : moves) text += std::to_string(move.actor);
    asked.push_back(text);
    return asked.size() <= choices_.size() ? choices_[asked.size() - 1] : 0;
  }
  std::size_t pick(std::size_t) override { return 0; }

  std::vector<std::string> asked;  ///< the actors of the moves

 private:
  std::vector<std::size_t> choices_;
};

}  // namespace streamtest::simulation

#endif
