#ifndef TESTS_UNIT_SUBJECT_LITTLE_HANDLER_HPP
#define TESTS_UNIT_SUBJECT_LITTLE_HANDLER_HPP

#include <eventstream/memory_handler.hpp>
#include <streamtest/subject/harness.hpp>

/// The handler in memory with its harness, for tests of the kit itself.
struct LittleHandlerHarness {
  explicit LittleHandlerHarness(const streamtest::Scenario& scenario)
      : memory_handler(scenario.event_types,
                       [this](const eventstream::Event& event, const std::stop_token&) {
                         applied.push_back(event.parcel->message_id);
                         return eventstream::Result<void>();
                       }) {}
  eventstream::MemoryHandler& handler() { return memory_handler; }
  std::vector<std::string> effects() { return applied; }

  std::vector<std::string> applied;
  eventstream::MemoryHandler memory_handler;
};

#endif
