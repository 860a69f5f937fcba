#include <eventstream/clock.hpp>

#include <condition_variable>
#include <mutex>

namespace eventstream {

bool SteadyClock::wait_for(std::chrono::nanoseconds duration, const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, token, duration, [] { return false; });
  return !token.stop_requested();
}

}  // namespace eventstream
