#include <eventstream/memory_handler.hpp>

#include <utility>

namespace eventstream {

MemoryHandler::MemoryHandler(EventTypeSet event_types, Apply apply)
    : event_types_(std::move(event_types)), apply_(std::move(apply)) {}

Result<Offset> MemoryHandler::next_offset(const Identity& application, std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  const Result<Semaphore::Permit> turn = turn_.acquire(token);
  if (!turn) return turn.error();
  const auto found = next_.find(application.key());
  return found == next_.end() ? 0 : found->second;
}

Result<void> MemoryHandler::handle_event(Offset expected, const Event& event,
                                         std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (!event.parcel || event.offset < expected) return Errc::invalid_argument;
  const Result<Semaphore::Permit> turn = turn_.acquire(token);
  if (!turn) return turn.error();
  // The place for the offset is made first, so that nothing can fail behind the effect.
  Offset& next = next_[event.parcel->source_application.key()];
  if (next != expected) return Errc::conflict;
  const Result<void> applied = apply_(event, token);
  if (applied) next = event.offset + 1;
  return applied;
}

}  // namespace eventstream
