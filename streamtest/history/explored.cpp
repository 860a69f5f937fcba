#include <streamtest/history/explored.hpp>

namespace streamtest {

void add(Bounds& bounds, const Bounds& other) {
  for (const auto& [depth, probability] : other) {
    double& total = bounds[depth];
    total += probability * (1 - total);
  }
}

void Explored::add(const Explored& other) {
  for (const auto& [way, programs] : other.ways) ways[way] += programs;
  weaker_because.insert(other.weaker_because.begin(), other.weaker_because.end());
  for (const auto& [strategy, schedules] : other.strategies) strategies[strategy] += schedules;
  for (const auto& [label, more] : other.situations) {
    Situation& situation = situations[label];
    situation.programs += more.programs;
    situation.met.insert(more.met.begin(), more.met.end());
    situation.missed.insert(more.missed.begin(), more.missed.end());
    streamtest::add(situation.bounds, more.bounds);
  }
  streamtest::add(bounds, other.bounds);
}

}  // namespace streamtest
