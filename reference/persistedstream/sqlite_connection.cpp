#include <persistedstream/sqlite_connection.hpp>
#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace persistedstream {

void use_write_ahead_log(SQLite::Database& database) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    // SQLite refuses the change at once, whatever the timeout, while another process is about it.
    try {
      const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
      if (mode == "wal" || mode == "memory") return;
      throw std::runtime_error("its file system has no shared memory; name a file on a local disk");
    } catch (const SQLite::Exception& failure) {
      if (failure.getErrorCode() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline)
        throw;
      std::this_thread::yield();
    }
  }
}

namespace {

constexpr int schema_version = 1;
/// Marks the files of this project, so that other databases are left alone: "strt".
constexpr int application_id = 0x73747274;

// The rows of one stream stand together in the order of their offsets. There is no index by type:
// a reader looks at every row, so that damage can't hide one from it (docs/decisions/0011).
constexpr const char* schema = R"(
CREATE TABLE streams(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  first INTEGER NOT NULL,
  next INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE types(
  stream INTEGER NOT NULL,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY(stream, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE events(
  stream INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  type INTEGER NOT NULL,
  place INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  causation_id TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  handler_name TEXT NOT NULL,
  handler_key TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY(stream, offset)
) STRICT, WITHOUT ROWID;
)";

void set_pragma(SQLite::Database& database, const std::string& name, int value) {
  database.exec("PRAGMA " + name + " = " + std::to_string(value));
}

/// Throws if the database isn't of this kind; true if it is, false if it is empty.
bool is_ours(SQLite::Database& database) {
  // One statement, so that it sees one state: another process may be making it now.
  SQLite::Statement select(
      database,
      "SELECT (SELECT application_id FROM pragma_application_id), "
      "(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)");
  select.executeStep();
  const int application = select.getColumn(0).getInt();
  const int version = select.getColumn(1).getInt();
  if (application == application_id && version == schema_version) return true;
  if (application == application_id)
    throw std::runtime_error("it has schema version " + std::to_string(version) +
                             " and this program knows version " + std::to_string(schema_version) +
                             "; use the program that wrote it");
  if (application != 0 || version != 0 || select.getColumn(2).getInt() != 0)
    throw std::runtime_error("it is a database of something else; name another file");
  return false;
}

void create(SQLite::Database& database) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  if (is_ours(database)) return;  // another process was faster
  database.exec(schema);
  set_pragma(database, "application_id", application_id);
  set_pragma(database, "user_version", schema_version);
  transaction.commit();
}

std::string advice(const SQLite::Exception& failure) {
  switch (failure.getErrorCode()) {
    case SQLITE_NOTADB:
      return "it is not an SQLite database; name another file";
    case SQLITE_CORRUPT:
      return "it is damaged; restore it from a copy";
    case SQLITE_READONLY:
      return "it is read-only, and a stream needs to write; see to the permissions of the file and "
             "its folder";
    case SQLITE_CANTOPEN:
      return "it can't be opened or made; see to the permissions, and that its folder exists";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has locked it for more than " + std::to_string(busy_timeout.count()) +
             " s; end that one or try again";
    case SQLITE_FULL:
      return "the disk is full";
    default:
      return failure.what();
  }
}

SQLite::Database open(const std::filesystem::path& file) {
  SQLite::Database database(file.string(),
                            SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                            static_cast<int>(std::chrono::milliseconds(busy_timeout).count()));
  if (::sqlite3_db_readonly(database.getHandle(), "main") == 1)
    throw SQLite::Exception("", SQLITE_READONLY);
  const bool ours = is_ours(database);
  use_write_ahead_log(database);
  // A commit survives the process, though perhaps not the machine.
  database.exec("PRAGMA synchronous = NORMAL");
  if (!ours) create(database);
  return database;
}

}  // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& file) try
    : database(open(file)),
      begin(database, "BEGIN"),
      begin_immediate(database, "BEGIN IMMEDIATE"),
      commit(database, "COMMIT"),
      rollback(database, "ROLLBACK"),
      select_stream(database, "SELECT id, first, next, checksum FROM streams WHERE key = ?"),
      insert_stream(database, "INSERT INTO streams(key, first, next, checksum) VALUES(?, 0, 0, ?)"),
      update_stream(database, "UPDATE streams SET first = ?, next = ?, checksum = ? WHERE id = ?"),
      select_types(database, "SELECT id, name FROM types WHERE stream = ? AND id >= ? ORDER BY id"),
      insert_type(database, "INSERT INTO types(stream, id, name) VALUES(?, ?, ?)"),
      select_events(database,
                    "SELECT offset, type, place, checksum, created_at, message_id, causation_id, "
                    "correlation_id, handler_name, handler_key, instance_id, media_type, data "
                    "FROM events WHERE stream = ? AND offset >= ? ORDER BY offset LIMIT ?"),
      insert_event(
          database,
          "INSERT INTO events(stream, offset, type, place, checksum, created_at, "
          "message_id, causation_id, correlation_id, handler_name, handler_key, "
          "instance_id, media_type, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      remove_events(database,
                    "DELETE FROM events WHERE stream = ?1 AND offset < ?2 AND offset < "
                    "(SELECT min(offset) FROM events WHERE stream = ?1) + ?3") {
} catch (const SQLite::Exception& failure) {
  throw std::runtime_error(file.string() + ": " + advice(failure));
} catch (const std::runtime_error& failure) {
  throw std::runtime_error(file.string() + ": " + failure.what());
}

Snapshot::Snapshot(SqliteConnection& connection) : connection_(connection) {
  Running(connection_.begin)->exec();
}

Snapshot::~Snapshot() {
  static_cast<void>(connection_.commit.tryExecuteStep());
  static_cast<void>(connection_.commit.tryReset());
}

WriteTransaction::WriteTransaction(SqliteConnection& connection) : connection_(connection) {
  Running(connection_.begin_immediate)->exec();
}

WriteTransaction::~WriteTransaction() {
  // SQLite has rolled it back by itself after some errors.
  if (::sqlite3_get_autocommit(connection_.database.getHandle()) != 0) return;
  static_cast<void>(connection_.rollback.tryExecuteStep());
  static_cast<void>(connection_.rollback.tryReset());
}

void WriteTransaction::commit() {
  Running(connection_.commit)->exec();
}

}  // namespace persistedstream
