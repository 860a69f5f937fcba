#include "events.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <persistedstream/sqlite_error.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <limits>
#include <thread>

namespace persistedstream {
namespace {

using events::a;
using events::b;
using events::both;
using eventstream::Errc;
using eventstream::EventTypeSet;
using eventstream::Offset;

std::string reason_not_to_open(const std::filesystem::path& file) {
  try {
    const SqliteDatabase database(file);
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "opened";
}

struct Store {
  explicit Store(const events::Folder& folder)
      : database(std::make_shared<SqliteDatabase>(folder.file())),
        repository(database, events::owner, both) {}

  Offset append(const std::vector<eventstream::Parcel>& batch) {
    return repository.append(batch, {}).value();
  }

  std::shared_ptr<SqliteDatabase> database;
  SqliteRepository repository;
};

/// Changes the file as damage would, behind the repository's back.
void damage(const events::Folder& folder, const std::string& change) {
  SQLite::Database(folder.file().string(), SQLite::OPEN_READWRITE).exec(change);
}

TEST(Sqlite, GivesBackEveryFieldAfterReopening) {
  const events::Folder folder;
  eventstream::Envelope envelope;
  envelope.source_application = events::owner;
  envelope.type = a;
  envelope.message_id = "message";
  envelope.causation_id = "cause";
  envelope.correlation_id = std::string("with\0nul", 8);
  envelope.source_handler = {"handler", "handler-key"};
  envelope.source_instance_id = "instance";
  envelope.created_at = std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::nanoseconds(-1234567890123456789));
  envelope.media_type = "text/plain; charset=utf-8";
  for (int byte = 0; byte < 256; ++byte) envelope.data.push_back(static_cast<char>(byte));
  Store(folder).append({eventstream::Parcel(envelope), events::parcel(b)});
  Store store(folder);
  const Loaded loaded = store.repository.load(0, nullptr).value();
  ASSERT_EQ(loaded.events.size(), 2U);
  EXPECT_EQ(*loaded.events[0].parcel, envelope);
  EXPECT_EQ(*loaded.events[1].parcel, *events::parcel(b));
}

TEST(Sqlite, LoadsPagesByType) {
  const events::Folder folder;
  Store store(folder);
  EXPECT_EQ(store.append(events::many(5000, a)), 0U);
  EXPECT_EQ(store.append(events::batch({b, a, b})), 5000U);
  EXPECT_EQ(store.repository.load(0, &both)->events.size(), 512U);
  const EventTypeSet only_b{b};
  Loaded loaded = store.repository.load(0, &only_b).value();
  EXPECT_TRUE(loaded.events.empty());
  EXPECT_EQ(loaded.position, 4096U);
  loaded = store.repository.load(loaded.position, &only_b).value();
  EXPECT_EQ(events::offsets(loaded.events), (std::vector<Offset>{5000, 5002}));
  EXPECT_EQ(loaded.position, loaded.extent.next);
}

TEST(Sqlite, AcceptsEveryOffset) {
  const events::Folder folder;
  Store store(folder);
  store.append(events::batch({a}));
  for (const Offset offset : {Offset{1}, Offset{1} << 63, std::numeric_limits<Offset>::max()}) {
    const Loaded loaded = store.repository.load(offset, nullptr).value();
    EXPECT_TRUE(loaded.events.empty());
    EXPECT_EQ(loaded.position, offset);
  }
}

TEST(Sqlite, HoldsToTheExpectedOffset) {
  const events::Folder folder;
  Store store(folder);
  EXPECT_EQ(store.repository.append(events::batch({a}), 1).error(), Errc::conflict);
  EXPECT_EQ(store.repository.append(events::batch({a}), 0).value(), 0U);
  EXPECT_EQ(store.repository.append({}, 0).error(), Errc::conflict);
  EXPECT_EQ(store.repository.append({}, {}).value(), 1U);
}

TEST(Sqlite, KeepsItsTruncationAcrossReopening) {
  const events::Folder folder;
  {
    Store store(folder);
    store.append(events::many(10, a));
    EXPECT_EQ(store.repository.truncate(4).value(), 4U);
    EXPECT_EQ(store.repository.truncate(2).value(), 4U);
    EXPECT_EQ(store.repository.load(3, nullptr).error(), Errc::truncated);
    EXPECT_EQ(store.repository.truncate(100).value(), 10U);
  }
  Store store(folder);
  EXPECT_EQ(store.repository.extent()->first, 10U);
  EXPECT_EQ(store.append(events::batch({a})), 10U);
}

TEST(Sqlite, ALinkToTheFileLeadsToTheSameBell) {
  const events::Folder folder;
  Store store(folder);
  std::filesystem::create_symlink(folder.file(), folder.file("link"));
  SqliteRepository linked(std::make_shared<SqliteDatabase>(folder.file("link")), events::owner,
                          both);
  const std::uint32_t before = linked.changes();
  store.append(events::batch({a}));
  EXPECT_NE(linked.changes(), before);
}

TEST(Sqlite, ApplicationsOfOneDatabaseDoNotMeet) {
  const events::Folder folder;
  Store store(folder);
  const eventstream::Identity stranger{"stranger", "stranger-key"};
  SqliteRepository other(store.database, stranger, both);
  store.append(events::batch({a, a, a}));
  EXPECT_EQ(other.append(std::vector{events::parcel(b, "", stranger)}, {}).value(), 0U);
  EXPECT_EQ(store.repository.truncate(2).value(), 2U);
  EXPECT_EQ(other.extent()->first, 0U);
  ASSERT_TRUE(store.database->remove(events::owner).has_value());
  EXPECT_EQ(other.load(0, nullptr)->events.front().parcel->source_application, stranger);
}

TEST(Sqlite, LearnsTypesThatAnotherAdds) {
  const events::Folder folder;
  Store store(folder);
  SqliteRepository newer(store.database, events::owner, EventTypeSet{eventstream::EventType("C")});
  EXPECT_EQ(newer.event_types()->size(), 3U);
  ASSERT_TRUE(newer.append(events::batch({eventstream::EventType("C")}), {}).has_value());
  EXPECT_EQ(store.repository.load(0, nullptr)->events.front().parcel->type.name(), "C");
  EXPECT_EQ(store.repository.event_types()->size(), 3U);
}

TEST(Sqlite, TellsDamageInEveryColumn) {
  for (const char* change :
       {"data = x'78'", "type = 1", "type = 7", "place = place + 1", "checksum = checksum + 1",
        "created_at = created_at + 1", "message_id = 'x'", "causation_id = 'x'",
        "correlation_id = 'x'", "handler_name = 'x'", "handler_key = 'x'", "instance_id = 'x'",
        "media_type = 'x'", "offset = 77"}) {
    const events::Folder folder;
    Store store(folder);
    store.append(events::batch({a, a, a}));
    damage(folder, std::string("UPDATE events SET ") + change + " WHERE offset = 1");
    const Loaded before = store.repository.load(0, &both).value();
    EXPECT_EQ(events::offsets(before.events), std::vector<Offset>{0}) << change;
    EXPECT_EQ(store.repository.load(1, &both).error(), Errc::damaged) << change;
  }
}

TEST(Sqlite, DamageCannotHideAnEventFromAFilter) {
  for (const char* change :
       {"UPDATE events SET type = 1 WHERE offset = 1", "DELETE FROM events WHERE offset = 1",
        "DELETE FROM events WHERE offset = 2", "UPDATE streams SET next = 1",
        "UPDATE streams SET first = 2", "DELETE FROM streams"}) {
    const events::Folder folder;
    {
      Store(folder).append(events::batch({b, a, b}));
    }
    const auto database = std::make_shared<SqliteDatabase>(folder.file());
    SqliteRepository repository(database, events::owner, both);
    damage(folder, change);
    const EventTypeSet only_a{a};
    auto loaded = repository.load(0, &only_a);
    if (loaded) loaded = repository.load(loaded->position, &only_a);
    ASSERT_FALSE(loaded.has_value()) << change;
    EXPECT_EQ(loaded.error(), Errc::damaged) << change;
  }
}

TEST(Sqlite, ADamagedTypeIsNoticedByTheEventsThatHaveIt) {
  const events::Folder folder;
  {
    Store(folder).append(events::batch({b, a, b}));
  }
  damage(folder, "UPDATE types SET name = 'X' WHERE name = 'A'");
  Store store(folder);
  const EventTypeSet only_a{a};
  EXPECT_EQ(store.repository.load(1, &only_a).error(), Errc::damaged);
}

TEST(Sqlite, ALostRecordDoesNotComeBackAsAnEmptyStream) {
  for (const char* change :
       {"UPDATE streams SET key = 'x'", "DELETE FROM streams", "UPDATE streams SET id = 7"}) {
    const events::Folder folder;
    {
      Store(folder).append(events::batch({a, a}));
    }
    damage(folder, change);
    try {
      Store store(folder);
      EXPECT_EQ(store.repository.load(0, nullptr).error(), Errc::damaged) << change;
    } catch (const boost::system::system_error& failure) {
      EXPECT_EQ(failure.code(), Errc::damaged) << change;
    }
  }
}

TEST(Sqlite, RefusesWhatIsNotOfItsApplication) {
  const events::Folder folder;
  Store store(folder);
  const auto refused = [&](const eventstream::Parcel& parcel) {
    return store.repository.append(std::vector{parcel}, {}).error();
  };
  EXPECT_EQ(refused({}), Errc::invalid_argument);
  EXPECT_EQ(refused(events::parcel(a, "", {"other", "other"})), Errc::invalid_argument);
  EXPECT_EQ(refused(events::parcel(eventstream::EventType("C"))), Errc::unsupported_event_type);
  EXPECT_EQ(store.repository.extent()->next, 0U);
}

TEST(Sqlite, RemovesALongTruncatedPartWhole) {
  const events::Folder folder;
  Store store(folder);
  for (int i = 0; i < 5; ++i) store.append(events::many(5000, a));
  EXPECT_EQ(store.repository.truncate(24999).value(), 24999U);
  store.repository.remove_cut();
  SQLite::Database database(folder.file().string());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM events").getInt(), 1);
}

TEST(Sqlite, AStreamKnowsTheTypesThatOthersHaveAdded) {
  const events::Folder folder;
  const eventstream::EventType c{"C"};
  Store store(folder);
  Stream stream(std::make_shared<SqliteRepository>(store.database, events::owner, both));
  EXPECT_EQ(stream.open(0, {c}).error(), Errc::unsupported_event_type);
  SqliteRepository other(store.database, events::owner, {a, c});
  EXPECT_EQ(stream.event_types().value(), (eventstream::EventTypeSet{a, b, c}));
  auto cursor = stream.open(0, {c});
  ASSERT_TRUE(cursor.has_value());
  EXPECT_EQ(cursor->try_next().error(), Errc::not_yet);
  EXPECT_EQ(other.append(events::batch({a, c}), {}).value(), 0U);
  EXPECT_EQ(cursor->next()->offset, 1U);
  SqliteRepository third(store.database, events::owner, {eventstream::EventType("D")});
  EXPECT_TRUE(stream.open(0, {eventstream::EventType("D")}).has_value());
}

TEST(Sqlite, ManyProcessesMayMakeOneDatabaseAtOnce) {
  const events::Folder folder;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { EXPECT_EQ(reason_not_to_open(folder.file()), "opened"); });
  for (std::thread& thread : threads) thread.join();
}

TEST(Sqlite, AFileOfSomethingElseIsLeftAlone) {
  const events::Folder folder;
  std::ofstream(folder.file("text")) << std::string(10000, 'x');
  EXPECT_NE(reason_not_to_open(folder.file("text")).find("not an SQLite database"),
            std::string::npos);
  SQLite::Database other(folder.file("other").string(),
                         SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  other.exec("CREATE TABLE t(x)");
  EXPECT_NE(reason_not_to_open(folder.file("other")).find("database of something else"),
            std::string::npos);
  EXPECT_EQ(other.execAndGet("PRAGMA journal_mode").getString(), "delete");
  EXPECT_FALSE(std::filesystem::exists(folder.file("other-bell")));
  EXPECT_NE(reason_not_to_open(folder.file("no-folder") / "x").find("can't"), std::string::npos);
}

TEST(Sqlite, AnotherSchemaVersionIsRefusedByName) {
  const events::Folder folder;
  {
    const SqliteDatabase database(folder.file());
  }
  damage(folder, "PRAGMA user_version = 7");
  EXPECT_NE(reason_not_to_open(folder.file())
                .find("schema version 7 and this program knows "
                      "version 1"),
            std::string::npos);
}

/// No file of this process may grow beyond a size meanwhile.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{.rlim_cur = size, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(Sqlite, AFileThatCannotGrowFailsTheAppendWholeAndIsFineAfterwards) {
  const events::Folder folder;
  Store store(folder);
  store.append(events::batch({a}));
  {
    const SmallFiles small(200000);
    const auto refused =
        store.repository.append(std::vector{events::parcel(a, std::string(1000000, 'x'))}, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error() == Errc::unknown_outcome ||
                refused.error().category() == sqlite_category())
        << refused.error().message();
  }
  EXPECT_EQ(store.append(events::batch({b})), 1U);
  EXPECT_EQ(events::offsets(store.repository.load(0, nullptr)->events),
            (std::vector<Offset>{0, 1}));
}

}  // namespace
}  // namespace persistedstream
