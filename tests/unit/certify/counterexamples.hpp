#ifndef TESTS_UNIT_CERTIFY_COUNTEREXAMPLES_HPP
#define TESTS_UNIT_CERTIFY_COUNTEREXAMPLES_HPP

#include <streamtest/explore/counterexample.hpp>

/// An appender of two events at once, after two that are there; as free threads.
inline streamtest::Counterexample two_appends() {
  using Kind = streamtest::Command::Kind;
  return {.target = "memory:",
          .rule = "CON-2",
          .anomaly = streamtest::AnomalyKind::lost_event,
          .sentence = "event 1 is lost",
          .patience = std::chrono::seconds(10),
          .types = {"EventA", "EventB", "EventC"},
          .program = {.before = {{.kind = Kind::append, .types = {0, 1}}},
                      .actors = {{{.kind = Kind::append, .types = {2, 2}}}}},
          .way = "free threads",
          .strategy = "POS",
          .record = {.types = {"EventA", "EventB", "EventC"}, .supported = 3}};
}

#endif
