#ifndef STREAMTEST_CASES_CUT_READER_HPP
#define STREAMTEST_CASES_CUT_READER_HPP

#include <streamtest/subject/bench.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

// What the truncation chapter's cases share. Internal to the cases.

namespace streamtest {

/// A cursor of a stream that is truncated, with what decisions D4 and D5 of the contract let it
/// give. Used by one thread.
class CutReader {
 public:
  /// Opens it. `first` is what truncations that have returned reported: below it `open` may say
  /// truncated, and every read must. If others truncate meanwhile, `asked` is the highest offset
  /// that they have begun to truncate to.
  CutReader(const Bench& bench, Trial& trial, eventstream::Offset from,
            eventstream::EventTypeSet filter, eventstream::Offset first = 0,
            const std::atomic<eventstream::Offset>* asked = nullptr);

  /// The stream was truncated and reported this first offset.
  void cut(eventstream::Offset first);

  eventstream::Offset position() const { return position_; }
  bool truncated() const { return truncated_; }
  /// The event that its next read gives, unless the stream says truncated.
  std::optional<Logged> due() const { return trial_->first_match(position_, filter_); }
  /// A read comes to an end without a further append.
  bool ready() const { return truncated_ || due(); }

  void start();
  bool pending() const { return pending_.has_value(); }
  /// Waits for the read that was started and judges it.
  void check();
  void read_one();
  /// Reads what is there, at most `count` events, and goes on when it is truncated: that must
  /// repeat.
  void read_on(std::uint64_t count = std::numeric_limits<std::uint64_t>::max());
  /// Closes and destroys it.
  void release();

 private:
  bool may_deliver(eventstream::Offset offset) const;
  bool may_be_truncated() const;
  void judge(const eventstream::Result<eventstream::Event>& seen);
  [[noreturn]] void fail(std::string_view seen) const;

  const Bench* bench_;
  Trial* trial_;
  eventstream::Offset position_;
  eventstream::EventTypeSet filter_;
  eventstream::Offset cut_when_opened_;
  eventstream::Offset cut_;  ///< by truncations that returned before the read began
  const std::atomic<eventstream::Offset>* asked_;
  /// A cut, and how many events below it were delivered since.
  struct Held {
    eventstream::Offset cut;
    std::uint64_t events;
  };
  std::vector<Held> held_;
  bool truncated_ = false;
  std::optional<Reader> reader_;  ///< none if open said truncated
  std::optional<Pending> pending_;
};

/// Asks for a truncation that the stream may refuse: then nothing is given.
std::optional<eventstream::Offset> ask_to_truncate(Trial& trial, eventstream::Offset first);

// The cases of TRN-4 to TRN-7.
void what_is_cut_in_hand_stays_what_it_was(Bench& bench);
void reading_while_the_cut_advances(Bench& bench);
void truncation_leaves_the_tail_alone(Bench& bench);
void truncation_meets_the_waking_append(Bench& bench);
void truncation_passes_over_what_does_not_match(Bench& bench);
void offsets_are_never_reused(Bench& bench);
void every_two_cuts(Bench& bench);

}  // namespace streamtest

#endif
