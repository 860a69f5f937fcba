#ifndef EVENTSTREAM_HANDLER_HPP
#define EVENTSTREAM_HANDLER_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <stop_token>

namespace eventstream {

/// Applies events, and keeps for each application the offset of the next event it expects, so that
/// after a crash it goes on where it stopped. A Consumer feeds it.
///
/// Thread-safety: every member from any thread; of two racing calls of handle_event() with one
/// offset one fails (HND-2). What waits gives `cancelled` soon after its token asked to stop.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// The types it wants; a stream need not have them. The same on every call.
  virtual EventTypeSet event_types() const = 0;

  /// 0 for an application of which it has handled nothing, else one more than the offset of the
  /// last event it handled (HND-1). Applications are told apart by their keys.
  virtual Result<Offset> next_offset(const Identity& application, std::stop_token token = {}) = 0;

  /// Applies the event, and expects event.offset + 1 from then on: both or neither (HND-2). Fails
  /// with `conflict` and no effect if `expected` isn't the next offset of the event's source
  /// application. The event may lie behind `expected`: what is between was of other types.
  virtual Result<void> handle_event(Offset expected, const Event& event,
                                    std::stop_token token = {}) = 0;
};

}  // namespace eventstream

#endif
