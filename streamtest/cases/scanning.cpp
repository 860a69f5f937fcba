#include <streamtest/cases/follower.hpp>
#include <streamtest/cases/scanning.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

// CAN-5: cancelling and deadlines while next is busy with events that aren't for the reader.
//
// Contract D18 decides it without a stopwatch: cancel early in a long run, ten times, and accuse a
// stream only if it went on to the end of the run every time. Here an event that is for the reader
// stands behind the run, so that the outcome itself tells: `cancelled` acquits, once and for all;
// the event tells against the stream if the cancel came so soon after open that it can't have been
// further than a third of the run. That third is of the shortest time that a read across the run
// was ever seen to take, measured before and after in the thread that reads, so a busy machine can
// make the kit too late, which it notices, but not a stream guilty.
//
// What is fair to ask: a stream may look at its token once in a page of many thousand events. So
// one that is deaf in a short run is tried in longer ones, and is accused only in the longest. D18
// goes up to 200 ms or 2^22 events; the kit stops at 200 ms or 2^18 (2^20 if it has minutes), for
// the sake of memory: a stream that looks once in 200,000 events is accused although D18 would let
// it pass. And a run counts only if reading across it takes several times as long as reading what
// stands behind it alone: a stream that has an index doesn't skip, and need not be able to stop
// doing so.

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;
using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

namespace {

/// Passes a call on and notes how long it took, in the thread that makes it: no hand-over counts as
/// scanning. With a part of the run's time it reads with a deadline, which needs a cursor of the
/// project's own.
class Timed final : public AnyCursor {
 public:
  explicit Timed(std::unique_ptr<AnyCursor> cursor, std::optional<nanoseconds> deadline)
      : cursor_(std::move(cursor)), deadline_(deadline) {}

  Result<Event> next(std::stop_token token) override {
    {
      std::lock_guard lock(mutex_);
      begun_ = true;
      changed_.notify_all();
    }
    // From here: whoever was just woken may have taken this thread's processor for a while.
    const Clock::time_point start = Clock::now();
    Result<Event> seen =
        deadline_ ? cursor_->native()->next_until(start + *deadline_, token) : cursor_->next(token);
    const nanoseconds took = Clock::now() - start;
    std::lock_guard lock(mutex_);
    took_ = took;
    return seen;
  }
  Result<void> close() override { return cursor_->close(); }

  /// Waits until the call has begun, asleep: on a busy machine one who sleeps gets the processor
  /// sooner than one who asks again and again.
  void wait_for_begin(nanoseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return begun_; });
  }
  nanoseconds took() {
    std::lock_guard lock(mutex_);
    return took_;
  }

 private:
  std::unique_ptr<AnyCursor> cursor_;
  std::optional<nanoseconds> deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false;
  nanoseconds took_{0};
};

/// One read across the run with a cursor of its own, begun when it is made. Asynchronous if the
/// driver is and its time isn't asked for.
class Scan {
 public:
  enum class How { driver, timed };

  Scan(Trial& trial, Offset from, const EventTypeSet& filter, How how,
       std::optional<nanoseconds> deadline = {})
      : opened_(Clock::now()),
        reader_(open(trial, from, filter, how, deadline)),
        next_(reader_.start_next()) {
    if (timed_) timed_->wait_for_begin(trial.patience());
  }

  Clock::time_point opened() const { return opened_; }
  bool done() const { return next_.done(); }
  void cancel() { next_.cancel(); }
  Result<Event> result() {
    Result<Event> seen = next_.result();
    (void)reader_.close();
    reader_.destroy();
    return seen;
  }
  /// How long next took, of one that is timed and has a result.
  nanoseconds took() const { return timed_->took(); }

 private:
  Reader open(Trial& trial, Offset from, const EventTypeSet& filter, How how,
              std::optional<nanoseconds> deadline) {
    return trial.open_wrapped(
        from, filter, [&](std::unique_ptr<AnyCursor> cursor) -> std::shared_ptr<AnyCursor> {
          const bool asynchronous =
              trial.driver().delivery() == Delivery::asynchronous && cursor->native();
          if (how == How::driver && asynchronous) return cursor;
          return timed_ = std::make_shared<Timed>(std::move(cursor), deadline);
        });
  }

