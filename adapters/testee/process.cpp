#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <testee/process.hpp>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

extern char** environ;

namespace testee {

namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// The two ends of a pipe, which other processes don't inherit.
std::pair<Descriptor, Descriptor> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "can't make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    // Its own group, so that what the shell started ends with it.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes, 0);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() {
  return std::exchange(number_, -1);
}

Process::Process(const std::string& command) {
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  auto [error_read, error_write] = make_pipe();
  SpawnSettings settings;
  ::posix_spawn_file_actions_adddup2(&settings.actions, in_read.number(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&settings.actions, out_write.number(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&settings.actions, error_write.number(), STDERR_FILENO);
  std::array<std::string, 3> words{"/bin/sh", "-c", command};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  const int error = ::posix_spawn(&id_, "/bin/sh", &settings.actions, &settings.attributes,
                                  arguments.data(), environ);
  if (error != 0) fail(error, "can't start a shell");
  input = std::move(in_write);
  output = std::move(out_read);
  errors = std::move(error_read);
}

Process::~Process() {
  kill();
  reap();
}

bool Process::ended_within(std::chrono::milliseconds time) {
  if (reaped_) return true;
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)));
  pollfd ended{.fd = handle.number(), .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, static_cast<int>(time.count())) == 1;
}

void Process::kill() {
  // The group lives as long as anyone in it does, the shell not being reaped.
  if (!reaped_) ::kill(-id_, SIGKILL);
}

std::string Process::ending() {
  reap();
  if (WIFSIGNALED(status_))
    return std::string("it died of signal ") + std::to_string(WTERMSIG(status_)) + " (" +
           ::strsignal(WTERMSIG(status_)) + ")";
  return "it ended with exit code " + std::to_string(WEXITSTATUS(status_));
}

void Process::reap() {
  if (reaped_) return;
  while (::waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

}  // namespace testee
