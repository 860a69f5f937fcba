#include <persistedstream/sqlite_rows.hpp>
#include <sqlite3.h>

namespace persistedstream {

SqliteRows::SqliteRows(SQLite::Database& database, const std::string& query) {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(database.getHandle(), query.c_str(), -1,
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

void SqliteRows::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

void SqliteRows::check(int code) const {
  if (code != SQLITE_OK) throw SQLite::Exception(::sqlite3_db_handle(statement_.get()), code);
}

void SqliteRows::bind(int parameter, std::int64_t value) {
  check(::sqlite3_bind_int64(statement_.get(), parameter, value));
}

void SqliteRows::bind(int parameter, std::string_view text) {
  check(::sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}

bool SqliteRows::step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  check(code == SQLITE_DONE ? SQLITE_OK : code);
  return false;
}

int SqliteRows::tryReset() noexcept {
  return ::sqlite3_reset(statement_.get());
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
