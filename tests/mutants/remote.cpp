#include "remote_defect.hpp"
#include "served.hpp"
#include "shared_cursor.hpp"

#include <streamtest/faults/proxy.hpp>
#include <streamtest/subject/harness.hpp>

#include <testee/remote.hpp>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace mutants::remote {

namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// How many events a cursor that reads ahead keeps ready: few, so that its thread often waits.
constexpr std::size_t kept_ready = 4;

/// What a cursor needs to be opened again.
struct Origin {
  testee::RemoteStream* stream;
  EventTypeSet filter;
  Way way;
  Defect defect;
  std::function<Offset()> end;
};

/// A cursor that may open another one when its connection broke. What close() and next() share is
/// guarded by a mutex; the one that reads is the one that replaces.
class Reconnecting final : public streamtest::AnyCursor {
 public:
  Reconnecting(Origin origin, testee::RemoteCursor cursor, Offset offset)
      : origin_(std::move(origin)),
        position_(offset),
        cursor_(std::make_shared<testee::RemoteCursor>(std::move(cursor))) {}

  Result<Event> next(std::stop_token token) override {
    for (;;) {
      if (broken_ && !reopen(token)) return after_failed_reopen(token);
      Result<Event> seen = current()->next(token);
      if (seen) {
        delivered_ = true;
        position_ = seen->offset + 1;
      }
      // B105: there is nothing in it, so it is a sign of life.
      if (seen && origin_.defect == Defect::empty_event_is_sign_of_life &&
          seen->parcel->data.empty())
        continue;
      if (seen || seen.error() != Errc::backend_failure) return seen;
      if (origin_.defect == Defect::loss_is_close) return Errc::cursor_closed;
      if (origin_.defect == Defect::loss_is_truncation) return Errc::truncated;
      // B104: nothing notices that the peer is gone.
      if (origin_.defect == Defect::loss_goes_unnoticed) return wait_for_close(token);
      if (origin_.way == Way::sticky) return seen;
      broken_ = true;
      if (origin_.way == Way::recovering) return seen;
    }
  }

  Result<void> close() override {
    std::shared_ptr<testee::RemoteCursor> cursor;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Errc::cursor_closed;
      closed_ = true;
      cursor = cursor_;
    }
    changed_.notify_all();
    // B61: the peer has to say that it knows.
    while (origin_.defect == Defect::close_asks_until_answered &&
           !origin_.stream->event_types(std::stop_token()))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return cursor->close();
  }

 private:
  std::shared_ptr<testee::RemoteCursor> current() {
    const std::lock_guard lock(mutex_);
    return cursor_;
  }

  Offset resume_at() const {
    // B109: before the first delivery a reconnect forgets where it was asked to begin.
    if (origin_.defect == Defect::restarts_at_zero && !delivered_) return 0;
    // B110: the last event counts as read only when the next one has come.
    if (origin_.defect == Defect::repeats_last_event && delivered_) return position_ - 1;
    // B111: a reconnect takes what comes from now on.
    if (origin_.defect == Defect::restarts_at_end) return std::max(position_, origin_.end());
    return position_;
  }

  /// A resuming cursor tries until it is told to stop; a recovering one once.
  bool reopen(const std::stop_token& token) {
    while (!token.stop_requested()) {
      Result<testee::RemoteCursor> again = origin_.stream->open(resume_at(), origin_.filter, token);
      std::unique_lock lock(mutex_);
      if (closed_) return false;
      if (again) {
        cursor_ = std::make_shared<testee::RemoteCursor>(*std::move(again));
        broken_ = false;
        return true;
      }
      if (origin_.way == Way::recovering) return false;
      changed_.wait_for(lock, token, std::chrono::milliseconds(5), [this] { return closed_; });
    }
    return false;
  }

  Result<Event> after_failed_reopen(const std::stop_token& token) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Errc::cursor_closed;
    return token.stop_requested() ? Errc::cancelled : Errc::backend_failure;
  }

  Result<Event> wait_for_close(const std::stop_token& token) {
    std::unique_lock lock(mutex_);
    return changed_.wait(lock, token, [this] { return closed_; }) ? Errc::cursor_closed
                                                                  : Errc::cancelled;
  }

  const Origin origin_;
  Offset position_;
  bool delivered_ = false;
  bool broken_ = false;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool closed_ = false;
  std::shared_ptr<testee::RemoteCursor> cursor_;
};

