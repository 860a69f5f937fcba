#ifndef STREAMTEST_SUBJECT_BENCH_HPP
#define STREAMTEST_SUBJECT_BENCH_HPP

#include <streamtest/history/explored.hpp>
#include <streamtest/subject/trial.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>

namespace streamtest {

/// How long and how patiently to look. A plain value.
struct Settings {
  /// An upper limit for one stuck operation, never a demand for speed.
  std::chrono::nanoseconds patience = std::chrono::seconds(10);
  /// Multiplies the patience, for slow or busy machines.
  double time_scale = 1;
  /// How long the whole run should take: 3 s quick, 30 s default, 300 s stress. Sweeps that are
  /// exhaustive at small size are done whatever it says; repetitions scale with it.
  std::chrono::nanoseconds budget = std::chrono::seconds(30);
  /// The part of it that the repetitions of one case may take; a larger one if few rules are run.
  double share = 1.0 / 30;
  /// Of all time that a case may take for what it repeats, the part that is left in a run that is
  /// late.
  double pace = 1;
  /// Every random choice comes from it.
  std::uint64_t seed = 1;

  /// That part of the budget, as far as the pace allows.
  std::chrono::nanoseconds time_for(double part) const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double, std::nano>(budget) * part * pace);
  }
};

/// The longest that one operation may be stuck: a stream may let an event wait as long as it
/// declares.
std::chrono::nanoseconds longest_wait(const Settings& settings, const Capabilities& capabilities);

/// Repeats that scale with the budget: `for (Rounds rounds = bench.rounds(100); rounds.more();)`.
/// Runs `least` times at the least; ends early when the case has used its share of the budget, so
/// that a slow stream isn't kept for hours.
class Rounds {
 public:
  Rounds(std::uint64_t count, std::uint64_t least, std::chrono::steady_clock::time_point until)
      : count_(std::max(count, least)), least_(least), until_(until) {}
  bool more() {
    if (done_ >= count_) return false;
    if (done_ >= least_ && std::chrono::steady_clock::now() >= until_) return false;
    ++done_;
    return true;
  }
  std::uint64_t done() const { return done_; }

 private:
  std::uint64_t count_;
  std::uint64_t least_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point until_;
};

/// What a case works at: it makes fresh streams, checks, repeats and counts. One for each run of a
/// case. Used by the case's thread alone, but for the Witness part.
class Bench : public Witness {
 public:
  /// `worker` are the arguments that start this program as a worker; empty where it can't be.
  Bench(const SubjectFactory& factory, const Settings& settings, Driver& driver,
        std::shared_ptr<History> history, std::string rule, std::string run_name,
        const Scenario& pattern, std::vector<std::string> worker = {});

  const SubjectFactory& factory() const { return *factory_; }
  const Capabilities& capabilities() const { return factory_->capabilities; }
  const Hooks& hooks() const { return factory_->hooks; }
  const Settings& settings() const { return *settings_; }
  Driver& driver() { return *driver_; }
  /// The bound: patience times time scale, or the declared staleness if that is longer.
  std::chrono::nanoseconds patience() const;

  /// A fresh, empty stream whose event types are the first `types` of the vocabulary (at least
  /// three).
  std::unique_ptr<Trial> trial(std::size_t types = 3);
  std::unique_ptr<Trial> trial(eventstream::EventTypeSet types);
  /// A second stream, of another application, on the backend of that one (hook `twin`), with the
  /// same event types.
  std::unique_ptr<Trial> twin(Trial& of);
  /// What a fresh stream is asked for, with a name of its own; for twins and workers.
  Scenario scenario(eventstream::EventTypeSet types);
  eventstream::EventTypeSet event_types(std::size_t count) const;

  /// What starts this program as a worker. Throws HarnessFailure where that is not possible: what a
  /// harness claims of crashes must not go unchecked.
  const std::vector<std::string>& worker_command() const;

  /// `normal` rounds in a default run, fewer in a quick one and more in a long one; never fewer
  /// than `least`.
  Rounds rounds(std::uint64_t normal, std::uint64_t least = 1);
  /// True if the whole case is to be run once more: few rules are run, and this one's part of the
  /// budget isn't over. Each time on fresh streams, so that memory doesn't grow with the budget. A
  /// case that has no rounds has seen all it can see.
  bool wants_more() const;
  /// `normal`, scaled down in a quick run, at least `least`; for sizes, which don't grow without
  /// end.
  std::uint64_t size(std::uint64_t normal, std::uint64_t least) const;
  std::mt19937_64& random() { return random_; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  /// One more situation tried; shown in the report.
  void count(std::uint64_t situations = 1) { counted_ += situations; }
  std::uint64_t counted() const { return counted_; }
  /// One more generated program run.
  void count_program() { ++programs_; }
  std::uint64_t programs() const { return programs_; }
  /// So many more orders, decided by the kit, in which programs of several actors were run.
  void count_schedules(std::uint64_t schedules) { schedules_ += schedules; }
  std::uint64_t schedules() const { return schedules_; }
  /// What is known of them besides; the exploration writes it.
  Explored& explored() { return explored_; }

  /// Lets `spins` of processor time go by: the swept delay before a racing call. Decides nothing.
  static void spin(std::uint64_t spins);

 private:
  const SubjectFactory* factory_;
  const Settings* settings_;
  Driver* driver_;
  std::string run_name_;
  Scenario pattern_;
  std::vector<std::string> worker_;
  std::mt19937_64 random_;
  std::chrono::steady_clock::time_point until_;
  bool has_rounds_ = false;
  std::uint64_t trials_ = 0;
  std::uint64_t counted_ = 0;
  std::uint64_t programs_ = 0;
  std::uint64_t schedules_ = 0;
  Explored explored_;
};

}  // namespace streamtest

#endif
