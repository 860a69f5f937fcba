#ifndef PERSISTEDSTREAM_SQLITE_ROWS_HPP
#define PERSISTEDSTREAM_SQLITE_ROWS_HPP

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace persistedstream {

/// A prepared query whose columns are read as they lie there. For pages of events, which have
/// thousands of columns: the library makes a shared object for each. For one thread at a time, and
/// not longer than its database.
class SqliteRows {
 public:
  /// Throws `SQLite::Exception`.
  SqliteRows(SQLite::Database& database, const std::string& query);

  void bind(int parameter, std::int64_t value);
  /// Copies the text; binds NULL if it has no data().
  void bind(int parameter, std::string_view text);
  /// The next row; false behind the last. Throws `SQLite::Exception`.
  bool step();
  /// Ends the query, so that it holds no snapshot and can be used again; named as
  /// SQLite::Statement names it.
  int tryReset() noexcept;

  std::int64_t integer(int column) const;
  /// Text or bytes, until the next step() or tryReset().
  std::string_view text(int column) const;

 private:
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace persistedstream

#endif
