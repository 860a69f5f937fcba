#include <memorystream/stream.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/options.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/subject/harness.hpp>

#include <persistedstream/sqlite_database.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>

namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using persistedstream::SqliteDatabase;

/// What a harness tells of a batch whose events follow each other.
Result<streamtest::Offsets> offsets(Result<Offset> first, std::size_t count) {
  if (!first) return first.error();
  streamtest::Offsets list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(*first + i);
  return list;
}

/// The harness of the README: the project's own stream in memory, certified like any other.
struct MemoryHarness {
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict,
            .conditional_append = true,
            .cursors_outlive_stream = true};
  }
  explicit MemoryHarness(const streamtest::Scenario& scenario)
      : memory({.application = scenario.application, .event_types = scenario.event_types}) {}
  memorystream::Stream& stream() { return memory; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return offsets(memory.append(batch), batch.size());
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return offsets(memory.append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return memory.truncate(first_retained); }

  memorystream::Stream memory;
};

streamtest::SubjectFactory memory(const std::string& rest) {
  if (!rest.empty()) throw streamtest::UsageError("memory: takes nothing behind the colon");
  return streamtest::make_factory<MemoryHarness>("memory");
}

class SqliteHarness {
 public:
  static streamtest::Capabilities capabilities() {
    // Events that others append come in by way of a thread.
    return {.truncation = streamtest::Truncation::strict,
            .conditional_append = true,
            .staleness = std::chrono::seconds(2),
            .cursors_outlive_stream = true,
            .twin = true};
  }
  /// The size of a page, and of the cache.
  static std::vector<std::uint64_t> boundaries() { return {512, 1000}; }

  SqliteHarness(const streamtest::Scenario& scenario, std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)), scenario_(scenario) {
    reopen();
  }
  SqliteHarness(const SqliteHarness&) = delete;
  SqliteHarness& operator=(const SqliteHarness&) = delete;
  ~SqliteHarness() {
    stream_.reset();
    static_cast<void>(database_->remove(scenario_.application));
  }

  persistedstream::Stream& stream() { return *stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return offsets(stream_->append(batch), batch.size());
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return offsets(stream_->append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return stream_->truncate(first_retained); }
  void reopen() {
    stream_.reset();
    stream_.emplace(std::make_shared<persistedstream::SqliteRepository>(
        database_, scenario_.application, scenario_.event_types));
  }
  std::unique_ptr<SqliteHarness> twin(const streamtest::Scenario& scenario) {
    return std::make_unique<SqliteHarness>(scenario, database_);
  }

 private:
  std::shared_ptr<SqliteDatabase> database_;
  streamtest::Scenario scenario_;
  std::optional<persistedstream::Stream> stream_;
};

/// Each stream is an application of its own in the database and removed with it; others in there
/// aren't touched. Without a path the database is a temporary one.
streamtest::SubjectFactory sqlite(const std::string& path) {
  // The database is closed before its folder is removed.
  struct Store {
    explicit Store(const std::string& path)
        : folder(path.empty() ? std::make_unique<streamtest::TemporaryFolder>() : nullptr),
          database(std::make_shared<SqliteDatabase>(folder ? folder->path() / "streams.db"
                                                           : std::filesystem::path(path))) {}
    std::unique_ptr<streamtest::TemporaryFolder> folder;
    std::shared_ptr<SqliteDatabase> database;
  };
  try {
    return streamtest::make_factory<SqliteHarness>(
        "sqlite", [store = std::make_shared<Store>(path)](const streamtest::Scenario& scenario) {
          return std::make_unique<SqliteHarness>(scenario, store->database);
        });
  } catch (const std::runtime_error& failure) {
    throw streamtest::UsageError(failure.what());
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  return streamtest::run_command_line(argument_count, arguments,
                                      {{"memory", memory}, {"sqlite", sqlite}});
}
