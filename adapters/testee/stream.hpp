#ifndef TESTEE_STREAM_HPP
#define TESTEE_STREAM_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <testee/connection.hpp>

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace testee {

/// A cursor in a testee, read by blocking next() only. A movable handle: its destruction destroys
/// the testee's. Threads: as the contract says. Members throw `Lost` if the testee is lost.
class Cursor {
 public:
  Cursor(std::shared_ptr<Connection> connection, std::string name);
  Cursor(Cursor&&) noexcept = default;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// Errors: what the testee says. A stop asks it to cancel; its answer is awaited all the same.
  eventstream::Result<eventstream::Event> next(const std::stop_token& token = {});
  eventstream::Result<void> close();

 private:
  std::shared_ptr<Connection> connection_;
  std::string name_;
};

/// What a testee is asked to make.
struct StreamRequest {
  eventstream::Identity application;
  eventstream::EventTypeSet event_types = {};
  std::string unique_name = {};
  std::string variant = {};
};

/// A stream in a testee. A movable handle: its destruction drops the testee's. Thread-safety: every
/// member from any thread. Members throw `Lost` if the testee is lost.
class Stream {
 public:
  /// Makes a fresh one. Throws `std::runtime_error` with what the testee says if it can't.
  Stream(std::shared_ptr<Connection> connection, const StreamRequest& request);
  /// As above, on the backend of another one (hook `twin`).
  Stream(const Stream& other, const StreamRequest& request);
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  eventstream::Identity application();
  eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token = {});
  eventstream::Result<Cursor> open(eventstream::Offset offset,
                                   const eventstream::EventTypeSet& filter,
                                   const std::stop_token& token = {});
  /// As above, by another connection to the same testee, where the stream is called so.
  static eventstream::Result<Cursor> open(std::shared_ptr<Connection> connection,
                                          const std::string& stream, eventstream::Offset offset,
                                          const eventstream::EventTypeSet& filter,
                                          const std::stop_token& token = {});

  /// What the testee calls it: the request's unique name, if it has one.
  const std::string& name() const { return name_; }

  /// The offset of each event, or none if the stream doesn't tell.
  eventstream::Result<std::vector<eventstream::Offset>> append(
      std::span<const eventstream::Parcel> batch, std::optional<eventstream::Offset> expected = {});
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained);
  // These throw `std::runtime_error` with what the testee says if it can't.
  void reopen();
  void fail_next_append();
  void fill(const eventstream::EventType& type, std::uint64_t count);
  void settle();

 private:
  std::string name_of(const StreamRequest& request);
  Json request(const char* what) const;
  void make(Json message, const StreamRequest& request);
  void must(Json message);

  std::shared_ptr<Connection> connection_;
  std::string name_;
};

}  // namespace testee

#endif
