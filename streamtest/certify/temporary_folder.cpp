#include <streamtest/certify/temporary_folder.hpp>

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace streamtest {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "streamtest-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::system_error(errno, std::generic_category(), "can't make " + pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code nobody_to_tell;
  std::filesystem::remove_all(path_, nobody_to_tell);
}

}  // namespace streamtest
