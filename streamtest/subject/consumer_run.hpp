#ifndef STREAMTEST_SUBJECT_CONSUMER_RUN_HPP
#define STREAMTEST_SUBJECT_CONSUMER_RUN_HPP

#include <streamtest/subject/bench.hpp>
#include <streamtest/subject/stage.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace streamtest {

/// What a run is given besides its script and the clock.
struct RunSetup {
  eventstream::Backoff strategy = {};  ///< empty: the consumer's own
  std::shared_ptr<eventstream::Semaphore> semaphore = {};
  std::size_t permits = 0;  ///< how many it has in all
  bool log = false;
  std::string actor = "consumer";
};

/// One run of a consumer on a stage, in a thread of its own. Its end stops the consumer, whatever
/// happened. Used by the case's thread.
class ConsumerRun {
 public:
  ConsumerRun(Bench& bench, std::shared_ptr<ConsumerSubject> consumer, Script script,
              RunSetup setup);
  ConsumerRun(const ConsumerRun&) = delete;
  ConsumerRun& operator=(const ConsumerRun&) = delete;
  ~ConsumerRun();

  /// `stopped`: with a token that has asked to stop.
  void start(bool stopped = false);
  void stop() { slot_->cancel(); }
  /// True if it returned within the bound.
  bool returns() { return stage_->await_return(bench_->patience()); }
  /// As returns(); it must. `when` says when it was asked to stop.
  void must_return(std::string_view when) {
    if (!returns()) fail_stuck(when);
  }
  [[noreturn]] void fail_stuck(std::string_view when);

  Stage& stage() { return *stage_; }
  /// How it ended, in words; only once it has returned.
  std::string ending() const;

 private:
  Bench* bench_;
  std::shared_ptr<ConsumerSubject> consumer_;
  RunSetup setup_;
  std::shared_ptr<Stage> stage_;
  std::shared_ptr<Slot> slot_;
  bool was_stuck_ = false;
};

/// A fresh consumer. Throws HarnessFailure if the harness throws.
std::shared_ptr<ConsumerSubject> make_consumer(Bench& bench);

}  // namespace streamtest

#endif
