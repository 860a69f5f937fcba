#ifndef JOURNAL_HARNESS_HPP
#define JOURNAL_HARNESS_HPP

#include "journal.hpp"

#include <streamtest/subject/harness.hpp>

#include <numeric>

class JournalHarness {
 public:
  static streamtest::Capabilities capabilities() { return {}; }
  explicit JournalHarness(const streamtest::Scenario& scenario)
      : journal_(scenario.application, scenario.event_types) {}
  journal::Journal& stream() { return journal_; }
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    streamtest::Offsets offsets(batch.size());
    std::iota(offsets.begin(), offsets.end(), journal_.append(batch));
    return offsets;
  }

 private:
  journal::Journal journal_;
};

#endif
