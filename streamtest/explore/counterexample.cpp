#include <streamtest/explore/counterexample.hpp>
#include <streamtest/history/timeline.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

std::string order(const Counterexample& counterexample) {
  const std::vector<Deviation>& deviations = counterexample.schedule.deviations;
  // Every exact way asks for it before anything else.
  const bool restless = !deviations.empty() && deviations.front().at == 0;
  const std::size_t switches = deviations.size() - (restless ? 1 : 0);
  return (switches == 0 ? std::string(" in their usual order")
                        : fmt::format(", {} time{} out of their usual order", switches,
                                      switches == 1 ? "" : "s")) +
         (restless ? ", while waits may end early" : "");
}

}  // namespace

std::string to_text(const Counterexample& counterexample) {
  std::string places;
  for (const std::string& place : counterexample.places)
    places += fmt::format("{}  {}\n", places.empty() ? "where they stood:\n" : "", place);
  return fmt::format("{}\nthe program, run by {}{}:\n{}what happened, a line a moment:\n{}{}",
                     counterexample.sentence, counterexample.way, order(counterexample),
                     to_text(counterexample.program, counterexample.types),
                     timeline(counterexample.record, counterexample.calls), places);
}

}  // namespace streamtest
