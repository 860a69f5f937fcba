#ifndef PERSISTEDSTREAM_SQLITE_DATABASE_HPP
#define PERSISTEDSTREAM_SQLITE_DATABASE_HPP

#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>

#include <filesystem>
#include <memory>

namespace persistedstream {

/// A database file of streams, opened by this process. It may hold many applications and be used by
/// many processes at once; repositories of one process that share this object share its
/// connections.
///
/// Beside the file stands FILE-bell, through which processes wake each other; it may be deleted
/// while nobody has the database open. Not for network file systems. Connections don't survive a
/// fork: use it in the process that made it.
///
/// Thread-safety: every member from any thread. Lifetime: repositories share the ownership.
class SqliteDatabase {
 public:
  /// Makes the file if it isn't there. Throws `std::runtime_error` with the file's name, what is
  /// wrong and what to do: not a database of this kind or version, read-only, locked, damaged, on a
  /// full disk.
  explicit SqliteDatabase(const std::filesystem::path& file);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase();

  /// Removes an application with all its events; does nothing if it isn't there. Nobody may have a
  /// repository of it. Errors: as EventRepository's.
  eventstream::Result<void> remove(const eventstream::Identity& application);

 private:
  friend class SqliteRepository;
  const std::unique_ptr<class SqliteConnections> connections_;
};

}  // namespace persistedstream

#endif
