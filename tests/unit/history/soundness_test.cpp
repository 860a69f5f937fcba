#include "random_record.hpp"
#include "script.hpp"

namespace streamtest {
namespace {

/// Every combination of what a stream may do and of what is done to it.
void accuses_nobody(std::uint64_t seed, std::size_t calls, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    const auto flip = [&] { return below(random, 2) == 0; };
    const Allowances allowances{.dense = flip(),
                                .fresh = flip(),
                                .lenient_cancellation = flip(),
                                .held_events = flip() ? 0 : below(random, 3),
                                .durable = flip()};
    const Shape shape{.calls = calls,
                      .appenders = 1 + below(random, 3),
                      .readers = 1 + below(random, 3),
                      .types = 1 + below(random, 3),
                      .largest_batch = 1 + below(random, 3),
                      .tells_offsets = flip(),
                      .unknown_outcomes = flip(),
                      .truncates = flip(),
                      .cancels = flip(),
                      .closes = flip(),
                      .restarts = flip(),
                      .final_phase = flip(),
                      .ends_early = flip(),
                      .consumer = flip()};
    const Record record = random_record(shape, allowances, random);
    Checker checker(allowances);
    const std::vector<Anomaly> anomalies = checker.check(record);
    ASSERT_TRUE(anomalies.empty()) << "round " << round << "\n"
                                   << lines(anomalies) << to_json(record);
  }
}

TEST(CheckerSoundness, ACorrectStreamIsNeverAccusedInSmallRecords) {
  accuses_nobody(1, 15, 20000);
}

TEST(CheckerSoundness, NorInLongOnes) {
  accuses_nobody(2, 200, 300);
}

}  // namespace
}  // namespace streamtest
