#include <persistedstream/sqlite_connection.hpp>
#include <persistedstream/sqlite_error.hpp>
#include <persistedstream/sqlite_handler.hpp>
#include <sqlite3.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace persistedstream {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

namespace {

/// While it lives, a busy database is waited for until the token asks to stop, and no longer than
/// elsewhere.
class PatientUntil {
 public:
  PatientUntil(SQLite::Database& database, const std::stop_token& token)
      : database_(database.getHandle()), token_(token) {
    ::sqlite3_busy_handler(database_, &PatientUntil::goes_on, this);
  }
  PatientUntil(const PatientUntil&) = delete;
  PatientUntil& operator=(const PatientUntil&) = delete;
  ~PatientUntil() { ::sqlite3_busy_handler(database_, nullptr, nullptr); }

 private:
  using Clock = std::chrono::steady_clock;

  static int goes_on(void* self, int times) {
    return static_cast<PatientUntil*>(self)->pause(times == 0) ? 1 : 0;
  }

  bool pause(bool is_first) {
    if (is_first) until_ = Clock::now() + busy_timeout;
    // Nobody tells when the database is free.
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, token_, std::chrono::milliseconds(2), [] { return false; });
    return !token_.stop_requested() && Clock::now() < until_;
  }

  ::sqlite3* database_;
  const std::stop_token& token_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  Clock::time_point until_;
};

}  // namespace

SqliteHandler::SqliteHandler(const std::filesystem::path& file, EventTypeSet event_types,
                             Apply apply)
    : event_types_(std::move(event_types)),
      apply_(std::move(apply)),
      database_(std::make_unique<SQLite::Database>(
          file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
          static_cast<int>(std::chrono::milliseconds(busy_timeout).count()))) {
  use_write_ahead_log(*database_);
  // The offset is text: SQLite's integers are signed.
  database_->exec(
      "CREATE TABLE IF NOT EXISTS handled_offsets(application TEXT PRIMARY KEY, next TEXT NOT "
      "NULL) "
      "STRICT");
}

SqliteHandler::~SqliteHandler() = default;

Result<Offset> SqliteHandler::next_offset(const Identity& application, std::stop_token token) {
  return in_turn<Offset>(token, [&] { return read(application.key()); });
}

Result<void> SqliteHandler::handle_event(Offset expected, const Event& event,
                                         std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (!event.parcel || event.offset < expected) return Errc::invalid_argument;
  return in_turn<void>(token, [&] { return handle(expected, event); });
}

template <typename T, typename Call>
Result<T> SqliteHandler::in_turn(const std::stop_token& token, Call call) {
  if (token.stop_requested()) return Errc::cancelled;
  const Result<eventstream::Semaphore::Permit> turn = turn_.acquire(token);
  if (!turn) return turn.error();
  const PatientUntil patience(*database_, token);
  try {
    return call();
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_BUSY && token.stop_requested()) return Errc::cancelled;
    return error_of(failure);
  }
}

Result<void> SqliteHandler::handle(Offset expected, const Event& event) {
  SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
  const std::string& key = event.parcel->source_application.key();
  const Result<Offset> next = read(key);
  if (!next) return next.error();
  if (*next != expected) return Errc::conflict;
  const Result<void> applied = apply_(*database_, event);
  if (!applied) return applied;
  // SQLite ends a transaction by itself after some errors. An effect that noticed and went on has
  // been undone, and the offset must not be stored by itself.
  if (::sqlite3_get_autocommit(database_->getHandle()) != 0) return Errc::backend_failure;
  SQLite::Statement store(*database_,
                          "INSERT INTO handled_offsets(application, next) VALUES(?, ?) "
                          "ON CONFLICT(application) DO UPDATE SET next = excluded.next");
  store.bind(1, key);
  store.bind(2, std::to_string(event.offset + 1));
  store.exec();
  transaction.commit();
  return {};
}

Result<Offset> SqliteHandler::read(const std::string& key) {
  SQLite::Statement select(*database_, "SELECT next FROM handled_offsets WHERE application = ?");
  select.bind(1, key);
  if (!select.executeStep()) return 0;
  const std::string text = select.getColumn(0).getString();
  Offset next = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), next);
  if (error != std::errc() || end != text.data() + text.size()) return Errc::damaged;
  return next;
}

}  // namespace persistedstream
