#ifndef STREAMTEST_CASES_FOLLOWER_HPP
#define STREAMTEST_CASES_FOLLOWER_HPP

#include <streamtest/subject/bench.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

// What several chapters' cases share. Internal to the cases.

namespace streamtest {

/// A cursor with what the rules say it gives: every event of its filter at or after its position,
/// in order. The events come from the trial's log, so what is due is what was appended and
/// acknowledged. Used by one thread.
class Follower {
 public:
  Follower(Trial& trial, eventstream::Offset from, eventstream::EventTypeSet filter,
           const std::string& actor = "case")
      : trial_(&trial),
        position_(from),
        filter_(std::move(filter)),
        reader_(trial.open(from, filter_, actor)) {}

  Reader& reader() { return reader_; }
  const eventstream::EventTypeSet& filter() const { return filter_; }
  /// The first offset that it may still give.
  eventstream::Offset position() const { return position_; }

  /// The event that its next read must give; without one it must wait.
  std::optional<Logged> due() const { return trial_->first_match(position_, filter_); }
  void read_one();
  /// Reads all that is due; tells how many events that were.
  std::uint64_t catch_up();

  /// Begins a next; `cancelled` gives it a token that has asked to stop already.
  void start(bool cancelled = false) { pending_ = reader_.start_next(cancelled); }
  bool pending() const { return pending_.has_value(); }
  /// The next that was begun must give the event that is due, or, if none is, not have returned.
  /// True if it gave one.
  bool check();
  void cancel() { pending_->cancel(); }
  /// The next that was begun and cancelled must say so, and nothing else: use it where nothing is
  /// due.
  void must_be_cancelled();
  /// The next that was begun and cancelled may also give the event that is due. True if it gave it.
  bool event_or_cancelled();

  /// Closes and destroys the cursor.
  void release();
  /// The same with a next pending that nothing is due for: it is cancelled first, and must say so,
  /// where the stream can.
  void leave();

 private:
  void took(const Logged& event) { position_ = event.offset + 1; }

  Trial* trial_;
  eventstream::Offset position_;
  eventstream::EventTypeSet filter_;
  Reader reader_;
  std::optional<Pending> pending_;
};

/// Each of the seven filters of the trial's first three types.
std::vector<eventstream::EventTypeSet> every_filter(const Trial& trial);

/// One event of each of the first three types, one append each, until `done` holds: whatever waits
/// for one of these types, at any place not far behind the end, gets its event.
void append_until(Trial& trial, const std::function<bool()>& done);

/// The first `count` indexes of types: 0, 1, 2, 0, 1, … or random ones.
std::vector<std::size_t> in_turn(std::size_t count);
std::vector<std::size_t> at_random(Bench& bench, std::size_t count);

/// Appends events of these types in batches of at most `batch`.
void append_run(const Bench& bench, Trial& trial, std::span<const std::size_t> types,
                std::size_t batch = 64);

/// `wanted`, or fewer on a stream that can't have as many cursors open at once.
std::size_t cursor_limit(const Bench& bench, std::size_t wanted);

/// `wanted`, or fewer where the vocabulary has no more types or a filter can't hold all of them; at
/// least three.
std::size_t type_limit(const Bench& bench, std::size_t wanted);

/// Sizes around which pages, segments and caches begin, rising, none above `limit`: each power of
/// two, and the usual round numbers, with both neighbours. `own` are those that the harness names,
/// which are never left out.
std::vector<std::uint64_t> usual_boundaries(std::uint64_t limit);
std::vector<std::uint64_t> own_boundaries(const Bench& bench, std::uint64_t limit);

bool can_truncate(const Bench& bench);

/// A random number of spins, small ones as likely as large ones: up to some ten microseconds.
std::uint64_t some_spins(Bench& bench);

/// Once in eight times the calling thread gives way to others: without a free core a read that was
/// just started would else never come to wait before what races with it.
void let_others_run(Bench& bench);

}  // namespace streamtest

#endif
