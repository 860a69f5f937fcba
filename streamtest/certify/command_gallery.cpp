#include <streamtest/certify/command_line.hpp>

#include <fmt/format.h>
#include <fnmatch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace streamtest {
namespace {

bool matches(const std::string& pattern, const GalleryEntry& entry) {
  return ::fnmatch(pattern.c_str(), entry.id.c_str(), 0) == 0;
}

}  // namespace

ChosenGallery chosen_gallery(const SelftestRequest& request) {
  const std::string file = request.gallery.empty() ? find_plugin("gallery") : request.gallery;
  if (file.empty())
    throw UsageError(
        "there is no gallery: it belongs in ../lib/streamtest/gallery.so as seen from this "
        "program; build it, or name it with --gallery");
  ChosenGallery chosen{file, load_gallery(file)};
  const auto& only = request.only;
  if (only.empty()) return chosen;
  for (const std::string& pattern : only)
    if (std::ranges::none_of(chosen.entries,
                             [&](const auto& each) { return matches(pattern, each); })) {
      std::string known;
      for (const GalleryEntry& entry : chosen.entries) known += " " + entry.id;
      throw UsageError(
          fmt::format("--only '{}': the gallery has no such entry; it has{}", pattern, known));
    }
  std::erase_if(chosen.entries, [&](const GalleryEntry& entry) {
    return std::ranges::none_of(only, [&](const auto& pattern) { return matches(pattern, entry); });
  });
  return chosen;
}

int command_gallery(const SelftestRequest& request) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const GalleryEntry& entry : chosen_gallery(request).entries) {
    if (request.json)
      list.push_back({{"id", entry.id},
                      {"base", entry.base},
                      {"rule", entry.rule},
                      {"odd", entry.odd},
                      {"hard", entry.hard},
                      {"phrase", entry.phrase},
                      {"defect", entry.defect}});
    else
      fmt::print("{:<14} {:<6} {}\n", entry.id, entry.odd ? "odd" : entry.rule, entry.defect);
  }
  if (request.json) std::puts(list.dump(1).c_str());
  return 0;
}

}  // namespace streamtest
