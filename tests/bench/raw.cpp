#include <streamtest/certify/raw_limits.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <malloc.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

// What the machine can do, for the ratios of `streamtest bench`. No stream is involved.

namespace {

using Clock = std::chrono::steady_clock;
using eventstream::Parcel;

double nanoseconds(Clock::duration duration, std::size_t count) {
  return std::chrono::duration<double, std::nano>(duration).count() / static_cast<double>(count);
}

double copy_ns(std::span<const Parcel> parcels) {
  const std::vector<Parcel> ready(parcels.begin(), parcels.end());
  const auto start = Clock::now();
  for (const Parcel& parcel : ready) {
    Parcel copy = parcel;
    asm volatile(""
                 :
                 : "r"(&copy)
                 : "memory");  // the compiler must believe that somebody looks at it
  }
  return nanoseconds(Clock::now() - start, ready.size());
}

double push_ns(std::span<const Parcel> parcels) {
  ::malloc_trim(0);  // what is kept must come from the system, whatever ran before
  std::vector<Parcel> target;
  const auto start = Clock::now();
  for (const Parcel& parcel : parcels) target.push_back(parcel);
  return nanoseconds(Clock::now() - start, parcels.size());
}

double post_10k_ms() {
  boost::asio::io_context context;
  int ran = 0;
  const auto start = Clock::now();
  for (int i = 0; i < 10000; ++i) boost::asio::post(context, [&ran] { ++ran; });
  context.run();
  return ran == 10000 ? std::chrono::duration<double, std::milli>(Clock::now() - start).count()
                      : -1;
}

using streamtest::RawLimits;

void check(int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    throw std::runtime_error(::sqlite3_errstr(code));
}

using Database = std::unique_ptr<sqlite3, decltype(&::sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&::sqlite3_finalize)>;

Database open_database(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  check(::sqlite3_open(file.c_str(), &database));
  return {database, &::sqlite3_close};
}

void execute(const Database& database, const char* text) {
  check(::sqlite3_exec(database.get(), text, nullptr, nullptr, nullptr));
}

Statement prepare(const Database& database, const char* text) {
  sqlite3_stmt* statement = nullptr;
  check(::sqlite3_prepare_v2(database.get(), text, -1, &statement, nullptr));
  return {statement, &::sqlite3_finalize};
}

RawLimits::Sqlite sqlite(const std::filesystem::path& folder) {
  constexpr int rows = 100'000;
  constexpr int batch = 100;
  std::array<char, 200> blob{};
  const Database database = open_database(folder / "raw.db");
  execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  execute(database,
          "CREATE TABLE events(offset INTEGER PRIMARY KEY, type INTEGER, data BLOB) WITHOUT ROWID");
  RawLimits::Sqlite figures;
  {
    const Statement begin = prepare(database, "BEGIN IMMEDIATE");
    const Statement commit = prepare(database, "COMMIT");
    const Statement insert = prepare(database, "INSERT INTO events VALUES(?, ?, ?)");
    const auto run = [](const Statement& statement) {
      check(::sqlite3_step(statement.get()));
      check(::sqlite3_reset(statement.get()));
    };
    const auto start = Clock::now();
    for (int row = 0; row < rows; ++row) {
      if (row % batch == 0) run(begin);
      check(::sqlite3_bind_int64(insert.get(), 1, row));
      check(::sqlite3_bind_int64(insert.get(), 2, row % 10));
      check(::sqlite3_bind_blob(insert.get(), 3, blob.data(), blob.size(), SQLITE_STATIC));
      run(insert);
      if (row % batch == batch - 1) run(commit);
    }
    figures.insert_100_ns = nanoseconds(Clock::now() - start, rows);
  }
  const Statement select =
      prepare(database, "SELECT offset, type, data FROM events ORDER BY offset");
  std::int64_t seen = 0;
  const auto start = Clock::now();
  for (; ::sqlite3_step(select.get()) == SQLITE_ROW; ++seen) {
    const std::int64_t sum =
        ::sqlite3_column_int64(select.get(), 0) + ::sqlite3_column_int64(select.get(), 1);
    const void* data = ::sqlite3_column_blob(select.get(), 2);
    asm volatile("" : : "r"(sum), "r"(data) : "memory");
  }
  figures.scan_ns = nanoseconds(Clock::now() - start, rows);
  if (seen != rows) throw std::runtime_error("the raw scan lost rows");
  return figures;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const streamtest::RawLimits*
streamtest_raw_limits() {
  static const streamtest::RawLimits limits{copy_ns, push_ns, post_10k_ms, sqlite};
  return &limits;
}
