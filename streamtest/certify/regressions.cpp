#include <streamtest/certify/options.hpp>
#include <streamtest/certify/regressions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace streamtest {
namespace {

using std::filesystem::path;

std::string contents(const path& file) {
  std::error_code error;
  std::ifstream stream;
  if (!std::filesystem::is_directory(file, error)) stream.open(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad())
    throw UsageError(fmt::format("{} can't be read; is the path right?", file.string()));
  return text;
}

std::vector<path> json_files(const path& folder) {
  std::vector<path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

Counterexample read_counterexample_file(const path& file) {
  const std::string text = contents(file);
  try {
    return counterexample_from_json(text);
  } catch (const std::invalid_argument& reason) {
    throw UsageError(fmt::format("{} is {}", file.string(), reason.what()));
  }
}

std::vector<SavedCounterexample> read_regressions(const std::string& folder) {
  std::vector<SavedCounterexample> saved;
  if (folder.empty()) return saved;
  for (const path& file : json_files(folder)) {
    try {
      if (!is_counterexample(contents(file))) continue;
      saved.push_back({file, read_counterexample_file(file)});
    } catch (const std::invalid_argument& reason) {
      throw UsageError(fmt::format("{} is {}; mend it or delete it", file.string(), reason.what()));
    }
  }
  return saved;
}

void clear_histories(const path& folder) {
  for (const path& file : json_files(folder)) {
    try {
      if (is_counterexample(contents(file))) continue;
    } catch (const std::invalid_argument&) {
      // It came while the rules ran, and isn't from here.
      continue;
    }
    std::error_code error;
    std::filesystem::remove(file, error);
  }
  std::error_code error;
  std::filesystem::remove(folder, error);  // if nothing is left in it
}

std::string regression_name(const Counterexample& counterexample) {
  return fmt::format("{}.{}.json", counterexample.rule, to_string(counterexample.delivery));
}

}  // namespace streamtest
