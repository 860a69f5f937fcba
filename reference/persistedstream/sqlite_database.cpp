#include <persistedstream/sqlite_connections.hpp>
#include <persistedstream/sqlite_database.hpp>
#include <persistedstream/sqlite_records.hpp>

namespace persistedstream {

SqliteConnections::SqliteConnections(const std::filesystem::path& file)
    : file_(std::filesystem::absolute(file)) {
  const Lease first(*this);  // the file is looked at now, and made
  // The same bell whatever it was called by.
  file_ = std::filesystem::canonical(file_);
  bell_.emplace(file_.string() + "-bell");
}

SqliteConnections::Lease::Lease(SqliteConnections& connections) : connections_(connections) {
  std::unique_lock lock(connections_.mutex_);
  if (connections_.idle_.empty()) {
    connections_.idle_.reserve(++connections_.made_);
    lock.unlock();
    connection_ = std::make_unique<SqliteConnection>(connections_.file_);
  } else {
    connection_ = std::move(connections_.idle_.back());
    connections_.idle_.pop_back();
  }
}

SqliteConnections::Lease::~Lease() {
  std::lock_guard lock(connections_.mutex_);
  connections_.idle_.push_back(std::move(connection_));
}

SqliteDatabase::SqliteDatabase(const std::filesystem::path& file)
    : connections_(std::make_unique<SqliteConnections>(file)) {}

SqliteDatabase::~SqliteDatabase() = default;

eventstream::Result<void> SqliteDatabase::remove(const eventstream::Identity& application) {
  return connections_->write([&](SqliteConnection& connection) -> eventstream::Result<void> {
    WriteTransaction transaction(connection);
    const auto stream = find_stream(connection, application.key());
    if (!stream) return stream.error();
    if (!*stream) return {};
    for (const char* text :
         {"DELETE FROM events WHERE stream = ?", "DELETE FROM types WHERE stream = ?",
          "DELETE FROM streams WHERE id = ?"}) {
      SQLite::Statement statement(connection.database, text);
      statement.bind(1, (*stream)->id);
      statement.exec();
    }
    transaction.commit();
    return {};
  });
}

}  // namespace persistedstream
