#ifndef STREAMTEST_CERTIFY_TEMPORARY_FOLDER_HPP
#define STREAMTEST_CERTIFY_TEMPORARY_FOLDER_HPP

#include <filesystem>

namespace streamtest {

/// A folder of its own below the system's (TMPDIR) for files that nobody needs afterwards: removed
/// with everything in it when the object is destroyed.
class TemporaryFolder {
 public:
  /// Throws `std::system_error`.
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace streamtest

#endif
