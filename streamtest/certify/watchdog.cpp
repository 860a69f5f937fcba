#include <streamtest/certify/watchdog.hpp>
#include <streamtest/schedule/process_threads.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

Watchdog::Watchdog(std::shared_ptr<History> history, std::chrono::nanoseconds limit, Bark bark,
                   std::function<void()> alive)
    : history_(std::move(history)),
      limit_(limit),
      bark_(std::move(bark)),
      alive_(std::move(alive)),
      thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Watchdog::arm() {
  std::lock_guard lock(mutex_);
  armed_ = true;
  seen_ = history_->progress();
  since_ = std::chrono::steady_clock::now();
}

void Watchdog::disarm() {
  std::lock_guard lock(mutex_);
  armed_ = false;
}

void Watchdog::watch() {
  const Bystander bystander;
  std::unique_lock lock(mutex_);
  const std::chrono::nanoseconds pause = std::clamp<std::chrono::nanoseconds>(
      limit_ / 20, std::chrono::milliseconds(10), std::chrono::seconds(1));
  while (!changed_.wait_for(lock, pause, [this] { return quit_; })) {
    const std::uint64_t progress = history_->progress();
    const auto now = std::chrono::steady_clock::now();
    if (!armed_ || progress != seen_) {
      const bool is_alive = armed_ && alive_;
      seen_ = progress;
      since_ = now;
      if (!is_alive) continue;
      lock.unlock();
      alive_();
      lock.lock();
      continue;
    }
    if (now - since_ < limit_) continue;
    armed_ = false;
    const std::string pending = pending_text(history_->operations(), history_->now());
    lock.unlock();
    bark_(pending);
    lock.lock();
  }
}

std::string hang_text(std::chrono::nanoseconds limit, const std::string& pending) {
  return fmt::format("nothing has happened for {:.3g} s; pending operations:\n{}",
                     std::chrono::duration<double>(limit).count(), pending);
}

std::chrono::nanoseconds watchdog_limit(const Settings& settings, const Capabilities& claims) {
  return std::max<std::chrono::nanoseconds>(3 * longest_wait(settings, claims),
                                            std::chrono::seconds(3));
}

}  // namespace streamtest
