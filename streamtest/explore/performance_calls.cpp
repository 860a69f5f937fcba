#include <eventstream/async.hpp>
#include <streamtest/explore/performance_parts.hpp>
#include <streamtest/subject/witness.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;
using Kind = Command::Kind;

// ---- what the program says

void Performance::perform(Actor& actor, const Program& commands) {
  for (const Command& command : commands) perform(actor, command);
}

void Performance::perform(Actor& actor, const Command& command) {
  Place& place = places_.at(command.slot);
  const bool owns = place.owner == actor.number || alone(actor);
  switch (command.kind) {
    case Kind::append:
      return append(actor, command);
    case Kind::truncate:
      return truncate(actor, command);
    case Kind::open:
      return owns && !place.cursor ? open(actor, command) : void();
    case Kind::next:
      return owns ? void(read(actor, place, CallKind::next)) : void();
    case Kind::try_next:
      return owns ? void(read(actor, place, CallKind::try_next)) : void();
    case Kind::cancelled_next:
      return owns ? void(read(actor, place, CallKind::next, true)) : void();
    case Kind::cancel:
      return cancel(place);
    case Kind::close:
      return close(actor, place);
    case Kind::destroy:
      return owns ? destroy(actor, place) : void();
    case Kind::start_next:  // a thread of its own is what begins a read here
    case Kind::reopen:      // programs of several actors don't have these
    case Kind::append_beside:
    case Kind::read_beside:
    case Kind::kill:
      return;
  }
}

bool Performance::alone(const Actor& actor) const {
  return actor.number == program_.actors.size() && alone_;
}

void Performance::read_on(Actor& actor) {
  for (Place& place : places_) {
    if (place.owner != actor.number || !place.cursor) continue;
    while (!over_.load()) {
      const CameTo came_to = read(actor, place, CallKind::next);
      if (came_to != CameTo::ok && came_to != CameTo::cancelled) return;
    }
    return;
  }
}

// ---- calls

std::size_t Performance::begin(Actor& actor, Call call) {
  call.actor = actor.number;
  const std::lock_guard lock(actor.lock);
  call.invoked = ticks_++;
  actor.calls.push_back(std::move(call));
  return actor.calls.size() - 1;
}

std::size_t Performance::begin_append(Actor& actor, const Command& command) {
  const Batch& batch = batches_.at(&command);
  return begin(actor, {.kind = CallKind::append,
                       .first = batch.first,
                       .count = static_cast<std::uint32_t>(batch.parcels.size())});
}

void Performance::append(Actor& actor, const Command& command) {
  const Batch& batch = batches_.at(&command);
  const std::size_t number = begin_append(actor, command);
  during(actor, number,
         [&](Call& call) { return appended(call, subject_->append(batch.parcels)); });
  acknowledge(actor, number);
}

CameTo Performance::appended(Call& call, Result<std::vector<Offset>> offsets) {
  if (!offsets) return outcome(offsets.error());
  call.offsets = *std::move(offsets);
  return CameTo::ok;
}

void Performance::acknowledge(Actor& actor, std::size_t number) {
  if (!sparse_) return;
  std::vector<Offset> told;
  {
    const std::lock_guard lock(actor.lock);
    told = actor.calls[number].offsets;
  }
  const std::lock_guard lock(lock_);
  for (const Offset offset : told)
    acknowledged_.insert(std::ranges::upper_bound(acknowledged_, offset), offset);
}

std::uint32_t Performance::name_cursor(std::size_t slot) {
  std::string name = slot + 1 == places_.size() ? "last" : fmt::format("c{}", slot + 1);
  const std::lock_guard lock(lock_);
  while (std::ranges::find(cursors_, name) != cursors_.end()) name += "'";
  cursors_.push_back(std::move(name));
  return static_cast<std::uint32_t>(cursors_.size() - 1);
}

