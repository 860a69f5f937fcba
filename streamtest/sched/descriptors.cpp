#include <streamtest/sched/descriptors.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace streamtest::sched::detail {
namespace {

std::string link_of(const std::string& descriptor) {
  std::array<char, 256> text{};
  const ssize_t size =
      ::readlink(("/proc/self/fd/" + descriptor).c_str(), text.data(), text.size());
  return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

bool has_peer_here(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == ::getpid();
}

bool is_written_here(const std::string& pipe) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (link_of(name) == pipe && (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY)
      return true;
  }
  return false;
}

bool set_hears_outside(int descriptor) {
  std::ifstream members(fmt::format("/proc/self/fdinfo/{}", descriptor));
  std::string word;
  while (members >> word)
    if (int member = -1; word == "tfd:" && members >> member && hears_outside(member)) return true;
  return false;
}

}  // namespace

std::string describe_descriptor(int descriptor) {
  return fmt::format("fd {} ({})", descriptor, link_of(std::to_string(descriptor)));
}

bool hears_outside(int descriptor) {
  const std::string link = link_of(std::to_string(descriptor));
  if (link.starts_with("anon_inode:[eventpoll]")) return set_hears_outside(descriptor);
  if (link.starts_with("anon_inode:")) return false;
  if (link.starts_with("pipe:")) return !is_written_here(link);
  if (link.starts_with("socket:")) return !has_peer_here(descriptor);
  return !link.empty();
}

}  // namespace streamtest::sched::detail
