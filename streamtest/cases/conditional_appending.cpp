#include <streamtest/cases/conditional_appending.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <optional>

namespace streamtest {

using eventstream::Errc;
using eventstream::Offset;
using eventstream::Parcel;

namespace {

using Answer = RacedAppend::Answer;

void needs_dense_offsets(const Bench& bench) {
  if (bench.capabilities().sparse_offsets)
    throw NotSupported("needs to know the next offset; the stream's offsets are sparse");
}

void must_conflict(const Trial& trial, const Answer& answer, Offset expected, Offset next) {
  if (answer || answer.error() != Errc::conflict)
    trial.fail(
        fmt::format("append that expected offset {} where the next is {}: expected conflict, "
                    "seen {}",
                    expected, next, answer ? "success" : error_name(answer.error())));
}

/// What a stream holds that is written by conditional appends, read along by one cursor.
class Written {
 public:
  explicit Written(Bench& bench)
      : trial_(bench.trial()), reader_(trial_->open(0, trial_->all_types())) {}

  Trial& trial() { return *trial_; }
  /// The offset that the next event gets.
  Offset next() const { return next_; }

  /// The batch was acknowledged: it is there, from the next offset on.
  void must_hold(const std::vector<Parcel>& batch, const Answer& answer) {
    if (!answer->empty() && answer->front() != next_)
      trial_->fail(fmt::format("an append that expected offset {} succeeded at offset {}", next_,
                               answer->front()));
    for (const Parcel& parcel : batch) reader_.must_deliver({next_++, parcel});
  }

 private:
  std::unique_ptr<Trial> trial_;
  Reader reader_;
  Offset next_ = 0;
};

}  // namespace

// An expectation that isn't looked at, above all on an empty stream (B87), or that writes and then
// conflicts.
void wrong_expectations_conflict(Bench& bench) {
  needs_dense_offsets(bench);
  Written written(bench);
  Trial& trial = written.trial();
  for (int round = 0; round < 6; ++round) {
    const Offset next = written.next();
    for (const Offset wrong : {next + 1, next + 7, next - 1, ~Offset{0} - 1, Offset{0}}) {
      if (wrong == next || wrong > ~Offset{0} - 1) continue;
      must_conflict(trial, trial.try_append(some_parcels(bench, trial, 3), "case", wrong), wrong,
                    next);
      bench.count();
    }
    const std::vector<Parcel> batch = some_parcels(bench, trial, 3);
    const Answer answer = trial.try_append(batch, "case", next);
    if (!answer)
      trial.fail(
          fmt::format("append that expected offset {}, which is the next: expected success, "
                      "seen {}",
                      next, error_name(answer.error())));
    written.must_hold(batch, answer);
  }
}

namespace {

/// One round: appends that expect the same next offset, the first one without an expectation if it
/// is free.
class Contest {
 public:
  Contest(Bench& bench, Written& written, std::size_t appenders)
      : written_(&written), first_is_free_(bench.below(3) == 0) {
    for (std::size_t i = 0; i < appenders; ++i)
      appends_.emplace_back(written.trial(), fmt::format("appender {}", i + 1),
                            some_parcels(bench, written.trial(), 3),
                            is_free(i) ? std::nullopt : std::optional(written.next()));
  }

  void run(std::size_t appender) { appends_[appender].run(); }

  void must_have_one_winner() {
    const Offset expected = written_->next();
    std::size_t winners = 0;
    for (std::size_t i = 0; i < appends_.size(); ++i) {
      const Answer& answer = appends_[i].conclude();
      if (is_free(i)) continue;
      if (!answer && answer.error() != Errc::conflict)
        written_->trial().fail(fmt::format(
            "one of {} racing appends that expected offset {} failed with {}: expected success, or "
            "conflict after another one had taken the offset",
            appends_.size(), expected, error_name(answer.error())));
      if (answer && ++winners == 1) written_->must_hold(appends_[i].batch(), answer);
    }
    if (winners > 1 || (winners == 0 && !first_is_free_))
      written_->trial().fail(
          fmt::format("{} of {} racing appends that expected offset {} succeeded: expected one",
                      winners, appends_.size() - (first_is_free_ ? 1 : 0), expected));
    if (first_is_free_) must_hold_the_free_one();
  }

 private:
  bool is_free(std::size_t appender) const { return first_is_free_ && appender == 0; }

  /// It came before all others, or after the winner.
  void must_hold_the_free_one() {
    const Answer& answer = appends_.front().conclude();
    if (!answer)
      throw HarnessFailure("append without an expectation failed beside conditional ones: " +
                           error_name(answer.error()));
    written_->must_hold(appends_.front().batch(), answer);
  }

  Written* written_;
  bool first_is_free_;
  std::vector<RacedAppend> appends_;
};

void hold_contests(Bench& bench, std::size_t appenders, Rounds rounds) {
  std::optional<Written> written;
  std::optional<Contest> contest;
  const auto before = [&] {
    if (!written || bench.below(4) == 0) written.emplace(bench);
    contest.emplace(bench, *written, appenders);
  };
  const auto after = [&] {
    contest->must_have_one_winner();
    bench.count();
  };
  std::vector<std::function<void()>> contenders;
  for (std::size_t i = 0; i < appenders; ++i) contenders.push_back([&, i] { contest->run(i); });
  race(bench, rounds, before, contenders, after);
}

}  // namespace

// Several winners, or none, where the check and the write are two steps (B87). In some rounds one
// of the racing appends has no expectation and always gets in.
void one_of_racing_appends_succeeds(Bench& bench) {
  needs_dense_offsets(bench);
  hold_contests(bench, 2, bench.rounds(1500));
  hold_contests(bench, 4, bench.rounds(100));
}

}  // namespace streamtest
