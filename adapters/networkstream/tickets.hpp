#ifndef NETWORKSTREAM_TICKETS_HPP
#define NETWORKSTREAM_TICKETS_HPP

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

// Internal to the library.

namespace networkstream {

class Tickets;

/// Held for as long as something goes on. Movable; one thread at a time.
class Ticket {
 public:
  explicit Ticket(std::shared_ptr<Tickets> of) : of_(std::move(of)) {}
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket();

 private:
  std::shared_ptr<Tickets> of_;
};

/// Counts what goes on. Thread-safe.
class Tickets : public std::enable_shared_from_this<Tickets> {
 public:
  Ticket give() {
    const std::lock_guard lock(mutex_);
    ++given_;
    return Ticket(shared_from_this());
  }

  /// Until none is held.
  void wait() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return given_ == 0; });
  }

 private:
  friend class Ticket;
  void take_back() {
    const std::lock_guard lock(mutex_);
    if (--given_ == 0) returned_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t given_ = 0;
};

inline Ticket::~Ticket() {
  if (of_) of_->take_back();
}

}  // namespace networkstream

#endif
