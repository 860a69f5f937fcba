#ifndef TESTS_UNIT_EXPLORE_COMMANDS_HPP
#define TESTS_UNIT_EXPLORE_COMMANDS_HPP

#include <streamtest/explore/program.hpp>

#include <utility>
#include <vector>

/// Short ways to write programs down.
namespace commands {

inline streamtest::Command append(std::vector<std::size_t> types = {0}) {
  return {.kind = streamtest::Command::Kind::append, .types = std::move(types)};
}

inline streamtest::Command open(std::size_t slot, eventstream::Offset offset = 0,
                                std::vector<std::size_t> filter = {0}) {
  return {.kind = streamtest::Command::Kind::open,
          .slot = slot,
          .types = std::move(filter),
          .offset = offset};
}

inline streamtest::Command next(std::size_t slot) {
  return {.kind = streamtest::Command::Kind::next, .slot = slot};
}

inline streamtest::Command on(streamtest::Command::Kind kind, std::size_t slot) {
  return {.kind = kind, .slot = slot};
}

inline streamtest::Command truncate(eventstream::Offset offset) {
  return {.kind = streamtest::Command::Kind::truncate, .offset = offset};
}

}  // namespace commands

#endif
