#ifndef STREAMTEST_TESTS_MUTANTS_RECORD_FILE_HPP
#define STREAMTEST_TESTS_MUTANTS_RECORD_FILE_HPP

#include "stored_defect.hpp"

#include <eventstream/parcel.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace mutants::stored {

using Batch = std::vector<eventstream::Parcel>;

/// Batches in a file, a record each: the length and the checksum of what follows, a checksum of
/// those two, then the events. For one thread at a time. Throws `std::runtime_error` if a record is
/// damaged.
class RecordFile {
 public:
  /// Opens the file, or makes it, and reads what is there; a torn tail is dropped.
  RecordFile(std::filesystem::path file, Defect defect);
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;
  ~RecordFile();

  const std::vector<Batch>& batches() const { return batches_; }
  void write(std::span<const eventstream::Parcel> batch);

 private:
  void recover(const std::string& bytes);
  void flush();

  const std::filesystem::path file_;
  const Defect defect_;
  std::vector<Batch> batches_;
  int descriptor_ = -1;
  std::string buffer_;  // for a single defect
};

}  // namespace mutants::stored

#endif
