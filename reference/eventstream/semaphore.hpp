#ifndef EVENTSTREAM_SEMAPHORE_HPP
#define EVENTSTREAM_SEMAPHORE_HPP

#include <eventstream/result.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>

namespace eventstream {

/// A number of permits that several consumers share, so that no more than so many of their handlers
/// run at once (CNS-7). Thread-safety: any thread. Must outlive its permits.
class Semaphore {
 public:
  /// Held while something runs; its destruction gives it back.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit();

   private:
    friend class Semaphore;
    explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
    Semaphore* semaphore_ = nullptr;
  };

  /// Throws `std::invalid_argument` if there are to be none.
  explicit Semaphore(std::size_t permits);
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Waits for a permit. Errors: `cancelled`.
  Result<Permit> acquire(const std::stop_token& token);
  /// A permit if one is free now.
  std::optional<Permit> try_acquire();

 private:
  void release();

  std::mutex mutex_;
  std::condition_variable_any released_;
  std::size_t free_;
};

}  // namespace eventstream

#endif
