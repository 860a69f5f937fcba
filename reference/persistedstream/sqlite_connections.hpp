#ifndef PERSISTEDSTREAM_SQLITE_CONNECTIONS_HPP
#define PERSISTEDSTREAM_SQLITE_CONNECTIONS_HPP

#include <eventstream/errors.hpp>

#include <persistedstream/bell.hpp>
#include <persistedstream/sqlite_connection.hpp>
#include <persistedstream/sqlite_error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

namespace persistedstream {

/// The connections of one process to one database: as many as there are threads in it at a time.
/// Locks: `writing_`, so that writers of one process take turns without SQLite's naps; a leaf for
/// the idle connections.
class SqliteConnections {
 public:
  explicit SqliteConnections(const std::filesystem::path& file);

  Bell& bell() { return *bell_; }

  /// action(connection), with what SQLite throws as an error; action returns a Result.
  template <typename Action>
  auto read(Action action) -> decltype(action(std::declval<SqliteConnection&>())) {
    try {
      const Lease lease(*this);
      return action(lease.connection());
    } catch (const SQLite::Exception& failure) {
      return error_of(failure);
    } catch (const std::runtime_error&) {  // no further connection can be opened
      return eventstream::Errc::backend_failure;
    }
  }

  /// As read(), one at a time.
  template <typename Action>
  auto write(Action action) {
    std::lock_guard lock(writing_);
    return read(std::move(action));
  }

 private:
  /// A connection of one's own for a while.
  class Lease {
   public:
    explicit Lease(SqliteConnections& connections);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    SqliteConnection& connection() const { return *connection_; }

   private:
    SqliteConnections& connections_;
    std::unique_ptr<SqliteConnection> connection_;
  };

  std::filesystem::path file_;
  std::mutex writing_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;  // has room for all that were made
  std::size_t made_ = 0;
  std::optional<Bell> bell_;  // there once the file is known to be one of ours
};

}  // namespace persistedstream

#endif
