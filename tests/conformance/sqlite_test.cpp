#include <streamtest/suite/suite.hpp>

#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>

#include <optional>

// A stored stream through the gtest door, with the rules about crashes.

namespace {

/// One with truncate, reopen and crash; a file a stream, which goes with the kit's folder.
class SqliteHarness {
 public:
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict,
            .durability = streamtest::Durability::process,
            .conditional_append = true,
            .staleness = std::chrono::seconds(2)};
  }
  static constexpr bool attaches = true;

  explicit SqliteHarness(const streamtest::Scenario& scenario) : scenario_(scenario) { reopen(); }

  persistedstream::Stream& stream() { return *stream_; }

  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    return streamtest::consecutive(stream_->append(batch), batch.size());
  }
  eventstream::Result<streamtest::Offsets> append_expecting(
      std::span<const eventstream::Parcel> batch, eventstream::Offset expected) {
    return streamtest::consecutive(stream_->append(batch, expected), batch.size());
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) {
    return stream_->truncate(first_retained);
  }
  void reopen() {
    stream_.reset();
    auto database = std::make_shared<persistedstream::SqliteDatabase>(
        scenario_.folder / (scenario_.unique_name + ".db"));
    stream_.emplace(std::make_shared<persistedstream::SqliteRepository>(
        std::move(database), scenario_.application, scenario_.event_types));
  }

 private:
  const streamtest::Scenario scenario_;
  std::optional<persistedstream::Stream> stream_;
};

}  // namespace

STREAMTEST_CERTIFY(Sqlite, SqliteHarness);
