#ifndef NETWORKSTREAM_FEED_HPP
#define NETWORKSTREAM_FEED_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>
#include <eventstream/source.hpp>

#include <grpcpp/alarm.h>
#include <networkstream/connection.hpp>
#include <networkstream/wakes.hpp>
#include <networkstream/wire.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

// The events of one cursor on their way here. Internal to the library.

namespace networkstream {

class Call;

/// Calls the server, keeps what comes until it is read, and calls again when the call is lost.
///
/// Who owns it: the cursor's source, the call that is under way and the timer before the next one,
/// so that it outlives them. The connection is let go when the reader or the stream goes, by their
/// thread, and never by one of gRPC's. Who wakes whom: the connection's thread pushes events and
/// errors and wakes the reader, who takes all that is there for its own and lets the call read on.
/// `mutex_` guards all fields but those of the reader; nothing of gRPC's and no waker is called
/// with it held, for either may come back in the same thread.
class Feed final : public std::enable_shared_from_this<Feed> {
 public:
  using Clock = std::chrono::steady_clock;
  using Request = dogma::interop::v1::eventstream::ConsumeRequest;

  Feed(std::shared_ptr<Connection> connection, Request request);

  /// Begins the first call.
  void start();
  /// The reader is gone: nothing is called any more. Waits for no peer.
  void stop();
  /// The stream is gone: the reader is told so.
  void lose_stream();

  // For the source.
  eventstream::Result<eventstream::Event> poll();
  bool watch(const eventstream::Waker& waker);
  void unwatch();

  // For the call: in the connection's thread.
  enum class Then { read, pause, end };
  /// `wakes` is the connection's, and gets whoever waits.
  Then received(eventstream::Offset offset, WireEnvelope&& envelope, Wakes& wakes);
  /// It would be sent again: an error for good.
  Then received_nonsense(Wakes& wakes);
  /// `under_way`: for how long the call had a connection.
  void ended(const grpc::Status& status, Clock::duration under_way, Wakes& wakes);

 private:
  void call();
  eventstream::Result<void> turn_page();
  void let_go();
  void wake_reader(Wakes& wakes);
  /// What is over for good is thrown away by the caller, without the lock.
  struct Rest {
    std::shared_ptr<Call> call;
    bool paused = false;
    std::unique_ptr<grpc::Alarm> alarm;
    std::optional<eventstream::Waker> waker;
  };
  Rest give_up();
  static void end(Rest rest);
  /// The wait before the next call, which is to be begun without the lock.
  std::chrono::milliseconds next_backoff();
  /// The server is there: what was lost before doesn't count any more.
  void found();
  /// A loss, at this moment. Whether it is to be told.
  bool lost_too_long(Clock::time_point now);
  void call_later(std::chrono::milliseconds delay);

  const std::size_t page_size_;
  const std::chrono::milliseconds patience_;
  const std::chrono::milliseconds first_backoff_;
  const std::chrono::milliseconds longest_backoff_;
  // What the reader has taken of `events_`: its thread alone touches these.
  std::vector<eventstream::Event> page_;
  std::size_t given_ = 0;
  /// Held while a call is begun, so that the connection stays. Before `mutex_`.
  std::mutex calling_;
  std::shared_ptr<Connection> connection_;  ///< guarded by `calling_`
  std::mutex mutex_;
  Request request_;  ///< its offset is where the next call begins
  WireReader reader_;
  std::vector<eventstream::Event> events_;
  std::optional<eventstream::Errc> error_;  ///< told when the events are read
  bool final_ = false;                      ///< and on each read from then on
  std::optional<eventstream::Waker> waker_;
  std::shared_ptr<Call> call_;
  bool paused_ = false;  ///< the call waits until there is room
  bool idle_ = false;    ///< the reader has to ask before there is another call
  bool stopped_ = false;
  std::atomic<bool> gone_ = false;         ///< looked at without the lock before each event
  std::optional<Clock::time_point> lost_;  ///< since when there has been no server
  std::chrono::milliseconds backoff_{0};
  std::unique_ptr<grpc::Alarm> alarm_;  ///< before the next call
};

}  // namespace networkstream

#endif
