#include <eventstream/semaphore.hpp>

#include <stdexcept>
#include <utility>

namespace eventstream {

Semaphore::Permit::Permit(Permit&& other) noexcept
    : semaphore_(std::exchange(other.semaphore_, nullptr)) {}

Semaphore::Permit& Semaphore::Permit::operator=(Permit&& other) noexcept {
  std::swap(semaphore_, other.semaphore_);
  return *this;
}

Semaphore::Permit::~Permit() {
  if (semaphore_) semaphore_->release();
}

Semaphore::Semaphore(std::size_t permits) : free_(permits) {
  if (permits == 0) throw std::invalid_argument("a semaphore needs a permit");
}

Result<Semaphore::Permit> Semaphore::acquire(const std::stop_token& token) {
  std::unique_lock lock(mutex_);
  if (!released_.wait(lock, token, [this] { return free_ > 0; }) || token.stop_requested()) {
    // It may have been woken for a permit that it doesn't take; another waits for that.
    if (free_ > 0) released_.notify_one();
    return Errc::cancelled;
  }
  --free_;
  return Permit(*this);
}

std::optional<Semaphore::Permit> Semaphore::try_acquire() {
  std::lock_guard lock(mutex_);
  if (free_ == 0) return std::nullopt;
  --free_;
  return Permit(*this);
}

void Semaphore::release() {
  // Notified under the lock: who takes the last permit may destroy the semaphore.
  std::lock_guard lock(mutex_);
  ++free_;
  released_.notify_one();
}

}  // namespace eventstream
