#include <streamtest/explore/counterexample.hpp>
#include <streamtest/history/timeline.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

std::string order(const Counterexample& counterexample) {
  const std::size_t switches = counterexample.schedule.deviations.size();
  if (switches == 0) return " in their usual order";
  return fmt::format(", {} time{} out of their usual order", switches, switches == 1 ? "" : "s");
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
