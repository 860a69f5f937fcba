#ifndef EVENTSTREAM_MEMORY_HANDLER_HPP
#define EVENTSTREAM_MEMORY_HANDLER_HPP

#include <eventstream/handler.hpp>
#include <eventstream/semaphore.hpp>

#include <functional>
#include <map>
#include <string>

namespace eventstream {

/// A Handler that keeps its offsets in memory, for effects that are in memory too: both are gone
/// with the process.
class MemoryHandler final : public Handler {
 public:
  /// Called for one event at a time, whatever its application. If it fails or throws, it must have
  /// had no effect.
  using Apply = std::function<Result<void>(const Event& event, const std::stop_token& token)>;

  MemoryHandler(EventTypeSet event_types, Apply apply);

  EventTypeSet event_types() const override { return event_types_; }
  Result<Offset> next_offset(const Identity& application, std::stop_token token = {}) override;
  Result<void> handle_event(Offset expected, const Event& event,
                            std::stop_token token = {}) override;

 private:
  const EventTypeSet event_types_;
  const Apply apply_;
  Semaphore turn_{1};                   // held while an event is applied
  std::map<std::string, Offset> next_;  // by the application's key
};

}  // namespace eventstream

#endif
