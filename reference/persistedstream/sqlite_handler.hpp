#ifndef PERSISTEDSTREAM_SQLITE_HANDLER_HPP
#define PERSISTEDSTREAM_SQLITE_HANDLER_HPP

#include <eventstream/handler.hpp>
#include <eventstream/semaphore.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace SQLite {
class Database;
}

namespace persistedstream {

/// A Handler whose effects are in an SQLite database, an application's own with whatever tables it
/// has, and which keeps its offsets beside them in the table `handled_offsets`: effect and offset
/// are one transaction, so that a crash leaves both or neither (HND-2).
///
/// Several handlers, also of other processes, may use one database; then they share the offsets,
/// and of two that handle one event one gets `conflict`. Errors besides Handler's: SQLite's own, in
/// sqlite_category(); next_offset() then tells whether the event was handled all the same. Waits
/// while others write, ten seconds at the longest; a token ends that (`cancelled`), but not an
/// effect that has begun.
class SqliteHandler final : public eventstream::Handler {
 public:
  /// Writes the effect of one event through the connection, in a transaction that the handler has
  /// begun and ends: it must not end it. Called for one event at a time. A failure or an exception
  /// undoes what it wrote; SQLite::Exception becomes SQLite's own error, any other goes through.
  using Apply = std::function<eventstream::Result<void>(SQLite::Database& database,
                                                        const eventstream::Event& event)>;

  /// Opens the database, or makes it. Throws `SQLite::Exception`, or `std::runtime_error` if it is
  /// on a file system where processes can't share it.
  SqliteHandler(const std::filesystem::path& file, eventstream::EventTypeSet event_types,
                Apply apply);
  ~SqliteHandler() override;

  eventstream::EventTypeSet event_types() const override { return event_types_; }
  eventstream::Result<eventstream::Offset> next_offset(const eventstream::Identity& application,
                                                       std::stop_token token = {}) override;
  eventstream::Result<void> handle_event(eventstream::Offset expected,
                                         const eventstream::Event& event,
                                         std::stop_token token = {}) override;

 private:
  template <typename T, typename Call>
  eventstream::Result<T> in_turn(const std::stop_token& token, Call call);
  eventstream::Result<eventstream::Offset> read(const std::string& key);
  eventstream::Result<void> handle(eventstream::Offset expected, const eventstream::Event& event);

  const eventstream::EventTypeSet event_types_;
  const Apply apply_;
  eventstream::Semaphore turn_{1};  // the connection is for one thread at a time
  std::unique_ptr<SQLite::Database> database_;
};

}  // namespace persistedstream

#endif