void Performance::open(Actor& actor, const Command& command) {
  Place& place = places_.at(command.slot);
  // The last reader was told where the stream begins.
  const bool is_real = &place == &places_.back();
  Call call{.kind = CallKind::open, .offset = is_real ? command.offset : resolve(command.offset)};
  std::vector<eventstream::EventType> filter;
  for (const std::size_t type : command.types) {
    call.types.push_back(static_cast<std::uint32_t>(type));
    filter.push_back(types_.at(type));
  }
  const Offset offset = call.offset;
  const std::uint32_t cursor = call.cursor = name_cursor(command.slot);
  const std::size_t number = begin(actor, std::move(call));
  during(actor, number, [&](Call& result) {
    result.cursor = cursor;
    Result<std::unique_ptr<AnyCursor>> opened =
        subject_->open(offset, eventstream::EventTypeSet(std::move(filter)), {});
    if (!opened) return outcome(opened.error());
    const std::lock_guard lock(place.lock);
    place.cursor = *std::move(opened);
    place.number = cursor;
    return CameTo::ok;
  });
}

CameTo Performance::read(Actor& actor, Place& place, CallKind kind, bool cancelled) {
  if (!place.cursor) return CameTo::failed;
  const std::shared_ptr<AnyCursor> cursor = place.cursor;
  eventstream::Cursor* native = cursor->native();
  if (kind == CallKind::try_next && !native) kind = CallKind::next;
  const std::size_t number = begin(actor, {.kind = kind, .cursor = place.number});
  CameTo came_to = CameTo::neither;
  during(actor, number, [&](Call& call) {
    Result<Event> event = kind == CallKind::try_next ? native->try_next()
                          : native && reading_ && !cancelled
                              ? read_asynchronously(place, *native, call)
                              : read_blocking(place, *cursor, call, cancelled);
    return came_to = came_back(call, event);
  });
  return came_to;
}

CameTo Performance::came_back(Call& call, const Result<Event>& event) const {
  if (!event) return outcome(event.error());
  call.seen = seen(*event);
  return event->parcel ? CameTo::ok : CameTo::neither;
}

Result<Event> Performance::read_blocking(Place& place, AnyCursor& cursor, Call& call,
                                         bool cancelled) {
  std::stop_source stop;
  if (cancelled) {
    call.cancelled = 0;
    stop.request_stop();
  }
  under_way(place, [stop]() mutable { stop.request_stop(); });
  Result<Event> event = cursor.next(stop.get_token());
  call.cancelled = std::min(call.cancelled, no_longer(place));
  return event;
}

void Performance::under_way(Place& place, std::function<void()> cancel) {
  const std::lock_guard lock(place.lock);
  place.cancel = std::move(cancel);
  place.cancelled = never;
}

Tick Performance::no_longer(Place& place) {
  std::function<void()> cancel;  // destroyed outside of the lock: it may hold the last of something
  const std::lock_guard lock(place.lock);
  std::swap(cancel, place.cancel);
  return place.cancelled;
}

void Performance::cancel(Place& place) {
  std::function<void()> cancel;
  {
    const std::lock_guard lock(place.lock);
    if (!place.cancel) return;
    cancel = place.cancel;
    place.cancelled = std::min(place.cancelled, ticks_++);
  }
  cancel();
}

void Performance::close(Actor& actor, Place& place) {
  std::shared_ptr<AnyCursor> cursor;
  std::uint32_t number = 0;
  {
    const std::lock_guard lock(place.lock);
    cursor = place.cursor;
    number = place.number;
  }
  if (!cursor) return;
  during(actor, begin(actor, {.kind = CallKind::close, .cursor = number}), [&](Call&) {
    const Result<void> closed = cursor->close();
    return closed ? CameTo::ok : outcome(closed.error());
  });
}

void Performance::destroy(Actor& actor, Place& place) {
  std::shared_ptr<AnyCursor> cursor;
  {
    const std::lock_guard lock(place.lock);
    std::swap(cursor, place.cursor);
  }
  // One that somebody is about to close goes when that is done.
  if (!cursor || cursor.use_count() > 1) return;
  during(actor, begin(actor, {.kind = CallKind::destroy, .cursor = place.number}), [&](Call&) {
    cursor.reset();
    return CameTo::ok;
  });
}

