#include <eventstream/errors.hpp>

#include <SQLiteCpp/Exception.h>
#include <persistedstream/sqlite_error.hpp>
#include <sqlite3.h>

#include <string>

namespace persistedstream {

namespace {

class SqliteCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sqlite"; }
  std::string message(int code) const override { return ::sqlite3_errstr(code); }
};

}  // namespace

const boost::system::error_category& sqlite_category() noexcept {
  static const SqliteCategory category;
  return category;
}

boost::system::error_code error_of(const SQLite::Exception& failure) noexcept {
  switch (failure.getErrorCode()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return eventstream::Errc::damaged;
    case SQLITE_TOOBIG:
      return eventstream::Errc::too_large;
    default:
      return {failure.getExtendedErrorCode(), sqlite_category()};
  }
}

}  // namespace persistedstream