class Stream {
 public:
  Stream(testee::Endpoint endpoint, const Entry& entry, std::function<Offset()> end)
      : remote_(std::move(endpoint), "the only one"), entry_(entry), end_(std::move(end)) {}

  eventstream::Identity application() { return remote_.application(); }
  Result<EventTypeSet> event_types(const std::stop_token& token) {
    Result<EventTypeSet> types = remote_.event_types(token);
    if (!types && entry_.defect == Defect::loss_is_no_types) return EventTypeSet();
    return types;
  }
  Result<SharedCursor> open(Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token) {
    Result<testee::RemoteCursor> cursor = remote_.open(offset, filter, token);
    if (!cursor && entry_.defect == Defect::loss_is_cancelled_open) return Errc::cancelled;
    if (!cursor) return cursor.error();
    const Origin origin{&remote_, filter, entry_.way, entry_.defect, end_};
    auto direct = std::make_unique<Reconnecting>(origin, *std::move(cursor), offset);
    if (!entry_.ahead) return SharedCursor{std::move(direct)};
    SharedCursor ahead{
        std::make_shared<ReadAhead>(std::move(direct), kept_ready, *entry_.ahead, token)};
    if (entry_.ahead == AheadDefect::full_queue_holds_thread) keep(ahead);
    return ahead;
  }

 private:
  /// What a thread that isn't released holds is there until the stream ends it.
  void keep(const SharedCursor& cursor) {
    const std::lock_guard lock(mutex_);
    held_.push_back(cursor);
  }

  testee::RemoteStream remote_;
  const Entry entry_;
  const std::function<Offset()> end_;
  std::mutex mutex_;
  std::vector<SharedCursor> held_;  // for a single defect
};

class Harness {
 public:
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict, .conditional_append = true};
  }

  Harness(const streamtest::Scenario& scenario, const Entry& entry)
      : memory_({.application = scenario.application, .event_types = types_of(scenario, entry)}),
        server_(memory_, entry.torn, entry.defect),
        network_(server_.endpoint().host, server_.endpoint().port),
        limit_(entry.max_event_size.value_or(~std::uint64_t{0})),
        stream_({"127.0.0.1", network_.port()}, entry, [this] { return end_.load(); }) {}

  Stream& stream() { return stream_; }
  streamtest::FaultProxy& network() { return network_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    if (too_large(batch)) return Errc::too_large;
    return noted(streamtest::consecutive(memory_.append(batch), batch.size()));
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    if (too_large(batch)) return Errc::too_large;
    return noted(streamtest::consecutive(memory_.append(batch, expected), batch.size()));
  }
  Result<Offset> truncate(Offset first_retained) { return memory_.truncate(first_retained); }

 private:
  static EventTypeSet types_of(const streamtest::Scenario& scenario, const Entry& entry) {
    EventTypeSet types = scenario.event_types;
    if (entry.more_types) types.insert(eventstream::EventType("of another reader"));
    return types;
  }

  Result<streamtest::Offsets> noted(Result<streamtest::Offsets> offsets) {
    if (offsets && !offsets->empty()) end_ = offsets->back() + 1;
    return offsets;
  }

  bool too_large(std::span<const Parcel> batch) const {
    return std::ranges::any_of(batch,
                               [&](const Parcel& parcel) { return parcel->data.size() > limit_; });
  }

  std::atomic<Offset> end_ = 0;
  memorystream::Stream memory_;
  Server server_;
  streamtest::FaultProxy network_;
  const std::uint64_t limit_;
  Stream stream_;
};

Entry mutant(const char* id, const char* rule, Way way, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "tcp", rule, phrase, sentence}, way, defect};
}

Entry fair(const char* id, Way way, const char* sentence) {
  return {{id, "tcp", "", "", sentence, true}, way};
}

Entry ahead(const char* id, const char* rule, AheadDefect defect, const char* phrase,
            const char* sentence) {
  Entry entry = mutant(id, rule, Way::resuming, Defect::none, phrase, sentence);
  entry.ahead = defect;
  return entry;
}

Entry hard(Entry entry) {
  entry.shown.hard = true;
  return entry;
}

Entry fair_ahead() {
  Entry entry = fair("ODD-ahead", Way::resuming,
                     "a thread a cursor reads up to four events ahead, and reconnects unseen");
  entry.ahead = AheadDefect::none;
  return entry;
}

