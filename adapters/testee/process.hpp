#ifndef TESTEE_PROCESS_HPP
#define TESTEE_PROCESS_HPP

#include <sys/types.h>

#include <chrono>
#include <string>

namespace testee {

/// An open file descriptor, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int number() const { return number_; }
  /// Gives the ownership away.
  int release();

 private:
  int number_;
};

/// A shell command that runs in a process group of its own, with pipes for what it reads, writes
/// and complains. A guard in the group ends it two seconds after this process, however that ends.
/// For one thread at a time.
class Process {
 public:
  /// Throws `std::system_error`.
  explicit Process(const std::string& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills the whole group, what the command left behind as well.
  ~Process();

  Descriptor input;   ///< what the command reads comes from here
  Descriptor output;  ///< what it writes
  Descriptor errors;  ///< what it writes to standard error

  /// True if it ended by itself within that time.
  bool ended_within(std::chrono::milliseconds time);
  void kill();
  /// How it ended, in words ("it ended with exit code 1"), waiting for that.
  std::string ending();

 private:
  void reap();

  Descriptor guard_input_;  ///< its end tells the guard that this process is gone
  pid_t id_ = -1;
  pid_t guard_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

}  // namespace testee

#endif