  std::shared_ptr<Timed> timed_;  ///< null if the read is asynchronous
  Clock::time_point opened_;
  Reader reader_;
  Pending next_;
};

/// Actively, because a sleep is longer than most runs.
void spin_until(Clock::time_point moment) {
  while (Clock::now() < moment) Bench::spin(10);
}

/// A stream with a run of events that nobody wants, and one behind it that is for the reader. Each
/// time the run grows, the one behind it is of another type, so that the former ones belong to the
/// run.
class Run {
 public:
  explicit Run(Bench& bench)
      : bench_(&bench), factor_(many(bench) ? 4 : 16), trial_(bench.trial(many(bench) ? 5 : 3)) {}

  Trial& trial() { return *trial_; }
  EventTypeSet filter() const { return trial_->filter({grown_}); }
  std::size_t length() const { return length_; }
  nanoseconds time() const { return time_; }

  /// Makes it several times as long, and so long that skipping it takes its time. False if it is as
  /// long as it may be.
  bool grow() {
    Offset behind = 0;
    do {
      if (wanted_ > most() || time_ >= std::chrono::milliseconds(200)) return false;
      lengthen();
      wanted_ *= factor_;
      append(++grown_, 1);
      time_ = time_of_a_read(0, behind);
    } while (time_ < 5 * time_of_a_read(behind, behind));
    return true;
  }

  /// Looks again whether it can be read in less time.
  void measure_again() {
    Offset found = 0;
    time_ = std::min(time_, time_of_a_read(0, found));
  }

 private:
  static bool many(const Bench& bench) { return type_limit(bench, 5) == 5; }

  std::size_t most() const {
    const bool long_run = bench_->settings().budget >= std::chrono::minutes(2);
    return std::size_t{1} << (long_run ? 20 : 18);
  }

  void lengthen() {
    if (bench_->hooks().fill) {
      trial_->subject().fill(trial_->type(0), wanted_ - length_);
      trial_->subject().settle();
      length_ = wanted_;
    }
    const std::size_t batch = batch_limit(bench_->capabilities(), 4096);
    while (length_ < wanted_) append(0, std::min(wanted_ - length_, batch));
  }

  /// Not by the trial's own append, which would read every event where append tells no offsets.
  void append(std::size_t type, std::size_t count) {
    std::vector<eventstream::Parcel> batch;
    for (std::size_t i = 0; i < count; ++i) batch.push_back(trial_->parcel(trial_->type(type)));
    if (!trial_->try_append(batch)) throw HarnessFailure("append failed while a long run was made");
    trial_->subject().settle();
    length_ += count;
  }

  /// A stream that truncates itself may keep less than the run.
  void must_be_there(const Result<Event>& seen) const {
    if (!seen && seen.error() == Errc::truncated && bench_->capabilities().retention)
      throw Inconclusive("the stream kept too few events for a run that is long enough");
    if (!seen)
      trial_->fail(
          fmt::format("no event came behind a run of {}: {}", length_, trial_->describe(seen)));
  }

  /// How long the event behind the run takes from there, at best; `found` is its offset.
  nanoseconds time_of_a_read(Offset from, Offset& found) {
    nanoseconds least = nanoseconds::max();
    for (int i = 0; i < 4; ++i) {
      Scan scan(*trial_, from, filter(), Scan::How::timed);
      const Result<Event> seen = scan.result();
      must_be_there(seen);
      least = std::min(least, scan.took());
      found = seen->offset;
    }
    return least;
  }

  Bench* bench_;
  std::size_t factor_;
  std::unique_ptr<Trial> trial_;
  std::size_t length_ = 0;
  std::size_t wanted_ = std::size_t{1} << 14;
  std::size_t grown_ = 0;
  nanoseconds time_{0};
};

/// What a try came to: `cancelled` or `timed_out` as it should, or the event, although asked so
/// long after open.
struct Try {
  bool honoured = false;
  nanoseconds asked{0};
};

