#ifndef STREAMTEST_SUBJECT_CHILD_PROCESS_HPP
#define STREAMTEST_SUBJECT_CHILD_PROCESS_HPP

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// This program anew, as a process of its own that tells something line by line.

namespace streamtest {

/// The descriptor on which a child process writes what it has to tell.
inline constexpr int result_descriptor = 3;

/// Writes all of it; false if the other end is gone.
bool write_all(int descriptor, std::string_view text);

/// What a child process does first, before it starts anything: it ends with its parent, also with
/// one that is killed, and what it starts itself doesn't keep the parent waiting for more lines. It
/// has a session of its own: Linux shares a busy machine out by these
/// (docs/decisions/0034-a-run-keeps-to-its-budget.md).
void begin_child();

/// An open file descriptor, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  int number() const { return number_; }
  void reset();

 private:
  int number_;
};

/// This program, started anew with other arguments (fork and exec). It reads `input` from its
/// standard input, writes its lines to result_descriptor, and what it prints goes to this process's
/// standard error. For one thread; the destructor kills and reaps it.
class ChildProcess {
 public:
  /// `input` is at most 64 KiB long; `arguments` begins with the program's name; each of
  /// `variables` is a "NAME=value" that replaces one of this process's environment. Throws
  /// `std::runtime_error`.
  ChildProcess(std::vector<std::string> arguments, std::string_view input,
               const std::vector<std::string>& variables = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// The next whole line; false at the end. Kills the child if it says nothing for that long.
  bool read_line(std::string& line, std::chrono::nanoseconds limit);
  /// Lines that it wrote before it died can be read still.
  void kill();
  /// How it ended, in words, waiting for that.
  std::string wait();
  /// By itself, with exit code 0; valid after wait().
  bool ended_well() const { return ended_well_; }

 private:
  pid_t process_ = -1;
  Descriptor output_;
  std::string buffer_;
  bool hung_ = false;
  bool ended_well_ = false;
};

}  // namespace streamtest

#endif
