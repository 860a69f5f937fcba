#include <eventstream/async.hpp>
#include <streamtest/explore/performance_parts.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <utility>

// Actors that are handlers on a simulated context: each call is one handler, and what waits is
// begun by one and ended by another.

namespace streamtest {

using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;
using Kind = Command::Kind;

/// The main actor's commands; false if they never came to their end.
bool Performance::do_alone(const Program& commands) {
  Actor& main = actors_[program_.actors.size()];
  if (!way_->simulated()) {
    for (const Command& command : commands) {
      perform(main, command);
      comes();
    }
    return true;
  }
  cast(main, commands, false);
  Lull lull(*this);
  do {
    way_->settle();
    if (main.finished) return true;
  } while (lull.goes_on(main.calls.size()));
  snapshot();
  if (judge(true)) note_trouble("a call doesn't return");
  return false;
}

void Performance::cast(Actor& actor, const Program& commands, bool reads_on) {
  actor.finished = false;
  go_on(parts_.emplace_back(
      Part{&actor, &commands, reads_on, context_->executor(record_.actors[actor.number])}));
}

void Performance::go_on(Part& part) {
  boost::asio::post(part.executor, [self = shared_from_this(), &part] { self->act(part); });
}

void Performance::act(Part& part) {
  if (part.next == part.commands->size()) {
    if (!read_on_later(part)) finish(*part.actor);
    return;
  }
  const Command& command = (*part.commands)[part.next++];
  Place& place = places_.at(command.slot);
  if (command.kind == Kind::append) return append_later(part, command);
  const bool owns = place.owner == part.actor->number || alone(*part.actor);
  if (command.kind == Kind::next && owns && read_later(part, place)) return;
  perform(*part.actor, command);
  go_on(part);
}

/// Begins the next of the reads that an actor makes when its commands are done; false if there is
/// none.
bool Performance::read_on_later(Part& part) {
  if (!part.reads_on || over_) return false;
  for (Place& place : places_)
    if (place.owner == part.actor->number && place.cursor) return read_later(part, place);
  return false;
}

void Performance::finish(Actor& actor) {
  const std::lock_guard lock(actor.lock);
  actor.finished = true;
}

void Performance::append_later(Part& part, const Command& command) {
  const std::size_t number = begin_append(*part.actor, command);
  const auto is_done = std::make_shared<bool>(false);
  const auto done = [self = shared_from_this(), &part, number,
                     is_done](Result<std::vector<Offset>> offsets) {
    if (std::exchange(*is_done, true))
      return self->note_trouble("the harness's async_append calls `done` more than once");
    self->during(*part.actor, number,
                 [&](Call& call) { return self->appended(call, std::move(offsets)); });
    self->acknowledge(*part.actor, number);
    self->go_on(part);
  };
  try {
    subject_->async_append(batches_.at(&command).parcels, done);
  } catch (const std::exception& error) {
    note_trouble(is_told(error) ? "" : "async_append threw: ", error);
    if (!*is_done) done(eventstream::Errc::unknown_outcome);
  }
}

/// Begins a read; false if there is nothing that could be read so.
bool Performance::read_later(Part& part, Place& place) {
  eventstream::Cursor* cursor = place.cursor ? place.cursor->native() : nullptr;
  if (!cursor) return false;
  // Kept here and not by the handler, which the cursor keeps.
  part.reading = place.cursor;
  const std::size_t number = begin(*part.actor, {.kind = CallKind::next, .cursor = place.number});
  struct Done {
    std::uint32_t completions = 0;
    bool inside_call = true;
  };
  const auto done = std::make_shared<Done>();
  auto handler = [self = shared_from_this(), &part, &place, number, done](
                     boost::system::error_code error, Event event) {
    if (++done->completions > 1) {
      part.actor->calls[number].completions = done->completions;
      return;
    }
    CameTo came_to = CameTo::neither;
    self->during(*part.actor, number, [&](Call& call) {
      call.inside_call = done->inside_call;
      call.foreign_executor = !self->context_->runs(part.executor.actor());
      call.cancelled = no_longer(place);
      return came_to = self->came_back(
                 call, error ? Result<Event>(error) : Result<Event>(std::move(event)));
    });
    part.reading.reset();
    const bool is_last =
        part.next == part.commands->size() && came_to != CameTo::ok && came_to != CameTo::cancelled;
    if (is_last) return self->finish(*part.actor);
    self->go_on(part);
  };
  const auto signal = std::make_shared<boost::asio::cancellation_signal>();
  cursor->async_next(boost::asio::bind_cancellation_slot(
      signal->slot(), boost::asio::bind_executor(part.executor, std::move(handler))));
  done->inside_call = false;
  // Not before: there is nothing to be cancelled yet.
  if (done->completions == 0)
    under_way(place, [signal, executor = part.executor] {
      boost::asio::post(executor,
                        [signal] { signal->emit(boost::asio::cancellation_type::terminal); });
    });
  return true;
}

/// Handlers of the stream may refer to the stream, and readers' handlers to all of this.
void Performance::leave_handlers() {
  context_->drain();
  for (Part& part : parts_) part.reading.reset();
  for (Place& place : places_) place.cursor.reset();
  context_->drain();
  subject_.reset();
  context_->drain();
}

}  // namespace streamtest
