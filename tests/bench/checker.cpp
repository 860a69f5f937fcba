#include <streamtest/history/checker.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>

// How long the checker takes for a record of a million events: of a correct stream, and with every
// third call changed as a wrong stream could have. Prints both in seconds
// of processor time, the best of some runs: the checker has one thread and waits for nothing.

namespace {

using streamtest::Call;
using streamtest::CallKind;
using streamtest::CameTo;
using streamtest::Record;

constexpr std::size_t wanted_events = 1'000'000;
constexpr std::uint32_t appenders = 4;
constexpr std::uint32_t readers = 4;
constexpr std::uint32_t types = 3;
constexpr int runs = 3;

using Random = std::mt19937_64;

/// Appenders and readers at work; what overlaps are only the appends.
class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  Record write() {
    record_.types = {"A", "B", "C"};
    record_.supported = types;
    for (std::uint32_t i = 0; i < appenders; ++i)
      record_.actors.push_back("appender " + std::to_string(i));
    for (std::uint32_t i = 0; i < readers; ++i) {
      record_.actors.push_back("reader " + std::to_string(i));
      record_.cursors.push_back("c" + std::to_string(i));
      Call open = call(CallKind::open, appenders + i, i);
      for (std::uint32_t type = 0; type < types; ++type)
        if (i == 0 || type != i % types) open.types.push_back(type);
      add(std::move(open));
    }
    while (record_.sent.size() < wanted_events) {
      append();
      read_on();
    }
    record_.quiescent = true;
    return std::move(record_);
  }

 private:
  Call call(CallKind kind, std::uint32_t actor, std::uint32_t cursor = 0) {
    return {.kind = kind, .came_to = CameTo::ok, .actor = actor, .cursor = cursor};
  }

  void add(Call call) {
    call.invoked = ++tick_;
    call.returned = ++tick_;
    record_.calls.push_back(std::move(call));
  }

  void append() {
    Call append = call(CallKind::append, static_cast<std::uint32_t>(random_() % appenders));
    append.first = static_cast<std::uint32_t>(record_.sent.size());
    append.count = 1 + static_cast<std::uint32_t>(random_() % 3);
    for (std::uint32_t i = 0; i < append.count; ++i) {
      append.offsets.push_back(record_.sent.size());
      record_.sent.push_back({.type = static_cast<std::uint32_t>(random_() % types)});
    }
    add(std::move(append));
  }

  /// Every reader but the slow ones takes what is there.
  void read_on() {
    for (std::uint32_t i = 0; i < readers; ++i) {
      if (random_() % 4 == 0) continue;
      const std::vector<std::uint32_t> filter = record_.calls[i].types;
      for (; positions_[i] < record_.sent.size(); ++positions_[i]) {
        const std::uint32_t type = record_.sent[positions_[i]].type;
        if (std::find(filter.begin(), filter.end(), type) == filter.end()) continue;
        Call next = call(CallKind::next, appenders + i, i);
        next.seen = {.event = positions_[i], .offset = positions_[i], .type = type};
        add(std::move(next));
      }
    }
  }

  Random& random_;
  Record record_;
  streamtest::Tick tick_ = 0;
  std::array<std::uint32_t, readers> positions_ = {};
};

/// Each third call tells something else than it did.
void corrupt(Record& record, Random& random) {
  for (std::size_t i = readers; i < record.calls.size(); ++i) {
    if (random() % 3 != 0) continue;
    Call& call = record.calls[i];
    const Call& other = record.calls[readers + random() % (record.calls.size() - readers)];
    if (call.kind == CallKind::append) {
      for (std::uint64_t& offset : call.offsets) ++offset;
      continue;
    }
    switch (random() % 5) {
      case 0:
        if (other.kind == CallKind::next) call.seen = other.seen;
        break;
      case 1:
        call.came_to = CameTo::truncated;
        break;
      case 2:
        call.seen.intact = false;
        break;
      case 3:
        call.kind = CallKind::try_next;
        call.came_to = CameTo::nothing;
        break;
      default:
        ++call.seen.offset;
        break;
    }
  }
}

double best_of(const Record& record, std::size_t& anomalies) {
  double best = 0;
  streamtest::Checker checker{{}};
  for (int run = 0; run < runs; ++run) {
    const std::clock_t start = std::clock();
    anomalies = checker.check(record).size();
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (run == 0 || took < best) best = took;
  }
  return best;
}

}  // namespace

int main() {
  Random random(1);
  Record record = Writer(random).write();
  std::size_t anomalies = 0;
  const double clean = best_of(record, anomalies);
  std::printf("clean %.2f s, %zu calls, %zu anomalies\n", clean, record.calls.size(), anomalies);
  corrupt(record, random);
  const double corrupted = best_of(record, anomalies);
  std::printf("corrupted %.2f s, %zu kinds of anomalies\n", corrupted, anomalies);
  return 0;
}
