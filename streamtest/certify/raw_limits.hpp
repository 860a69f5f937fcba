#ifndef STREAMTEST_CERTIFY_RAW_LIMITS_HPP
#define STREAMTEST_CERTIFY_RAW_LIMITS_HPP

#include <eventstream/parcel.hpp>

#include <filesystem>
#include <span>

namespace streamtest {

/// What no stream can beat, measured in the same run as the stream: the plug-in "raw" gives it
/// through its C symbol `streamtest_raw_limits`. Each function measures once.
struct RawLimits {
  /// Nanoseconds to copy a ready parcel out of a vector, and to drop the copy.
  double (*copy_ns)(std::span<const eventstream::Parcel> parcels);
  /// Nanoseconds to push_back a ready parcel to a new vector.
  double (*push_ns)(std::span<const eventstream::Parcel> parcels);
  /// Milliseconds to post 10,000 empty handlers to an io_context and to run them.
  double (*post_10k_ms)();
  /// Nanoseconds for each of 100,000 rows (offset, type, a blob of 200 bytes) through SQLite's own
  /// interface: to insert them into a new database in that folder, 100 a transaction with a
  /// write-ahead log, and to step over them in order.
  struct Sqlite {
    double insert_100_ns = 0;
    double scan_ns = 0;
  };
  Sqlite (*sqlite)(const std::filesystem::path& folder);
};

}  // namespace streamtest

#endif
