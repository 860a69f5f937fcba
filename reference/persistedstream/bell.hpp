#ifndef PERSISTEDSTREAM_BELL_HPP
#define PERSISTEDSTREAM_BELL_HPP

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace persistedstream {

/// Wakes whoever waits for a change of a database, in this process and in others: a counter in a
/// small file that all of them map, and on which the system lets them sleep (a shared futex).
/// Ringing costs one atomic addition and one system call, waiting costs nothing.
///
/// The file holds no state that anybody needs: it may be deleted while no process has the database
/// open. Linux only, and not for network file systems.
///
/// Thread-safety: every member from any thread.
class Bell {
 public:
  /// Maps the file, makes it if it isn't there. Throws `std::system_error`.
  explicit Bell(const std::filesystem::path& file);
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();

  /// How often it was rung, modulo 2^32.
  std::uint32_t rings() const noexcept;

  void ring() noexcept;

  /// Wakes without a ring, for nothing as far as wait() tells: a ring is likely to follow soon, and
  /// who sleeps may begin to wake now.
  void stir() noexcept;

  /// Returns once rings() isn't `seen`, the token asks to stop, or `longest` is over; also earlier,
  /// now and then.
  void wait(std::uint32_t seen, std::chrono::nanoseconds longest, const std::stop_token& token);

 private:
  std::atomic<std::uint32_t>* counter_;  // in the mapping, which this object owns
};

}  // namespace persistedstream

#endif
