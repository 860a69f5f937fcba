#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

namespace streamtest {
namespace {

std::shared_ptr<void> open_library(const std::string& file) {
  if (!std::filesystem::exists(file))
    throw UsageError(
        fmt::format("plug-in {}: there is no such file; build it first, or check the path", file));
  // A name without a slash would be looked up in the system's folders.
  const std::string path = std::filesystem::absolute(file).string();
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) throw UsageError(fmt::format("plug-in {}: it can't be loaded: {}", file, dlerror()));
  return {handle, [](void*) {
            // Never unloaded: threads of the stream under test may still be inside its code.
          }};
}

/// The target of a plug-in's file.
Target load(std::string text, const std::string& file, std::string arguments) {
  Target target;
  target.text = std::move(text);
  target.arguments = std::move(arguments);
  target.library = open_library(file);
  using Entry = const Plugin*();
  auto* entry = reinterpret_cast<Entry*>(dlsym(target.library.get(), "streamtest_plugin"));
  if (!entry)
    throw UsageError(
        fmt::format("plug-in {}: it has no symbol streamtest_plugin; put "
                    "STREAMTEST_PLUGIN(\"name\", Harness) into one of its "
                    "sources",
                    file));
  const Plugin* plugin = entry();
  if (!plugin || !plugin->abi || std::string_view(plugin->abi) != STREAMTEST_ABI)
    throw UsageError(
        fmt::format("plug-in {}: it was built for another kit or compiler:\n  plug-in: {}\n  "
                    "binary:  {}\nrebuild it with those of the binary",
                    file, plugin && plugin->abi ? plugin->abi : "(none)", STREAMTEST_ABI));
  target.factory = plugin->make(target.arguments);
  return target;
}

/// `../lib/streamtest` as seen from the binary; empty if that isn't known.
std::filesystem::path plugin_folder() {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path()
               : binary.parent_path().parent_path() / "lib" / "streamtest";
}

}  // namespace

Target load_plugin(const std::string& text) {
  const std::size_t mark = text.find('?');
  return load("plugin:" + text, text.substr(0, mark),
              mark == std::string::npos ? std::string() : text.substr(mark + 1));
}

std::optional<Target> load_scheme(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string scheme = text.substr(0, colon);
  if (colon == std::string::npos || scheme.find('/') != std::string::npos) return std::nullopt;
  const std::string file = find_plugin(scheme);
  if (file.empty()) return std::nullopt;
  return load(text, file, text.substr(colon + 1));
}

std::string find_plugin(const std::string& name) {
  return find_installed(name + ".so");
}

std::string find_installed(const std::string& name) {
  std::error_code error;
  const std::filesystem::path file = plugin_folder() / name;
  return std::filesystem::exists(file, error) ? file.string() : std::string();
}

std::vector<GalleryEntry> load_gallery(const std::string& file) {
  const std::shared_ptr<void> library = open_library(file);
  using Entry = const std::vector<GalleryEntry>*();
  auto* entry = reinterpret_cast<Entry*>(dlsym(library.get(), "streamtest_gallery"));
  if (!entry)
    throw UsageError(
        fmt::format("plug-in {}: it has no symbol streamtest_gallery, so it is no gallery", file));
  return *entry();
}

}  // namespace streamtest
