#include <testee/messages.hpp>
#include <testee/remote.hpp>

#include <utility>

namespace testee {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

namespace {

/// A connection that broke is a failure of the stream's backend, like any other.
template <typename T, typename Call>
Result<T> unless_lost(Call call) {
  try {
    return call();
  } catch (const Lost& lost) {
    if (lost.misbehaved()) throw;
    return Errc::backend_failure;
  }
}

/// A connection and what it needs to the end, for all that share it.
struct Kept {
  Kept(std::shared_ptr<const void> needed, const Endpoint& endpoint)
      : way(std::move(needed)), connection(endpoint) {}

  std::shared_ptr<const void> way;
  Connection connection;
};

}  // namespace

Result<Event> RemoteCursor::next(const std::stop_token& token) {
  Result<Event> seen = unless_lost<Event>([&] { return cursor_.next(token); });
  // A testee that can't be asked any more can't know that the cursor is closed.
  if (!seen && *closed_) return Errc::cursor_closed;
  return seen;
}

Result<void> RemoteCursor::close() {
  if (closed_->exchange(true)) return Errc::cursor_closed;
  const Result<void> closed = unless_lost<void>([&] { return cursor_.close(); });
  return closed || closed.error() == Errc::backend_failure ? Result<void>() : closed;
}

RemoteStream::RemoteStream(Endpoint endpoint, std::string name, std::shared_ptr<const void> way)
    : endpoint_(std::move(endpoint)), name_(std::move(name)), way_(std::move(way)) {}

std::shared_ptr<Connection> RemoteStream::connection() {
  const std::lock_guard lock(mutex_);
  if (!connection_ || connection_->loss()) {
    connection_.reset();
    const auto kept = std::make_shared<Kept>(way_, endpoint_);
    connection_ = std::shared_ptr<Connection>(kept, &kept->connection);
  }
  return connection_;
}

Identity RemoteStream::application() {
  return unless_lost<Identity>([&]() -> Result<Identity> {
           const Result<Json> result =
               result_from(connection()->call({{"do", "application"}, {"stream", name_}}));
           if (!result) return result.error();
           return identity_from(*result);
         })
      .value();
}

Result<EventTypeSet> RemoteStream::event_types(const std::stop_token& token) {
  return unless_lost<EventTypeSet>([&]() -> Result<EventTypeSet> {
    const Result<Json> result = result_from(connection()->call(
        {{"do", "event_types"}, {"stream", name_}, {"cancelled", token.stop_requested()}}));
    if (!result) return result.error();
    return types_from(*result);
  });
}

Result<RemoteCursor> RemoteStream::open(Offset offset, const EventTypeSet& filter,
                                        const std::stop_token& token) {
  return unless_lost<RemoteCursor>([&]() -> Result<RemoteCursor> {
    Result<Cursor> cursor = Stream::open(connection(), name_, offset, filter, token);
    if (!cursor) return cursor.error();
    return RemoteCursor(*std::move(cursor));
  });
}

}  // namespace testee
