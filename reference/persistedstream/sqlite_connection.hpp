#ifndef PERSISTEDSTREAM_SQLITE_CONNECTION_HPP
#define PERSISTEDSTREAM_SQLITE_CONNECTION_HPP

#include <SQLiteCpp/SQLiteCpp.h>
#include <persistedstream/sqlite_rows.hpp>

#include <chrono>
#include <filesystem>

namespace persistedstream {

/// How long a call waits for another process's write to end before it fails as busy.
constexpr std::chrono::seconds busy_timeout{10};

/// From now on readers and one writer don't wait for each other, unless it is in memory, which
/// nobody else uses. Waits for as long while other
/// processes are about the same. Throws `SQLite::Exception`, or `std::runtime_error` where the file
/// system can't do it.
void use_write_ahead_log(SQLite::Database& database);

/// One connection to a database of streams, with the statements that all of them use. For one
/// thread at a time; must not be carried through a fork.
struct SqliteConnection {
  /// A file that doesn't exist or is empty becomes a database. Throws `std::runtime_error` with
  /// what is wrong and what to do: not a database, another application's, of another schema
  /// version, read-only, locked, damaged, on a full disk.
  explicit SqliteConnection(const std::filesystem::path& file);

  SQLite::Database database;
  SQLite::Statement begin;
  SQLite::Statement begin_immediate;
  SQLite::Statement commit;
  SQLite::Statement rollback;
  SQLite::Statement select_stream;
  SQLite::Statement insert_stream;
  SQLite::Statement update_stream;
  SQLite::Statement select_types;
  SQLite::Statement insert_type;
  SqliteRows select_events;
  SQLite::Statement insert_event;
  SQLite::Statement remove_events;
};

/// Gives a SQLite::Statement or SqliteRows back, whatever happened, so that it holds no snapshot
/// and can be used again.
template <class Statement>
class Running {
 public:
  explicit Running(Statement& statement) : statement_(statement) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { static_cast<void>(statement_.tryReset()); }

  Statement* operator->() { return &statement_; }
  Statement& operator*() { return statement_; }

 private:
  Statement& statement_;
};

/// One state of the database for all that is read during its lifetime. Short: the write-ahead log
/// can't be emptied meanwhile.
class Snapshot {
 public:
  explicit Snapshot(SqliteConnection& connection);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

 private:
  SqliteConnection& connection_;
};

/// A transaction that takes the right to write at its beginning: one that asks for it later can be
/// refused at once, whatever the timeout. Rolled back by its destruction unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(SqliteConnection& connection);
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction();

  void commit();

 private:
  SqliteConnection& connection_;
};

}  // namespace persistedstream

#endif
