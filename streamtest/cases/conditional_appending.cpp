#include <streamtest/cases/conditional_appending.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <array>
#include <optional>

namespace streamtest {

using eventstream::Errc;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

namespace {

using Answer = Result<std::vector<Offset>>;

void needs_dense_offsets(const Bench& bench) {
  if (bench.capabilities().sparse_offsets)
    throw NotSupported("needs to know the next offset; the stream's offsets are sparse");
}

std::vector<Parcel> some_parcels(Bench& bench, Trial& trial, std::size_t most) {
  std::vector<Parcel> batch;
  const std::size_t length = batch_limit(bench, 1 + bench.below(most));
  for (std::size_t i = 0; i < length; ++i)
    batch.push_back(trial.parcel(trial.type(bench.below(3))));
  return batch;
}

void must_conflict(const Trial& trial, const Answer& answer, Offset expected, Offset next) {
  if (answer || answer.error() != Errc::conflict)
    trial.fail(
        fmt::format("append that expected offset {} where the next is {}: expected conflict, "
                    "seen {}",
                    expected, next, answer ? "success" : answer.error().message()));
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
                      next, answer.error().message()));
    written.must_hold(batch, answer);
  }
}

// Several winners, or none, where the check and the write are two steps (B87). In some rounds one
// of the racing appends has no expectation and always gets in.
void one_of_racing_appends_succeeds(Bench& bench) {
  needs_dense_offsets(bench);
  constexpr std::size_t appenders = 3;
  std::optional<Written> written;
  std::array<std::vector<Parcel>, appenders> batches;
  std::array<Answer, appenders> answers;
  bool one_is_free = false;
  const auto before = [&] {
    if (!written || bench.below(4) == 0) written.emplace(bench);
    for (auto& batch : batches) batch = some_parcels(bench, written->trial(), 3);
    one_is_free = bench.below(3) == 0;
  };
  const auto appender = [&](std::size_t number) {
    return [&, number] {
      const bool free = one_is_free && number == 0;
      answers[number] =
          written->trial().try_append(batches[number], fmt::format("appender {}", number + 1),
                                      free ? std::nullopt : std::optional(written->next()));
    };
  };
  const auto after = [&] {
    Trial& trial = written->trial();
    const Offset expected = written->next();
    std::size_t winners = 0;
    for (std::size_t i = one_is_free ? 1 : 0; i < appenders; ++i) {
      if (!answers[i]) {
        must_conflict(trial, answers[i], expected, expected);
        continue;
      }
      if (++winners == 1) written->must_hold(batches[i], answers[i]);
    }
    if (winners > 1 || (winners == 0 && !one_is_free))
      trial.fail(
          fmt::format("{} of {} racing appends that expected offset {} succeeded: expected "
                      "one",
                      winners, appenders - (one_is_free ? 1 : 0), expected));
    if (one_is_free && !answers[0])
      throw HarnessFailure("append without an expectation failed beside conditional ones: " +
                           answers[0].error().message());
    if (one_is_free) written->must_hold(batches[0], answers[0]);
    bench.count();
  };
  race(bench, bench.rounds(400), before, {appender(0), appender(1), appender(2)}, after);
}

}  // namespace streamtest
