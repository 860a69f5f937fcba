#include <streamtest/certify/options.hpp>
#include <streamtest/certify/write_file.hpp>

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace streamtest {

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::error_code error;
  const std::filesystem::path linked = std::filesystem::canonical(path, error);
  const std::filesystem::path& place = error ? path : linked;
  std::filesystem::path beside = place;
  beside += ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  const std::filesystem::perms rights = std::filesystem::status(place, error).permissions();
  if (file && !error && rights != std::filesystem::perms::unknown)
    std::filesystem::permissions(beside, rights, error);
  if (file) std::filesystem::rename(beside, place, error);
  if (file && !error) return;
  std::filesystem::remove(beside, error);
  throw UsageError(fmt::format("{} can't be written; check the folder's rights and its free space",
                               path.string()));
}

}  // namespace streamtest
