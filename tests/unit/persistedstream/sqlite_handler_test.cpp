#include "events.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <persistedstream/sqlite_handler.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace persistedstream {
namespace {

using events::a;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;

/// Writes each event's offset into a table.
Result<void> write(SQLite::Database& database, const Event& event) {
  SQLite::Statement insert(database, "INSERT INTO effects VALUES(?)");
  insert.bind(1, static_cast<std::int64_t>(event.offset));
  insert.exec();
  return {};
}

struct Effects {
  Effects() {
    SQLite::Database(folder.file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE effects(offset INTEGER)");
  }
  int count() const {
    return SQLite::Database(folder.file().string()).execAndGet("SELECT count(*) FROM effects");
  }
  events::Folder folder;
};

Event event(Offset offset, const eventstream::Identity& application = events::owner) {
  return {offset, events::parcel(a, "", application)};
}

TEST(SqliteHandler, KeepsItsOffsetsByApplicationAcrossReopening) {
  const Effects effects;
  const eventstream::Identity other{"other", "other"};
  {
    SqliteHandler handler(effects.folder.file(), {a}, write);
    EXPECT_EQ(handler.next_offset(events::owner).value(), 0U);
    EXPECT_TRUE(handler.handle_event(0, event(4)).has_value());
    EXPECT_TRUE(handler.handle_event(0, event(~Offset{1}, other)).has_value());
  }
  SqliteHandler handler(effects.folder.file(), {a}, write);
  EXPECT_EQ(handler.next_offset(events::owner).value(), 5U);
  EXPECT_EQ(handler.next_offset(other).value(), ~Offset{0});
  EXPECT_EQ(handler.handle_event(0, event(4)).error(), Errc::conflict);
  EXPECT_EQ(effects.count(), 1 + 1);
}

TEST(SqliteHandler, AFailureUndoesTheEffect) {
  const Effects effects;
  SqliteHandler failing(effects.folder.file(), {a}, [](SQLite::Database& database, const Event& e) {
    (void)write(database, e);
    return Result<void>(Errc::backend_failure);
  });
  EXPECT_EQ(failing.handle_event(0, event(0)).error(), Errc::backend_failure);
  SqliteHandler throwing(effects.folder.file(), {a},
                         [](SQLite::Database& database, const Event& e) -> Result<void> {
                           (void)write(database, e);
                           throw std::runtime_error("no");
                         });
  EXPECT_THROW((void)throwing.handle_event(0, event(0)), std::runtime_error);
  EXPECT_EQ(effects.count(), 0);
  EXPECT_EQ(failing.next_offset(events::owner).value(), 0U);
}

TEST(SqliteHandler, AnEffectThatSqliteUndidByItselfMovesNoOffset) {
  const Effects effects;
  SqliteHandler handler(effects.folder.file(), {a},
                        [](SQLite::Database& database, const Event&) -> Result<void> {
                          database.exec("ROLLBACK");  // as a full disk does
                          return {};
                        });
  EXPECT_EQ(handler.handle_event(0, event(0)).error(), Errc::backend_failure);
  EXPECT_EQ(handler.next_offset(events::owner).value(), 0U);
}

TEST(SqliteHandler, ADamagedOffsetIsTold) {
  const Effects effects;
  SqliteHandler handler(effects.folder.file(), {a}, write);
  ASSERT_TRUE(handler.handle_event(0, event(0)).has_value());
  SQLite::Database(effects.folder.file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE handled_offsets SET next = '1x'");
  EXPECT_EQ(handler.next_offset(events::owner).error(), Errc::damaged);
  EXPECT_EQ(handler.handle_event(1, event(1)).error(), Errc::damaged);
}

TEST(SqliteHandler, WhoWaitsForAnothersWriteCanBeStopped) {
  const Effects effects;
  SqliteHandler handler(effects.folder.file(), {a}, write);
  SQLite::Database other(effects.folder.file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  std::stop_source stop;
  const auto handle = [&] { return handler.handle_event(0, event(0), stop.get_token()); };
  // One waits for the database, the other for the one.
  auto first = std::async(std::launch::async, handle);
  auto second = std::async(std::launch::async, handle);
  EXPECT_EQ(first.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  const auto asked = std::chrono::steady_clock::now();
  stop.request_stop();
  EXPECT_EQ(first.get().error(), Errc::cancelled);
  EXPECT_EQ(second.get().error(), Errc::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(5));
  other.exec("ROLLBACK");
  EXPECT_TRUE(handler.handle_event(0, event(0)).has_value());
}

TEST(SqliteHandler, OfRacingCallsOneSucceeds) {
  const Effects effects;
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      SqliteHandler handler(effects.folder.file(), {a}, write);
      for (Offset offset = 0; offset < 20; ++offset)
        succeeded += handler.handle_event(offset, event(offset)).has_value();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 20);
  EXPECT_EQ(effects.count(), 20);
}

}  // namespace
}  // namespace persistedstream
