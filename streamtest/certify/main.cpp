#include <memorystream/stream.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/options.hpp>
#include <streamtest/subject/harness.hpp>

#include <persistedstream/sqlite_database.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>

#include <filesystem>
#include <fstream>
#include <mutex>

// The binary: the kit with the project's own streams as targets, certified like any other.

namespace streamtest {
namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using persistedstream::SqliteDatabase;
using persistedstream::SqliteRepository;
using std::filesystem::path;

struct MemoryHarness {
  static Capabilities capabilities() {
    return {.truncation = Truncation::strict,
            .conditional_append = true,
            .cursors_outlive_stream = true};
  }
  explicit MemoryHarness(const Scenario& scenario)
      : memory({.application = scenario.application, .event_types = scenario.event_types}) {}
  memorystream::Stream& stream() { return memory; }
  Result<Offsets> append(std::span<const Parcel> batch) {
    return consecutive(memory.append(batch), batch.size());
  }
  Result<Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return consecutive(memory.append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return memory.truncate(first_retained); }

  memorystream::Stream memory;
};

SubjectFactory memory(const std::string& rest) {
  if (!rest.empty()) throw UsageError("memory: takes nothing behind the colon");
  return make_factory<MemoryHarness>("memory");
}

void flip_byte(const path& file, std::uint64_t choice) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.exceptions(std::ios::failbit | std::ios::badbit);
  const auto place = static_cast<std::streamoff>((choice >> 8) % std::filesystem::file_size(file));
  bytes.seekg(place);
  const int byte = bytes.get();
  bytes.seekp(place);
  bytes.put(static_cast<char>(byte ^ (1 << (choice % 8))));
}

/// The log beyond this size may be in the database already: a crash of the machine that tears it
/// would not have let that happen.
constexpr std::uintmax_t largest_untouched_log = 900 * 4096;

void tear(const path& log, std::uint64_t choice) {
  const std::uintmax_t size = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
  if (size == 0 || size > largest_untouched_log) return;
  std::filesystem::resize_file(log, size - 1 - choice % std::min<std::uintmax_t>(size, 4096));
}

class SqliteHarness {
 public:
  static Capabilities capabilities() {
    // Events that others append come in by way of a thread.
    return {.truncation = Truncation::strict,
            .durability = Durability::process,
            .damage_detection = true,
            .conditional_append = true,
            .staleness = std::chrono::seconds(2),
            .cursors_outlive_stream = true,
            .twin = true};
  }
  /// The size of a page, and of the cache.
  static std::vector<std::uint64_t> boundaries() { return {512, 1000}; }
  static constexpr bool attaches = true;

  /// On a database that others use as well.
  SqliteHarness(const Scenario& scenario, std::shared_ptr<SqliteDatabase> database)
      : scenario_(scenario), database_(std::move(database)) {
    reopen();
  }
  /// On one of its own.
  SqliteHarness(const Scenario& scenario, path file) : scenario_(scenario), file_(std::move(file)) {
    reopen();
  }
  SqliteHarness(const SqliteHarness&) = delete;
  SqliteHarness& operator=(const SqliteHarness&) = delete;
  ~SqliteHarness() {
    stream_.reset();
    if (file_.empty()) static_cast<void>(database_->remove(scenario_.application));
  }

  persistedstream::Stream& stream() { return *stream_; }
  Result<Offsets> append(std::span<const Parcel> batch) {
    return consecutive(stream_->append(batch), batch.size());
  }
  Result<Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return consecutive(stream_->append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return stream_->truncate(first_retained); }
  void reopen() {
    stream_.reset();
    if (!database_) database_ = std::make_shared<SqliteDatabase>(file_);
    stream_.emplace(std::make_shared<SqliteRepository>(database_, scenario_.application,
                                                       scenario_.event_types));
  }
  void damage(Damage kind, std::uint64_t choice) {
    // The last connection that closes empties the log into the database, so a log that is to be
    // torn is put aside before.
    const path log = file_.string() + "-wal";
    const path aside = file_.parent_path() / "aside";
    std::filesystem::create_directory(aside);
    for (const path& each : {file_, log})
      if (exists(each)) std::filesystem::copy(each, aside / each.filename());
    stream_.reset();
    database_.reset();
    if (kind == Damage::flipped_byte) {
      flip_byte(file_, choice);
    } else {
      tear(aside / log.filename(), choice);
      for (const path& each : {file_, log})
        if (exists(aside / each.filename())) std::filesystem::rename(aside / each.filename(), each);
    }
    std::filesystem::remove_all(aside);
  }
  std::unique_ptr<SqliteHarness> twin(const Scenario& scenario) {
    return std::make_unique<SqliteHarness>(scenario, database_);
  }

 private:
  Scenario scenario_;
  path file_;  // empty: the database isn't this harness's alone
  std::shared_ptr<SqliteDatabase> database_;
  std::optional<persistedstream::Stream> stream_;
};

/// The database that the streams of this process share: opened once, because that takes longer than
/// most trials.
class Shared {
 public:
  explicit Shared(path file) : file_(std::move(file)) {
    if (!file_.empty()) database_ = std::make_shared<SqliteDatabase>(file_);
  }

  std::unique_ptr<SqliteHarness> make(const Scenario& scenario) {
    const bool apart = scenario.folder.filename() == scenario.unique_name;
    if (file_.empty() && apart)
      return std::make_unique<SqliteHarness>(scenario, scenario.folder / "streams.db");
    return std::make_unique<SqliteHarness>(scenario, database(scenario));
  }

 private:
  std::shared_ptr<SqliteDatabase> database(const Scenario& scenario) {
    const std::lock_guard lock(mutex_);
    if (!database_) database_ = std::make_shared<SqliteDatabase>(scenario.folder / "streams.db");
    return database_;
  }

  const path file_;
  std::mutex mutex_;
  std::shared_ptr<SqliteDatabase> database_;
};

/// Each stream under test is an application of its own in the database and is removed with it;
/// others in there aren't touched. Without a path the database is a temporary one, which may also
/// be damaged.
SubjectFactory sqlite(const std::string& path) {
  try {
    SubjectFactory factory = make_factory<SqliteHarness>(
        "sqlite", [shared = std::make_shared<Shared>(path)](const Scenario& scenario) {
          return shared->make(scenario);
        });
    // Somebody's database isn't damaged to see what comes of it.
    if (!path.empty()) factory.hooks.damage = factory.capabilities.damage_detection = false;
    return factory;
  } catch (const std::runtime_error& failure) {
    throw UsageError(failure.what());
  }
}

}  // namespace
}  // namespace streamtest

int main(int argument_count, char** arguments) {
  return streamtest::run_command_line(
      argument_count, arguments, {{"memory", streamtest::memory}, {"sqlite", streamtest::sqlite}});
}
