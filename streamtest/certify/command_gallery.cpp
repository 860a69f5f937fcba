#include <streamtest/certify/command_line.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace streamtest {

int command_gallery(const std::string& gallery, bool json) {
  const std::string file = gallery.empty() ? find_plugin("gallery") : gallery;
  if (file.empty())
    throw UsageError(
        "the gallery plug-in is not beside the binary (lib/streamtest/gallery.so); name it with "
        "--gallery");
  const std::vector<GalleryEntry> entries = load_gallery(file);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const GalleryEntry& entry : entries) {
    if (json)
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
  if (json) std::puts(list.dump(1).c_str());
  return 0;
}

}  // namespace streamtest
