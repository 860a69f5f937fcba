#include <streamtest/sched/places.hpp>

#include <cxxabi.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>

// addr2line answers for many addresses in one call, and starts slowly: so all addresses of a run
// are asked for at once, those of each library apart.

namespace streamtest::sched::detail {
namespace {

struct Library {
  std::string path;
  std::set<std::uintptr_t> addresses;  ///< as in the process
  std::uintptr_t base = 0;
};

/// A function and where it is, "list.hpp:47"; innermost first where functions are inlined.
struct Frame {
  std::string function;
  std::string file;
  std::string line;
};
using Frames = std::map<std::uintptr_t, std::vector<Frame>>;

/// Where the name begins that ends there, within the arguments of templates.
std::size_t begin_of_name(const std::string& text, std::size_t end) {
  int depth = 0;
  for (std::size_t i = end; i > 0; --i) {
    const char letter = text[i - 1];
    if (letter == ')' || letter == '>') ++depth;
    if (letter == '(' || letter == '<') --depth;
    if (depth < 0 || (depth == 0 && (letter == ',' || letter == ' '))) return i;
  }
  return 0;
}

/// A lambda by the function that it is in, and long names without their arguments.
std::string in_short(const std::string& name) {
  constexpr std::size_t longest = 60;
  if (name == "operator()") return "a lambda";
  const std::size_t lambda = name.find("::{lambda(");
  if (lambda != std::string::npos) {
    const std::size_t begin = begin_of_name(name, lambda);
    return "a lambda in " + in_short(name.substr(begin, lambda - begin));
  }
  if (name.size() <= longest) return name;
  const std::string bare = name.substr(0, name.find_first_of("(<"));
  return bare.size() <= longest ? bare + "(…)" : bare.substr(0, longest) + "…";
}

bool is_of_the_system(const std::string& file) {
  return file.empty() || file.starts_with("?") || file.find("/usr/include/") != std::string::npos ||
         file.find("/usr/lib/") != std::string::npos ||
         file.find("/include/c++/") != std::string::npos;
}

bool is_of_the_systems_libraries(const std::string& path) {
  return is_of_the_system(path) || path.starts_with("/lib");
}

std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char letter : path)
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

/// The program itself has no path of its own in dladdr's answer if it was found by the shell.
std::string path_of(const Dl_info& info) {
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  if (info.dli_fname == nullptr) return own;
  const std::string name = info.dli_fname;
  return std::filesystem::exists(name, error) ? name : own.string();
}

void ask(const Library& library, Frames& frames) {
  std::string command = "addr2line -a -i -f -C -e " + quoted(library.path);
  for (const std::uintptr_t address : library.addresses)
    command += fmt::format(" {:#x}", address - library.base - 1);  // within the call, not after it
  command += " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  if (!pipe) return;
  std::string answer;
  std::array<char, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe.get()))
    answer.append(part.data(), size);
  std::istringstream lines(answer);
  std::string line;
  std::uintptr_t address = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with("0x")) {
      address = std::stoul(line, nullptr, 16) + library.base + 1;
      continue;
    }
    Frame frame{line, "", ""};
    if (!std::getline(lines, line)) break;
    line = line.substr(0, line.find(" (discriminator"));
    const std::size_t colon = line.rfind(':');
    frame.file = line.substr(0, colon);
    frame.line = colon == std::string::npos ? "" : line.substr(colon + 1);
    frames[address].push_back(std::move(frame));
  }
}

/// "list.so+0x47".
std::string offset_in(const Dl_info& info, std::uintptr_t address) {
  return fmt::format("{}+{:#x}", std::filesystem::path(path_of(info)).filename().string(),
                     address - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
}

/// By its exported symbol, where addr2line knows none; "??" if it has none.
std::string function_of(const Dl_info& info, const std::vector<Frame>& inlined) {
  if (!inlined.empty() && !inlined.back().function.starts_with("?")) return inlined.back().function;
  if (info.dli_sname == nullptr) return "??";
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : info.dli_sname;
}

/// The innermost frame that is the program's own, whether it has debug information or not.
std::string place_of(const ThreadStep& step, const Frames& frames) {
  std::string otherwise;
  for (const std::uintptr_t address : step.frames) {
    const auto found = frames.find(address);
    const std::vector<Frame> inlined = found == frames.end() ? std::vector<Frame>() : found->second;
    for (const Frame& frame : inlined)
      if (!is_of_the_system(frame.file))
        return fmt::format("{} at {}:{}", in_short(frame.function),
                           std::filesystem::path(frame.file).filename().string(), frame.line);
    Dl_info info{};
    if (::dladdr(reinterpret_cast<void*>(address), &info) == 0) continue;
    if (otherwise.empty()) otherwise = offset_in(info, address);
    const bool has_a_line = !inlined.empty() && !inlined.back().file.starts_with("?");
    if (has_a_line || is_of_the_systems_libraries(path_of(info))) continue;
    const std::string function = function_of(info, inlined);
    if (function.starts_with("?")) return offset_in(info, address);
    if (!function.starts_with("std::"))
      return fmt::format("{} at {}", in_short(function), offset_in(info, address));
  }
  return otherwise;
}

}  // namespace

std::vector<std::string> places(std::span<const ThreadStep> steps) {
  std::map<std::string, Library> libraries;
  for (const ThreadStep& step : steps)
    for (const std::uintptr_t address : step.frames) {
      Dl_info info{};
      if (::dladdr(reinterpret_cast<void*>(address), &info) == 0) continue;
      Library& library = libraries[path_of(info)];
      library.path = path_of(info);
      library.base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
      library.addresses.insert(address);
    }
  Frames frames;
  for (const auto& [path, library] : libraries)
    if (!is_of_the_systems_libraries(path)) ask(library, frames);
  std::vector<std::string> found;
  found.reserve(steps.size());
  for (const ThreadStep& step : steps) found.push_back(place_of(step, frames));
  return found;
}

}  // namespace streamtest::sched::detail
