#ifndef TESTEE_REMOTE_HPP
#define TESTEE_REMOTE_HPP

#include <testee/stream.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace testee {

/// A cursor in a testee that listens. It lives as long as the connection that opened it: when that
/// breaks, next gives `backend_failure`, again and again, and the reader opens another cursor. A
/// movable handle. Threads: as the contract says.
class RemoteCursor {
 public:
  explicit RemoteCursor(Cursor cursor)
      : cursor_(std::move(cursor)), closed_(std::make_unique<std::atomic<bool>>(false)) {}

  eventstream::Result<eventstream::Event> next(const std::stop_token& token = {});
  /// Of a cursor whose connection broke, too; a second one says `cursor_closed`.
  eventstream::Result<void> close();

 private:
  Cursor cursor_;
  std::unique_ptr<std::atomic<bool>> closed_;
};

/// Readers' side of a stream in a testee that listens: by a connection of its own, which is made
/// anew when the last one broke. Thread-safety: every member from any thread. Members give
/// `backend_failure` while there is no connection, after three seconds at the latest
/// (application(), which gives no Result, throws it as `boost::system::system_error`), and throw
/// `Lost` if the testee breaks the protocol.
class RemoteStream {
 public:
  /// The stream of that name. Connects when something is asked for. `way` is whatever must stay
  /// for the endpoint to lead there, such as a proxy: the stream and its cursors keep it.
  RemoteStream(Endpoint endpoint, std::string name, std::shared_ptr<const void> way = {});

  eventstream::Identity application();
  eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token = {});
  eventstream::Result<RemoteCursor> open(eventstream::Offset offset,
                                         const eventstream::EventTypeSet& filter,
                                         const std::stop_token& token = {});

 private:
  std::shared_ptr<Connection> connection();

  const Endpoint endpoint_;
  const std::string name_;
  const std::shared_ptr<const void> way_;
  std::mutex mutex_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace testee

#endif
