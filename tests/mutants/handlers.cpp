#include "handlers.hpp"

#include "find_entry.hpp"

#include <eventstream/stream.hpp>
#include <streamtest/subject/harness.hpp>
#include <streamtest/subject/runtime.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

namespace mutants::handlers {
namespace {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using eventstream::Source;
using eventstream::Waker;
using streamtest::Offsets;
using Batch = std::vector<Parcel>;
using Done = std::function<void(Result<Offsets>)>;

/// How long the first of a group waits for others.
constexpr std::chrono::microseconds linger{20};

/// Between two of a cursor's looks for a close or a cancellation.
constexpr Offset most_skipped = 4096;

/// A reader that waits.
struct Watch {
  std::uint64_t number = 0;
  Waker waker;
};

/// Handlers that change it run on the strand; readers look from wherever they are, so there is a
/// lock for that too.
class Log : public std::enable_shared_from_this<Log> {
 public:
  Log(const streamtest::Scenario& scenario, Defect defect)
      : application(scenario.application),
        types(scenario.event_types),
        defect_(defect),
        strand_(scenario.runtime->strand("log")),
        timer_(scenario.runtime, strand_) {}

  const Identity application;
  const EventTypeSet types;

  void append(Batch batch, Done done) {
    boost::asio::post(strand_, [self = shared_from_this(), batch = std::move(batch),
                                done = std::move(done)]() mutable {
      self->gather({std::move(batch), std::move(done)});
    });
  }

  Result<Event> next(Offset& position, const EventTypeSet& filter) {
    const std::lock_guard lock(mutex_);
    return look(position, filter);
  }

  /// True if the waker will be called, false if there is something to see.
  bool watch(Watch watch, Offset position, const EventTypeSet& filter) {
    if (has(Defect::registers_without_another_look)) {
      // B39: what is committed before the strand comes to it is seen by nobody.
      boost::asio::post(strand_, [self = shared_from_this(), watch = std::move(watch)] {
        const std::lock_guard lock(self->mutex_);
        self->watches_.push_back(watch);
      });
      return true;
    }
    const std::lock_guard lock(mutex_);
    const Result<Event> seen = look(position, filter);
    if (seen || seen.error() != Errc::not_yet) return false;
    watches_.push_back(std::move(watch));
    return true;
  }

  std::uint64_t new_number() {
    const std::lock_guard lock(mutex_);
    return ++numbers_;
  }

  void unwatch(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    std::erase_if(watches_, [&](const Watch& watch) { return watch.number == number; });
  }

 private:
  struct Pending {
    Batch batch;
    Done done;
  };

  bool has(Defect wanted) const { return defect_ == wanted; }

  Result<Event> look(Offset& position, const EventTypeSet& filter) {
    const Offset far = position + most_skipped;
    for (; position < events_.size(); ++position) {
      if (position == far) return Errc::skipped;
      if (filter.contains(events_[position]->type)) {
        const Offset offset = position++;
        return Event{offset, events_[offset]};
      }
    }
    return Errc::not_yet;
  }

  void gather(Pending pending) {
    pending_.push_back(std::move(pending));
    if (pending_.size() > 1) return;
    timer_.expires_after(linger);
    timer_.async_wait(boost::asio::bind_executor(
        strand_, [self = shared_from_this()](boost::system::error_code error) {
          if (!error) self->time_is_up();
        }));
  }

  void time_is_up() {
    if (!has(Defect::commits_what_it_counted_before)) return commit(pending_.size());
    // B86: whoever comes in between is acknowledged with the rest, and isn't among it.
    wait_for_turn(pending_.size(), 3);
  }

  void wait_for_turn(std::size_t count, int turns) {
    if (turns == 0) return commit(count);
    boost::asio::post(strand_, [self = shared_from_this(), count, turns] {
      self->wait_for_turn(count, turns - 1);
    });
  }

