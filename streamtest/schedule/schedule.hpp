#ifndef STREAMTEST_SCHEDULE_SCHEDULE_HPP
#define STREAMTEST_SCHEDULE_SCHEDULE_HPP

#include <streamtest/schedule/chooser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// Where a run left its usual order: the number of the choice, counted from 0 over moves and other
/// alternatives alike, and what was chosen instead of 0.
struct Deviation {
  std::uint64_t at = 0;
  std::uint32_t choice = 0;
  friend bool operator==(const Deviation&, const Deviation&) = default;
};

/// All choices of a run, as deviations from the order in which nobody is interrupted: a run of the
/// same program that makes them does the same. A plain value; rising in `at`, no choice is 0.
struct Schedule {
  std::vector<Deviation> deviations;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// One printable word without blanks, "4=1,17=2", or "-" if nothing deviates.
std::string to_text(const Schedule& schedule);
/// What to_text() wrote; nothing if the text is anything else.
std::optional<Schedule> schedule_from_text(std::string_view text);

/// Writes down what another chooser decides. That one must outlive it.
class Recorder final : public Chooser {
 public:
  explicit Recorder(Chooser& inner) : inner_(&inner) {}

  std::size_t choose(std::span<const Move> moves) override;
  std::size_t pick(std::size_t count) override;

  const Schedule& schedule() const { return schedule_; }
  /// The number of choices that were asked for, those with a single answer too.
  std::uint64_t choices() const { return choices_; }

 private:
  std::size_t note(std::size_t choice);

  Chooser* inner_;
  Schedule schedule_;
  std::uint64_t choices_ = 0;
};

/// Decides as a schedule says. A deviation that isn't possible where it stands, as happens while
/// schedules are shrunk, is left out and told.
class Replay final : public Chooser {
 public:
  explicit Replay(Schedule schedule) : schedule_(std::move(schedule)) {}

  std::size_t choose(std::span<const Move> moves) override { return next(moves.size()); }
  std::size_t pick(std::size_t count) override { return next(count); }

  /// True if a deviation was impossible, or came after the run's end.
  bool diverged() const { return impossible_ || used_ != schedule_.deviations.size(); }

 private:
  std::size_t next(std::size_t count);

  Schedule schedule_;
  std::uint64_t choices_ = 0;
  std::size_t used_ = 0;
  bool impossible_ = false;
};

}  // namespace streamtest

#endif
