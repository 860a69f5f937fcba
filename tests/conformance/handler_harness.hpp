#ifndef STREAMTEST_TESTS_CONFORMANCE_HANDLER_HARNESS_HPP
#define STREAMTEST_TESTS_CONFORMANCE_HANDLER_HARNESS_HPP

#include <eventstream/memory_handler.hpp>
#include <streamtest/subject/harness.hpp>

#include <SQLiteCpp/SQLiteCpp.h>
#include <persistedstream/sqlite_handler.hpp>

#include <filesystem>
#include <optional>

// The project's own handlers.

namespace conformance {

using eventstream::Event;
using eventstream::Result;

class MemoryHandlerHarness {
 public:
  explicit MemoryHandlerHarness(const streamtest::Scenario& scenario)
      : handler_(scenario.event_types, [this](const Event& event, const std::stop_token&) {
          if (std::exchange(fails_, false)) return Result<void>(eventstream::Errc::backend_failure);
          effects_.push_back(event.parcel->message_id);
          return Result<void>();
        }) {}

  eventstream::MemoryHandler& handler() { return handler_; }
  std::vector<std::string> effects() { return effects_; }
  void fail_next() { fails_ = true; }

 private:
  bool fails_ = false;
  std::vector<std::string> effects_;
  eventstream::MemoryHandler handler_;
};

class SqliteHandlerHarness {
 public:
  static streamtest::Capabilities capabilities() {
    return {.durability = streamtest::Durability::process};
  }
  static constexpr bool attaches = true;

  explicit SqliteHandlerHarness(const streamtest::Scenario& scenario)
      : file_(scenario.folder / (scenario.unique_name + ".db")), types_(scenario.event_types) {
    reopen();
    SQLite::Database(file_.string(), SQLite::OPEN_READWRITE)
        .exec(
            "CREATE TABLE IF NOT EXISTS effects(id INTEGER PRIMARY KEY, message TEXT NOT NULL) "
            "STRICT");
  }

  persistedstream::SqliteHandler& handler() { return *handler_; }

  std::vector<std::string> effects() {
    const SQLite::Database database(file_.string());
    SQLite::Statement select(database, "SELECT message FROM effects ORDER BY id");
    std::vector<std::string> messages;
    while (select.executeStep()) messages.push_back(select.getColumn(0).getString());
    return messages;
  }

  void fail_next() { fails_ = true; }

  void reopen() {
    handler_.reset();
    handler_.emplace(file_, types_, [this](SQLite::Database& database, const Event& event) {
      SQLite::Statement insert(database, "INSERT INTO effects(message) VALUES(?)");
      insert.bind(1, event.parcel->message_id);
      insert.exec();
      return std::exchange(fails_, false) ? Result<void>(eventstream::Errc::backend_failure)
                                          : Result<void>();
    });
  }

 private:
  const std::filesystem::path file_;
  eventstream::EventTypeSet types_;
  bool fails_ = false;
  std::optional<persistedstream::SqliteHandler> handler_;
};

}  // namespace conformance

#endif
