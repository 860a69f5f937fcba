#ifndef STREAMTEST_EXPLORE_GENERATE_HPP
#define STREAMTEST_EXPLORE_GENERATE_HPP

#include <streamtest/explore/program.hpp>
#include <streamtest/subject/subject.hpp>

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace streamtest {

/// What generated programs are made of.
struct Shape {
  std::size_t cursors = 4;
  std::size_t types = 3;
  std::size_t largest_batch = 4;
  std::size_t largest_filter = 3;
  /// Some programs begin with about so many events, in batches of at most `largest_history_batch`.
  std::vector<std::uint64_t> boundaries = {};
  std::size_t largest_history_batch = 1000;
  /// Each program begins with a process that is killed.
  bool kills = false;
  /// Kinds that each program may have or lack as a whole (swarm), because much of one thing shows
  /// what a little of everything doesn't; append, open and next are in all.
  std::vector<Command::Kind> kinds = {};
  /// Kinds that no program lacks, because the rule is about them.
  std::vector<Command::Kind> always = {};
};

/// Programs that can break the rule on a stream that can do that much.
Shape shape_for(std::string_view rule, const SubjectFactory& factory);

/// A program of about `size` commands and those that read everything in the end. All its choices
/// come from `random`. What comes next depends on what there is: reads are likely where events wait
/// for them, a short stream is seldom truncated, a reopening mostly follows what it may forget.
Program generate(const std::function<std::uint64_t()>& random, std::size_t size,
                 const Shape& shape);

}  // namespace streamtest

#endif