  void commit(std::size_t count) {
    const std::vector<Pending> group = std::exchange(pending_, {});
    std::vector<Result<Offsets>> told;
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < group.size(); ++i) {
        Offsets offsets;
        for (const Parcel& parcel : group[i].batch) {
          offsets.push_back(events_.size() + (i < count ? 0 : offsets.size()));
          if (i < count) events_.push_back(parcel);
        }
        told.emplace_back(std::move(offsets));
      }
    }
    tell();
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(told[i]));
  }

  /// Readers are told one by one, so that many of them don't keep the strand.
  void tell() {
    if (has(Defect::tells_by_place_in_a_list_that_shrinks)) return tell_at(0);
    auto watches = std::make_shared<std::vector<Watch>>();
    {
      const std::lock_guard lock(mutex_);
      *watches = watches_;
    }
    tell_next(std::move(watches));
  }

  void tell_next(std::shared_ptr<std::vector<Watch>> watches) {
    if (watches->empty()) return;
    boost::asio::post(strand_, [self = shared_from_this(), watches = std::move(watches)] {
      watches->back().waker.notify();
      watches->pop_back();
      self->tell_next(watches);
    });
  }

  /// B50: who goes while others are told moves up whoever stands behind, and one is passed over.
  void tell_at(std::size_t place) {
    Waker waker;
    {
      const std::lock_guard lock(mutex_);
      if (place >= watches_.size()) return;
      waker = watches_[place].waker;
    }
    waker.notify();
    boost::asio::post(strand_, [self = shared_from_this(), place] { self->tell_at(place + 1); });
  }

  const Defect defect_;
  const boost::asio::any_io_executor strand_;
  streamtest::Timer timer_;
  std::vector<Pending> pending_;  ///< of the strand
  std::mutex mutex_;              ///< guards what follows
  std::vector<Parcel> events_;
  std::vector<Watch> watches_;
  std::uint64_t numbers_ = 0;
};

class LogSource final : public Source {
 public:
  LogSource(std::shared_ptr<Log> log, Offset position, EventTypeSet filter)
      : log_(std::move(log)), position_(position), filter_(std::move(filter)) {}
  ~LogSource() override { unwatch(); }

  Result<Event> poll() override { return log_->next(position_, filter_); }
  bool watch(const Waker& waker) override {
    return log_->watch({number_, waker}, position_, filter_);
  }
  void unwatch() override { log_->unwatch(number_); }

 private:
  const std::shared_ptr<Log> log_;
  const std::uint64_t number_ = log_->new_number();
  Offset position_;
  const EventTypeSet filter_;
};

class Stream {
 public:
  explicit Stream(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  Identity application() const { return log_->application; }
  Result<EventTypeSet> event_types(const std::stop_token& token = {}) const {
    if (token.stop_requested()) return Errc::cancelled;
    return log_->types;
  }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    if (token.stop_requested()) return Errc::cancelled;
    if (filter.empty()) return Errc::no_event_types;
    for (const EventType& type : filter)
      if (!log_->types.contains(type)) return Errc::unsupported_event_type;
    return Cursor(std::make_unique<LogSource>(log_, offset, filter));
  }

 private:
  std::shared_ptr<Log> log_;
};

class Harness {
 public:
  static streamtest::Capabilities capabilities() { return {.deterministic = true}; }

  explicit Harness(const streamtest::Scenario& scenario)
      : log_(std::make_shared<Log>(scenario, defect_of(scenario))), stream_(log_) {}

  Stream& stream() { return stream_; }

  void async_append(Batch batch, Done done) {
    for (const Parcel& parcel : batch)
      if (!parcel || !log_->types.contains(parcel->type)) return done(Errc::invalid_argument);
    if (batch.empty()) return done(Offsets());
    log_->append(std::move(batch), std::move(done));
  }

  Result<Offsets> append(std::span<const Parcel> batch) {
    std::promise<Result<Offsets>> told;
    async_append({batch.begin(), batch.end()},
                 [&](Result<Offsets> offsets) { told.set_value(std::move(offsets)); });
    return told.get_future().get();
  }

 private:
  static Defect defect_of(const streamtest::Scenario& scenario) {
    const Entry* entry = find_entry(entries(), scenario.arguments);
    return entry ? entry->defect : Defect::none;
  }

  const std::shared_ptr<Log> log_;
  Stream stream_;
};

Entry mutant(const char* id, const char* rule, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "handlers", rule, phrase, sentence, false, true}, defect};
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      mutant("T-8", "BLK-3", Defect::registers_without_another_look, "is stuck|waits for ever",
             "a reader is put on the list by a handler that doesn't look again"),
      mutant("T-9", "BLK-4", Defect::tells_by_place_in_a_list_that_shrinks,
             "is stuck|waits for ever",
             "readers are told one by one, by their places in a list from which they go"),
      mutant("T-10", "CON-2", Defect::commits_what_it_counted_before, "holds event|have one offset",
             "an append that comes between a timer and its commit is acknowledged and dropped"),
      {{"CONTROL-A", "handlers", "", "", "the strand, the timer and the handlers without a defect",
        true},
       Defect::none},
  };
  return list;
}

streamtest::SubjectFactory make(const Entry& entry) {
  return streamtest::make_factory<Harness>(entry.shown.id);
}

}  // namespace mutants::handlers