void Performance::truncate(Actor& actor, const Command& command) {
  const Offset offset = resolve(command.offset);
  during(actor, begin(actor, {.kind = CallKind::truncate, .offset = offset}), [&](Call& call) {
    const Result<Offset> first = subject_->truncate(offset);
    if (!first) return outcome(first.error());
    call.told = *first;
    return CameTo::ok;
  });
}

// ---- from the stream's terms to the record's

CameTo Performance::outcome(const boost::system::error_code& error) {
  if (error == Errc::cursor_closed) return CameTo::closed;
  if (error == Errc::truncated) return CameTo::truncated;
  if (error == Errc::cancelled) return CameTo::cancelled;
  if (error == Errc::not_yet || error == Errc::timed_out) return CameTo::nothing;
  if (error == Errc::unsupported_event_type) return CameTo::unsupported_type;
  if (error == Errc::unknown_outcome) return CameTo::unknown;
  return CameTo::failed;
}

SeenEvent Performance::seen(const Event& event) const {
  SeenEvent seen{.offset = event.offset};
  if (!event.parcel) return seen;
  const eventstream::Envelope& envelope = *event.parcel;
  const auto type = std::ranges::find(types_, envelope.type);
  if (type != types_.end()) seen.type = static_cast<std::uint32_t>(type - types_.begin());
  const std::string token = token_ ? token_(envelope) : envelope.data;
  if (const auto found = numbers_.find(token); found != numbers_.end()) seen.event = found->second;
  seen.intact = envelope.source_application == circumstances_.scenario.application;
  return seen;
}

Offset Performance::resolve(Offset choice) {
  if (choice == last_offset || !sparse_) return choice;
  const std::lock_guard lock(lock_);
  if (choice < acknowledged_.size()) return acknowledged_[choice];
  const Offset end = acknowledged_.empty() ? 0 : acknowledged_.back() + 1;
  return end + (choice - acknowledged_.size());
}

// ---- asynchronous reads

struct Performance::Reading::Loop {
  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::optional<Bystander> stuck;
};

Performance::Reading::Reading()
    : loop_(std::make_shared<Loop>()), thread_([loop = loop_] { loop->context.run(); }) {}

Performance::Reading::~Reading() {
  if (!thread_.joinable()) return;
  loop_->work.reset();
  loop_->context.stop();
  thread_.join();
}

void Performance::Reading::leave(bool exact) {
  thread_.detach();
  if (!exact) loop_->stuck.emplace();
}

boost::asio::io_context& Performance::Reading::context() {
  return loop_->context;
}

Result<Event> Performance::read_asynchronously(Place& place, eventstream::Cursor& cursor,
                                               Call& call) {
  struct Done {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<Event>> event;
    std::uint32_t completions = 0;
    bool inside_call = false;
    bool foreign_executor = false;
    std::thread::id caller;  ///< while it is inside the call
  };
  const auto done = std::make_shared<Done>();
  done->caller = std::this_thread::get_id();
  const auto signal = std::make_shared<boost::asio::cancellation_signal>();
  boost::asio::io_context& context = reading_->context();
  auto handler = [done, signal, &context](boost::system::error_code error, Event event) {
    const std::lock_guard lock(done->mutex);
    ++done->completions;
    done->inside_call |= done->caller == std::this_thread::get_id();
    done->foreign_executor |= !context.get_executor().running_in_this_thread();
    if (!done->event)
      done->event.emplace(error ? Result<Event>(error) : Result<Event>(std::move(event)));
    done->changed.notify_all();
  };
  cursor.async_next(boost::asio::bind_cancellation_slot(
      signal->slot(), boost::asio::bind_executor(context.get_executor(), std::move(handler))));
  // Not before: there is nothing to be cancelled yet.
  under_way(place, [signal, &context] {
    boost::asio::post(context,
                      [signal] { signal->emit(boost::asio::cancellation_type::terminal); });
  });
  std::unique_lock lock(done->mutex);
  done->caller = {};
  done->changed.wait(lock, [&] { return done->event.has_value(); });
  call.completions = done->completions;
  call.inside_call = done->inside_call;
  call.foreign_executor = done->foreign_executor;
  call.cancelled = no_longer(place);
  return *std::move(done->event);
}

}  // namespace streamtest
