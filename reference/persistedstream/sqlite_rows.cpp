#include <persistedstream/sqlite_rows.hpp>
#include <sqlite3.h>

namespace persistedstream {

SqliteRows::SqliteRows(SQLite::Database& database, const char* query) {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(database.getHandle(), query, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

void SqliteRows::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

void SqliteRows::bind(int parameter, std::int64_t value) {
  const int code = ::sqlite3_bind_int64(statement_.get(), parameter, value);
  if (code != SQLITE_OK) throw SQLite::Exception(::sqlite3_db_handle(statement_.get()), code);
}

bool SqliteRows::step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    throw SQLite::Exception(::sqlite3_db_handle(statement_.get()), code);
  return code == SQLITE_ROW;
}

void SqliteRows::reset() noexcept {
  ::sqlite3_reset(statement_.get());
}

std::int64_t SqliteRows::integer(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteRows::text(int column) const {
  const void* const bytes = ::sqlite3_column_blob(statement_.get(), column);
  const int size = ::sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace persistedstream
