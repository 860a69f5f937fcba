#ifndef PERSISTEDSTREAM_SQLITE_REPOSITORY_HPP
#define PERSISTEDSTREAM_SQLITE_REPOSITORY_HPP

#include <persistedstream/event_repository.hpp>
#include <persistedstream/sqlite_database.hpp>

#include <memory>
#include <mutex>

namespace persistedstream {

/// One application's events in an SQLite database.
///
/// A commit survives the end of the process, whatever it died of; one of the last moments may be
/// lost with the machine's power (write-ahead log, synchronous = NORMAL). Each event carries a
/// checksum, and each row one of its place, so that damage is told instead of read, and can't hide
/// an event (DUR-5). Damage to the log itself is beyond that: SQLite takes it for a torn end.
///
/// A process that is killed between its commit and the ringing of the bell leaves the others asleep
/// until they look by themselves.
///
/// Threads: as EventRepository. Writers take turns, those of one process in theirs, those of
/// several waiting for ten seconds at most; readers wait for nobody.
///
/// Errors besides those of EventRepository: SQLite's own, in sqlite_category() ("database is
/// locked", "database or disk is full"), with nothing written; `unknown_outcome` if the disk failed
/// in the commit itself; `too_large` beyond 10^9 bytes an event.
class SqliteRepository final : public EventRepository {
 public:
  /// Makes the application's stream if it isn't there, and adds the types that are new. Throws
  /// `boost::system::system_error` if the database fails, and `std::invalid_argument` if it is
  /// null.
  SqliteRepository(std::shared_ptr<SqliteDatabase> database, eventstream::Identity application,
                   const eventstream::EventTypeSet& event_types);
  ~SqliteRepository() override;

  eventstream::Identity application() const override;
  eventstream::Result<eventstream::EventTypeSet> event_types() override;
  eventstream::Result<Extent> extent() override;
  eventstream::Result<Loaded> load(eventstream::Offset from,
                                   const eventstream::EventTypeSet* types) override;
  eventstream::Result<eventstream::Offset> append(
      std::span<const eventstream::Parcel> batch,
      std::optional<eventstream::Offset> expected) override;
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) override;
  void remove_cut() override;
  std::uint32_t changes() const override;
  void wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                       std::stop_token token) override;

 private:
  std::shared_ptr<const class TypeRecords> types() const;
  eventstream::Result<std::shared_ptr<const TypeRecords>> refresh_types(
      struct SqliteConnection& connection, std::int64_t stream);
  eventstream::Result<void> register_types(SqliteConnection& connection,
                                           const eventstream::EventTypeSet& event_types);
  eventstream::Result<void> read_events(SqliteConnection& connection, std::int64_t stream,
                                        Loaded& loaded, const eventstream::EventTypeSet* wanted);
  eventstream::Result<eventstream::Offset> write_batch(SqliteConnection& connection,
                                                       std::span<const eventstream::Parcel> batch,
                                                       std::optional<eventstream::Offset> expected);
  eventstream::Result<eventstream::Offset> cut(SqliteConnection& connection,
                                               eventstream::Offset first_retained);
  eventstream::Result<int> remove_slice(SqliteConnection& connection);

  const std::shared_ptr<SqliteDatabase> database_;
  const eventstream::Identity application_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TypeRecords> types_;  // replaced when there are more
};

}  // namespace persistedstream

#endif
