#include <streamtest/cases/traffic.hpp>

#include <fmt/format.h>

#include <atomic>
#include <thread>

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

/// How far the appenders and the first reader are.
class Pace {
 public:
  explicit Pace(std::size_t there) : written_(there) {}

  /// Returns when the reader is at most two events behind, or has left.
  void wait() const {
    while (!left_ && written_ > read_ + 2) std::this_thread::yield();
  }
  void wrote(std::size_t count) { written_ += count; }
  void read() { ++read_; }
  void leave() { left_ = true; }

 private:
  std::atomic<std::size_t> written_;
  std::atomic<std::size_t> read_ = 0;
  std::atomic<bool> left_ = false;
};

/// Reads on and on, in one thread, up to the last event or so many; each next is recorded. A thread
/// that is stuck in it outlives the case, so it owns what it touches.
class Collector final : public AnyCursor {
 public:
  struct Goal {
    std::shared_ptr<History> history;
    std::function<bool(const Event&)> is_last;
    std::size_t most = 0;
    std::shared_ptr<Pace> pace;  ///< may be null
  };

  Collector(std::unique_ptr<AnyCursor> cursor, Goal goal)
      : cursor_(std::move(cursor)), goal_(std::move(goal)) {}

  Result<Event> next(std::stop_token token) override {
    for (;;) {
      const History::Number number = goal_.history->invoke("next", "collector", name_, "");
      Result<Event> seen = cursor_->next(token);
      goal_.history->complete(number, outcome(seen));
      if (!keep(seen) || token.stop_requested()) return seen;
    }
  }
  Result<void> close() override { return cursor_->close(); }
  eventstream::Cursor* native() override { return cursor_->native(); }

  void name(std::string name) { name_ = std::move(name); }
  /// False if it was the last, or no event at all.
  bool keep(const Result<Event>& seen) {
    if (!seen || !seen->parcel) return false;
    events_.push_back(*seen);
    ++count_;
    if (goal_.pace) goal_.pace->read();
    return !goal_.is_last(*seen) && events_.size() <= goal_.most;
  }
  std::size_t count() const { return count_; }
  /// Once it has returned.
  const std::vector<Event>& events() const { return events_; }

 private:
  static Outcome outcome(const Result<Event>& seen) {
    if (!seen) return {error_name(seen.error()), {}, {}, {}};
    return {"event", seen->offset, seen->parcel ? seen->parcel->type.name() : "", {}};
  }

  std::unique_ptr<AnyCursor> cursor_;
  Goal goal_;
  std::string name_;
  std::vector<Event> events_;
  std::atomic<std::size_t> count_ = 0;
};

/// True once the collector has ended. It may take long, and the patience is for each event: false
/// if it is stuck.
bool wait_for_all(Pending& next, const Collector& collector) {
  for (std::size_t count = collector.count(); !next.returned_in_time(); count = collector.count())
    if (collector.count() == count) return false;
  return true;
}

void follow(Trial& trial, Sequence& sequence, Collector::Goal goal) {
  std::shared_ptr<Collector> collector;
  Reader reader = trial.open_wrapped(
      sequence.window.from, sequence.window.filter,
      [&](std::unique_ptr<AnyCursor> cursor) {
        return collector = std::make_shared<Collector>(std::move(cursor), std::move(goal));
      },
      "reader");
  sequence.reader = reader.name();
  collector->name(reader.name());
  // Read blockingly, it goes on by itself; else it is read one by one.
  const bool one_by_one = trial.driver().delivery() == Delivery::asynchronous && reader.native();
  for (bool more = true; more;) {
    Pending next = reader.start_next();
    if (!wait_for_all(next, *collector)) {
      sequence.stuck = true;
      next.give_up();
      if (!trial.has(Means::cancelling)) (void)reader.close("reader");
    }
    const Result<Event> seen = next.result();
    more = one_by_one && collector->keep(seen);
    if (sequence.stuck) break;
    if (!seen || !seen->parcel)
      trial.fail(fmt::format("{} expected the events that are being appended, seen {}",
                             reader.name(), trial.describe(seen)));
  }
  sequence.events = collector->events();
  (void)reader.close();
}

struct Departure {
  std::shared_ptr<Pace> pace;
  ~Departure() {
    if (pace) pace->leave();
  }
};

}  // namespace

std::vector<Sequence> follow_traffic(const Bench& bench, Trial& trial, const Traffic& traffic,
                                     const std::vector<Window>& windows) {
  const Ending ending(trial);
  std::size_t most = trial.log().size() + ending.parcels.size();
  const auto pace = std::make_shared<Pace>(trial.log().size());
  for (const auto& appender : traffic.appenders)
    for (const Traffic::Batch& batch : appender) most += batch.types.size();
  std::vector<Sequence> sequences;
  for (const Window& window : windows) sequences.push_back({"", window, {}});
  std::atomic<std::size_t> appending = traffic.appenders.size();
  std::vector<std::function<void()>> actors;
  for (std::size_t i = 0; i < traffic.appenders.size(); ++i) {
    actors.push_back([&, i] {
      const std::string actor = fmt::format("appender {}", i + 1);
      for (const Traffic::Batch& batch : traffic.appenders[i]) {
        if (traffic.paced) pace->wait();
        Bench::spin(batch.pause);
        trial.append(batch.types, actor);
        pace->wrote(batch.types.size());
      }
      if (--appending == 0)
        for (const Parcel& parcel : ending.parcels) trial.append_parcels({parcel}, actor);
    });
  }
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    actors.push_back([&, i] {
      const Departure leaving{i == 0 ? pace : nullptr};
      const auto is_last = [vocabulary = bench.factory().vocabulary,
                            last =
                                ending.last_token(trial, windows[i].filter)](const Event& event) {
        return (vocabulary.token ? vocabulary.token(*event.parcel) : event.parcel->data) == last;
      };
      follow(trial, sequences[i], {trial.witness().shared_history(), is_last, most, leaving.pace});
    });
  }
  bench.together(std::move(actors));
  return sequences;
}

void must_have_ended(const Trial& trial, const Sequence& sequence) {
  if (!sequence.stuck) return;
  const Offset position =
      sequence.events.empty() ? sequence.window.from : sequence.events.back().offset + 1;
  const std::optional<Logged> due = trial.first_match(position, sequence.window.filter);
  trial.fail(
      fmt::format("next of {} is stuck after {} events: expected {}, which was appended, but it "
                  "has not returned "
                  "within the patience",
                  sequence.reader, sequence.events.size(),
                  due ? trial.describe(Expectation(*due)) : "an event"));
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
  must_have_ended(trial, sequence);
}

}  // namespace streamtest
