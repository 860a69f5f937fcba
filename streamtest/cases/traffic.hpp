#ifndef STREAMTEST_CASES_TRAFFIC_HPP
#define STREAMTEST_CASES_TRAFFIC_HPP

#include <streamtest/subject/bench.hpp>

#include <cstddef>
#include <string>
#include <vector>

// What the ordering chapter's cases share. Internal to the cases.

namespace streamtest {

/// What is to be appended, each appender in a thread of its own.
struct Traffic {
  struct Batch {
    std::vector<std::size_t> types;  ///< by index
    std::uint64_t pause = 0;         ///< spins before it
  };
  std::vector<std::vector<Batch>> appenders;
  /// Each append waits until the first reader is about at the end, and then the batch's pause:
  /// reader and appenders meet there again and again. Otherwise they write as fast as they can, and
  /// the readers come after.
  bool paced = false;
};

/// What a reader asks for.
struct Window {
  eventstream::Offset from = 0;
  eventstream::EventTypeSet filter;
};

/// What a reader was given, in order.
struct Sequence {
  std::string reader;
  Window window;
  std::vector<eventstream::Event> events;
  bool stuck = false;  ///< an event didn't come within the patience
};

/// Readers follow the traffic, each in a thread of its own, until they have read the last event
/// that is for them. The first reads everything from 0. The trial's log is complete afterwards.
std::vector<Sequence> follow_traffic(const Bench& bench, Trial& trial, const Traffic& traffic,
                                     const std::vector<Window>& windows);

/// It was given its last event.
void must_have_ended(const Trial& trial, const Sequence& sequence);

/// Each offset is higher than the one before (ORD-1).
void must_rise(const Trial& trial, const Sequence& sequence);

/// Between the window's start and the first event, and between any two, the log holds none that is
/// for the reader (ORD-2, ORD-6).
void must_be_complete(const Trial& trial, const Sequence& sequence);

// The cases of ORD-5.
void histories_of_boundary_lengths(Bench& bench);
void openings_at_boundaries(Bench& bench);
void batches_of_boundary_sizes(Bench& bench);
void history_meets_live(Bench& bench);

}  // namespace streamtest

#endif
