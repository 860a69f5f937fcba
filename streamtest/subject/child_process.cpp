#include <streamtest/subject/child_process.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

extern char** environ;

namespace streamtest {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error(fmt::format("no pipe can be made: {}", std::strerror(errno)));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

/// This process's environment, with some variables replaced.
std::vector<std::string> environment(const std::vector<std::string>& variables) {
  const auto is_replaced = [&](std::string_view each) {
    const std::string_view name = each.substr(0, each.find('=') + 1);
    return std::any_of(variables.begin(), variables.end(),
                       [&](const std::string& other) { return other.starts_with(name); });
  };
  std::vector<std::string> all = variables;
  for (char** each = environ; *each; ++each)
    if (!is_replaced(*each)) all.emplace_back(*each);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// As nice as the parent: a session has a niceness of its own.
void begin_session() {
  if (::setsid() < 0) return;
  if (const int niceness = ::getpriority(PRIO_PROCESS, 0); niceness > 0)
    std::ofstream("/proc/self/autogroup") << niceness;
}

std::string ending(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("the process died of signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("the process ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void begin_child() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  begin_session();
  ::signal(SIGPIPE, SIG_IGN);
  ::fcntl(result_descriptor, F_SETFD, FD_CLOEXEC);
}

void Descriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

ChildProcess::ChildProcess(std::vector<std::string> arguments, std::string_view input,
                           const std::vector<std::string>& variables) {
  Pipe in;
  Pipe out;
  // Before there is a child: to write to one that has died would be a signal. The pipe holds it.
  if (!write_all(in.write.number(), input)) throw std::runtime_error("a pipe can't be written");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.number(), STDIN_FILENO);
  // What the stream under test prints must not mix with what the parent prints for machines.
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.number(), result_descriptor);
  std::vector<std::string> all = environment(variables);
  const int error = ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr,
                                  pointers(arguments).data(), pointers(all).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::runtime_error(
        fmt::format("no child process can be started: {}", std::strerror(error)));
  output_ = std::move(out.read);
}

ChildProcess::~ChildProcess() {
  if (process_ <= 0) return;
  kill();
  (void)wait();
}

bool ChildProcess::read_line(std::string& line, std::chrono::nanoseconds limit) {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return true;
    }
    pollfd ready{output_.number(), POLLIN, 0};
    const int polled = ::poll(
        &ready, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled == 0) {
      kill();
      hung_ = true;
      return false;
    }
    std::array<char, 65536> bytes;
    const ssize_t count = ::read(output_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

void ChildProcess::kill() {
  if (process_ > 0) ::kill(process_, SIGKILL);
}

std::string ChildProcess::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  ended_well_ = !hung_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return hung_ ? "the process hung without a word and was killed" : ending(status);
}

}  // namespace streamtest
