#ifndef STREAMTEST_SCHEDULE_COURSE_HPP
#define STREAMTEST_SCHEDULE_COURSE_HPP

#include <streamtest/schedule/chooser.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace streamtest {

/// An actor that moves so many times, and nobody else meanwhile.
struct Stretch {
  Actor actor = 0;
  std::uint64_t moves = 0;
};

/// Who moved when in a run. A schedule says the same by the numbers of choices, which mean
/// something else as soon as an earlier one is made differently; a course can be rearranged. A
/// plain value.
struct Course {
  std::vector<Stretch> stretches;
  std::vector<std::size_t> picks;  ///< what was chosen besides moves
};

/// Writes down the course of a run that another chooser decides, and how many ways to go on there
/// were at each choice. That one must outlive it.
class Surveyor final : public Chooser {
 public:
  explicit Surveyor(Chooser& inner) : inner_(&inner) {}

  std::size_t choose(std::span<const Move> moves) override;
  std::size_t pick(std::size_t count) override;

  const Course& course() const { return course_; }
  const std::vector<std::size_t>& counts() const { return counts_; }

 private:
  Chooser* inner_;
  Course course_;
  std::vector<std::size_t> counts_;
};

/// Decides as a course says, as far as that is possible: an actor that can't go on loses the rest
/// of its stretch. After the last stretch nobody is interrupted.
class CourseReplay final : public Chooser {
 public:
  explicit CourseReplay(Course course) : course_(std::move(course)) {}

  std::size_t choose(std::span<const Move> moves) override;
  std::size_t pick(std::size_t count) override;

 private:
  Course course_;
  std::size_t stretch_ = 0;
  std::size_t pick_ = 0;
};

/// Offers each course in which an actor does at one go what it did in two stretches with others in
/// between: the later one is brought forward, or the earlier one put off. Ends when one is taken;
/// false if none was.
bool try_with_a_switch_less(const Course& course, const std::function<bool(Course)>& takes);

}  // namespace streamtest

#endif
