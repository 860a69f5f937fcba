#ifndef STREAMTEST_CERTIFY_WRITE_FILE_HPP
#define STREAMTEST_CERTIFY_WRITE_FILE_HPP

#include <filesystem>
#include <string_view>

namespace streamtest {

/// Puts the text there, whole or not at all: it is written to a file beside it, PATH.new, which
/// then takes its place, with the rights that the old one had. A symbolic link stays one.
///
/// Throws UsageError, with what to look at, if that isn't possible; what was there is there still.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace streamtest

#endif
