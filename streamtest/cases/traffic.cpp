#include <streamtest/cases/traffic.hpp>

#include <fmt/format.h>

#include <atomic>

namespace streamtest {

using eventstream::Event;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

namespace {

/// The last events of the traffic: whoever has read the last of them that is for it may stop.
struct Ending {
  explicit Ending(Trial& trial) {
    for (std::size_t i = 0; i < 3; ++i) parcels.push_back(trial.parcel(trial.type(i)));
  }

  std::string last_token(const Trial& trial, const eventstream::EventTypeSet& filter) const {
    std::string token;
    for (const Parcel& parcel : parcels)
      if (filter.contains(parcel->type)) token = trial.token(*parcel);
    return token;
  }

  std::vector<Parcel> parcels;
};

void follow(Trial& trial, Sequence& sequence, const std::string& last_token, std::size_t most) {
  Reader reader = trial.open(sequence.window.from, sequence.window.filter, "reader");
  sequence.reader = reader.name();
  for (;;) {
    const Result<Event> seen = reader.next();
    if (!seen || !seen->parcel)
      trial.fail(fmt::format("{} expected the events that are being appended, seen {}",
                             reader.name(), trial.describe(seen)));
    sequence.events.push_back(*seen);
    if (trial.token(*seen->parcel) == last_token) break;
    if (sequence.events.size() > most)
      break;  // it goes round in circles; the caller's check tells how
  }
  (void)reader.close();
}

}  // namespace

std::vector<Sequence> follow_traffic(const Bench& bench, Trial& trial, const Traffic& traffic,
                                     const std::vector<Window>& windows) {
  const Ending ending(trial);
  std::size_t most = trial.log().size() + ending.parcels.size();
  for (const auto& appender : traffic)
    for (const auto& batch : appender) most += batch.size();
  std::vector<Sequence> sequences;
  for (const Window& window : windows) sequences.push_back({"", window, {}});
  std::atomic<std::size_t> appending = traffic.size();
  std::vector<std::function<void()>> actors;
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    actors.push_back([&, i] {
      const std::string actor = fmt::format("appender {}", i + 1);
      for (const auto& batch : traffic[i]) trial.append(batch, actor);
      if (--appending == 0)
        for (const Parcel& parcel : ending.parcels) trial.append_parcels({parcel}, actor);
    });
  }
  for (Sequence& sequence : sequences)
    actors.push_back(
        [&] { follow(trial, sequence, ending.last_token(trial, sequence.window.filter), most); });
  bench.together(std::move(actors));
  return sequences;
}

void must_rise(const Trial& trial, const Sequence& sequence) {
  for (std::size_t i = 1; i < sequence.events.size(); ++i) {
    const Event& before = sequence.events[i - 1];
    const Event& event = sequence.events[i];
    if (event.offset <= before.offset)
      trial.fail(fmt::format("{} was given offset {} and then offset {} ({})", sequence.reader,
                             before.offset, event.offset, trial.describe(Result<Event>(event))));
  }
}

void must_be_complete(const Trial& trial, const Sequence& sequence) {
  Offset position = sequence.window.from;
  for (const Event& event : sequence.events) {
    const std::optional<Logged> due = trial.first_match(position, sequence.window.filter);
    if (due && due->offset < event.offset)
      trial.fail(fmt::format("{} was given {}, but never the earlier {}", sequence.reader,
                             trial.describe(Result<Event>(event)),
                             trial.describe(Expectation(*due))));
    position = event.offset + 1;
  }
}

}  // namespace streamtest