Entry with_more_types(Entry entry) {
  entry.more_types = true;
  return entry;
}

Entry bytewise() {
  Entry entry = fair("ODD-bytewise", Way::sticky,
                     "what it answers is sent byte by byte, and then in small pieces");
  entry.torn = true;
  entry.max_event_size = 4096;  // more would take its time
  return entry;
}

void claim_ahead(streamtest::Capabilities& claims) {
  claims.truncation = streamtest::Truncation::held;
  claims.held_events = kept_ready + 1;
  claims.max_cursors = 200;  // a thread each
  // An event is there when the thread has read it.
  claims.staleness = std::chrono::milliseconds(20);
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      ahead("O-23", "OPN-5", AheadDefect::token_of_open_is_parent,
            "it returned cancelled|seen cancelled",
            "what reads ahead is a child of open: cancelling its token later ends the cursor"),
      ahead("S-5", "BLK-1", AheadDefect::idle_wait_times_out,
            "it returned timed_out|seen timed_out",
            "next ends by itself when nothing has come for a while (3 ms for a minute)"),
      hard(ahead(
          "O-20", "CAN-3", AheadDefect::cancelled_read_drops_handed_over,
          "expected event|cancelled or event",
          "a next that is cancelled while what was read ahead is handed over drops that event")),
      ahead("O-28", "CLS-4", AheadDefect::close_waits_for_reading, "is stuck: it had not returned",
            "close waits for what reads ahead, which waits for the peer's next event"),
      ahead("O-29", "CLS-5", AheadDefect::full_queue_holds_thread, "threads and",
            "the thread that reads ahead into a full queue is never released by close"),
      mutant("O-50", "PAY-1", Way::sticky, Defect::empty_event_is_sign_of_life, "is stuck",
             "an event without data is taken for a sign of life"),
      mutant("O-52", "ERR-1", Way::sticky, Defect::truncated_has_no_word,
             "expected truncated, which", "truncated crosses the wire as an unknown error"),
      mutant("X-ERR-2", "ERR-2", Way::sticky, Defect::loss_is_close, "said cursor_closed",
             "a connection that broke is told as a cursor that was closed"),
      mutant("X-ERR-2b", "ERR-2", Way::sticky, Defect::loss_is_truncation, "said truncated",
             "a connection that broke is told as a truncation"),
      mutant("X-ERR-2c", "ERR-2", Way::sticky, Defect::loss_goes_unnoticed,
             "has not returned within the bound", "nothing notices that the connection broke"),
      mutant("X-ERR-2d", "ERR-2", Way::sticky, Defect::loss_is_no_types,
             "event_types gave 0 types without",
             "asked for its types when the connection broke, the stream has none"),
      mutant("X-ERR-2e", "ERR-2", Way::sticky, Defect::loss_is_cancelled_open,
             "open said cancelled", "an open that meets a broken connection says cancelled"),
      mutant("X-CLS-4b", "CLS-4", Way::sticky, Defect::close_asks_until_answered,
             "is stuck: it had not returned", "close asks the peer until it has answered"),
      mutant("O-53", "ERR-3", Way::resuming, Defect::restarts_at_zero, "behind what was delivered",
             "a reconnect before the first delivery begins at 0"),
      mutant("X-ERR-3b", "ERR-3", Way::recovering, Defect::repeats_last_event,
             "behind what was delivered", "a reconnect begins with the last delivered event"),
      mutant("X-ERR-3c", "ERR-3", Way::resuming, Defect::restarts_at_end,
             "behind what was delivered", "a reconnect begins with what is appended from then on"),
      with_more_types(fair(
          "ODD-sticky", Way::sticky,
          "a cursor whose connection broke fails for good; it has a type that nobody asked for")),
      fair("ODD-recovering", Way::recovering, "it fails once, and goes on with the next call"),
      fair("ODD-resuming", Way::resuming, "it reconnects unseen, for as long as it takes"),
      bytewise(),
      fair_ahead(),
  };
  return list;
}

streamtest::SubjectFactory make(const Entry& entry) {
  streamtest::SubjectFactory factory = streamtest::make_factory<Harness>(
      entry.shown.id, [entry](const streamtest::Scenario& scenario) {
        return std::make_unique<Harness>(scenario, entry);
      });
  factory.capabilities.max_event_size = entry.max_event_size;
  if (entry.ahead) claim_ahead(factory.capabilities);
  return factory;
}

}  // namespace mutants::remote
