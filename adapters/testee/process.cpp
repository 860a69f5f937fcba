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

/// Starts a shell in the process group with that number, 0 for one of its own.
pid_t start_shell(const std::string& command, pid_t group, const Descriptor& input,
                  const Descriptor* output, const Descriptor* errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, group);
  ::posix_spawn_file_actions_adddup2(&actions, input.number(), STDIN_FILENO);
  for (const auto& [descriptor, number] :
       {std::pair(output, STDOUT_FILENO), std::pair(errors, STDERR_FILENO)})
    if (descriptor)
      ::posix_spawn_file_actions_adddup2(&actions, descriptor->number(), number);
    else
      ::posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 3> words{"/bin/sh", "-c", command};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t id = -1;
  const int error = ::posix_spawn(&id, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(error, "can't start a shell");
  return id;
}

void wait_for(pid_t id, int* status) {
  while (::waitpid(id, status, 0) < 0 && errno == EINTR) {
  }
}

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
  auto [guard_read, guard_write] = make_pipe();
  // First, so that there is no moment in which this process can end and leave the command behind.
  guard_ = start_shell("read -r end; sleep 2; kill -KILL 0", 0, guard_read, nullptr, nullptr);
  try {
    id_ = start_shell(command, guard_, in_read, &out_write, &error_write);
  } catch (...) {
    kill();
    reap();
    throw;
  }
  input = std::move(in_write);
  output = std::move(out_read);
  errors = std::move(error_read);
  guard_input_ = std::move(guard_write);
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
  // The number is the group's as long as the guard isn't reaped.
  if (reaped_) return;
  ::kill(-guard_, SIGKILL);
  if (id_ > 0) ::kill(id_, SIGKILL);  // it may have left the group
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
  if (id_ > 0) wait_for(std::exchange(id_, -1), &status_);
  kill();  // what the command left behind
  wait_for(guard_, nullptr);
  reaped_ = true;
}

}  // namespace testee
