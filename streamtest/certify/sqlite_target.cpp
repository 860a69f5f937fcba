#include <streamtest/certify/options.hpp>
#include <streamtest/certify/sqlite_target.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/subject/harness.hpp>

#include <persistedstream/sqlite_database.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>

namespace streamtest {
namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using persistedstream::SqliteDatabase;

class SqliteHarness {
 public:
  static Capabilities capabilities() {
    // Events that others append come in by way of a thread.
    return {.truncation = Truncation::strict,
            .conditional_append = true,
            .staleness = std::chrono::seconds(2),
            .cursors_outlive_stream = true,
            .twin = true};
  }
  /// The size of a page, and of the cache.
  static std::vector<std::uint64_t> boundaries() { return {512, 1000}; }

  SqliteHarness(const Scenario& scenario, std::shared_ptr<SqliteDatabase> database)
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
  Result<Offsets> append(std::span<const Parcel> batch) {
    return offsets(stream_->append(batch), batch.size());
  }
  Result<Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return offsets(stream_->append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return stream_->truncate(first_retained); }
  void reopen() {
    stream_.reset();
    stream_.emplace(std::make_shared<persistedstream::SqliteRepository>(
        database_, scenario_.application, scenario_.event_types));
  }
  std::unique_ptr<SqliteHarness> twin(const Scenario& scenario) {
    return std::make_unique<SqliteHarness>(scenario, database_);
  }

 private:
  static Result<Offsets> offsets(Result<Offset> first, std::size_t count) {
    if (!first) return first.error();
    Offsets list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(*first + i);
    return list;
  }

  std::shared_ptr<SqliteDatabase> database_;
  Scenario scenario_;
  std::optional<persistedstream::Stream> stream_;
};

}  // namespace

SubjectFactory sqlite_target(const std::string& path) {
  // The database is closed before its folder is removed.
  struct Store {
    explicit Store(const std::string& path)
        : folder(path.empty() ? std::make_unique<TemporaryFolder>() : nullptr),
          database(std::make_shared<SqliteDatabase>(folder ? folder->path() / "streams.db"
                                                           : std::filesystem::path(path))) {}
    std::unique_ptr<TemporaryFolder> folder;
    std::shared_ptr<SqliteDatabase> database;
  };
  try {
    return make_factory<SqliteHarness>(
        "sqlite", [store = std::make_shared<Store>(path)](const Scenario& scenario) {
          return std::make_unique<SqliteHarness>(scenario, store->database);
        });
  } catch (const std::runtime_error& failure) {
    throw UsageError(failure.what());
  }
}

}  // namespace streamtest