Try judged(Run& run, const Result<Event>& seen, Errc wanted, nanoseconds asked) {
  if (!seen && seen.error() != wanted)
    run.trial().fail(fmt::format(
        "a next in the middle of a long run gave the wrong outcome: expected {} or the event "
        "behind the run, seen {}",
        eventstream::to_string(wanted), run.trial().describe(seen)));
  return {!seen, asked};
}

/// Cancels at a tenth of the run's time.
Try try_cancel(Run& run) {
  Scan scan(run.trial(), 0, run.filter(), Scan::How::driver);
  const Clock::time_point begun = Clock::now();
  spin_until(begun + run.time() / 10);
  scan.cancel();
  const nanoseconds asked = Clock::now() - scan.opened();
  return judged(run, scan.result(), Errc::cancelled, asked);
}

/// Reads with a deadline at a tenth of the run's time.
Try try_deadline(Run& run) {
  const nanoseconds deadline = run.time() / 10;
  Scan scan(run.trial(), 0, run.filter(), Scan::How::timed, deadline);
  return judged(run, scan.result(), Errc::timed_out, deadline);
}

enum class Verdict { honoured, ignored, unclear };

/// Ten tries that count; honoured if one was.
Verdict judge(Bench& bench, Run& run, Try (*attempt)(Run&)) {
  const auto counts = [&run](const Try& one) { return one.asked < run.time() / 3; };
  std::vector<Try> ignored;
  for (int i = 0; i < 100 && ignored.size() < 10; ++i) {
    const Try one = attempt(run);
    bench.count();
    if (one.honoured) return Verdict::honoured;
    if (counts(one)) ignored.push_back(one);
  }
  run.measure_again();
  const bool all = ignored.size() == 10 && std::all_of(ignored.begin(), ignored.end(), counts);
  return all ? Verdict::ignored : Verdict::unclear;
}

/// Judges at ever longer runs, until one acquits the stream or none longer can be had. Where this
/// process is too slow to tell, a long run is enough.
void judge_all(Bench& bench, Try (*attempt)(Run&), std::string_view what) {
  Run run(bench);
  Verdict verdict = Verdict::unclear;
  while (run.grow()) {
    verdict = judge(bench, run, attempt);
    if (verdict == Verdict::honoured) return;
    if (verdict == Verdict::unclear && run.length() >= bench.size(1 << 18, 1 << 16)) return;
  }
  if (verdict == Verdict::ignored)
    run.trial().fail(fmt::format(
        "next skipped {} events that aren't for it and gave the one behind them, in each of ten "
        "tries, although {} before a third of that was done",
        run.length(), what));
}

}  // namespace

// A cancel that comes while next is skipping (B56, O-21).
void cancel_ends_a_long_scan(Bench& bench) {
  judge_all(bench, try_cancel, "it was cancelled");
}

// A deadline that passes while next is skipping: only the project's own cursors have deadlines.
void deadline_ends_a_long_scan(Bench& bench) {
  {
    const auto trial = bench.trial();
    if (!trial->open(0, trial->all_types()).native()) return;
  }
  judge_all(bench, try_deadline, "its deadline passed");
}

// A deadline in the middle of appends that aren't for the reader: each may wake it, none may start
// its time anew (B57).
void unwanted_appends_extend_no_deadline(Bench& bench) {
  const auto trial = bench.trial();
  if (!trial->open(0, trial->all_types()).native()) return;
  for (Rounds rounds = bench.rounds(10); rounds.more();) {
    Scan scan(*trial, trial->end(), trial->filter({1}), Scan::How::timed, trial->patience() / 1000);
    const Clock::time_point stuck = Clock::now() + trial->patience();
    while (!scan.done() && Clock::now() < stuck) {
      trial->append_one(0);
      Bench::spin(10000);
    }
    if (!scan.done())
      trial->fail(
          "next_until did not return for the whole patience, long after its deadline, while events "
          "that aren't "
          "for it were appended all the time");
    if (const Result<Event> seen = scan.result(); seen || seen.error() != Errc::timed_out)
      trial->fail(fmt::format("next_until gave the wrong outcome: expected timed_out, seen {}",
                              trial->describe(seen)));
    Follower after(*trial, trial->end(), trial->filter({1}));
    after.start();
    trial->append_one(1);
    after.check();
    after.release();
    bench.count();
  }
}

}  // namespace streamtest
