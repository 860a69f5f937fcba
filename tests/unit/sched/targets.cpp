#include "targets.hpp"

#include <semaphore.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

namespace targets {

using namespace std::chrono_literals;

void missed_wake_up(bool right) {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> ready = false;
  std::jthread reader([&] {
    std::unique_lock lock(mutex);
    while (!ready) changed.wait(lock);
  });
  if (right) {
    const std::lock_guard lock(mutex);
    ready = true;
  } else {
    ready = true;
  }
  changed.notify_one();
}

namespace {

class Queue {
 public:
  explicit Queue(bool right) : right_(right) {}

  bool next() {
    if (closed_) return false;
    std::unique_lock lock(mutex_);
    while (events_ == 0) {
      if (right_ && closed_) return false;
      ++waiting_;
      changed_.wait(lock);
      --waiting_;
      if (closed_) return false;
    }
    --events_;
    return true;
  }
  void append() {
    {
      const std::lock_guard lock(mutex_);
      ++events_;
    }
    changed_.notify_one();
  }
  void close() {
    closed_ = true;
    bool somebody = false;
    {
      const std::lock_guard lock(mutex_);
      somebody = waiting_ > 0;
    }
    if (somebody) changed_.notify_all();
  }

 private:
  const bool right_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> closed_ = false;
  int events_ = 0;
  int waiting_ = 0;
};

}  // namespace

void close_against_next(bool right) {
  Queue queue(right);
  std::jthread reader([&] {
    while (queue.next()) {
    }
  });
  std::jthread writer([&] { queue.append(); });
  writer.join();
  queue.close();
}

void two_locks(bool right) {
  std::mutex first;
  std::mutex second;
  std::jthread other([&] {
    const std::lock_guard one(right ? first : second);
    const std::lock_guard two(right ? second : first);
  });
  const std::lock_guard one(first);
  const std::lock_guard two(second);
}

void shared_condition(bool right) {
  std::mutex mutex;
  std::condition_variable changed;
  int items = 0;
  bool full = false;
  const auto notify = [&] { right ? changed.notify_all() : changed.notify_one(); };
  const auto put = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !full; });
    ++items;
    full = true;
    notify();
  };
  const auto take = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return full; });
    --items;
    full = false;
    notify();
  };
  const std::array<std::jthread, 4> all{std::jthread(put), std::jthread(put), std::jthread(take),
                                        std::jthread(take)};
}

void time_out_against_append(bool right) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<int> event;
  int taken = 0;
  bool waiting = false;
  std::thread writer([&] {
    const std::lock_guard lock(mutex);
    event = 1;
    if (waiting) {  // handed over to the one who waits
      taken = *event;
      event.reset();
    }
    changed.notify_one();
  });
  int got = 0;
  {
    std::unique_lock lock(mutex);
    waiting = true;
    const auto result = changed.wait_for(lock, 10ms);
    waiting = false;
    if (right || result == std::cv_status::no_timeout) got = event.value_or(taken);
  }
  writer.join();
  if (got == 0 && !event) throw std::runtime_error("the event is lost");
}

void long_prefix(bool right) {
  std::mutex mutex;
  int steps = 0;
  int left = -1;
  const auto count = [&] {
    for (int i = 0; i < 30; ++i) {
      const std::lock_guard lock(mutex);
      ++steps;
    }
  };
  std::thread long_one([&] {
    count();
    const std::lock_guard lock(mutex);
    if (left == -1) left = 0;
  });
  {
    const std::lock_guard lock(mutex);
    if (left == -1) left = 1;
  }
  bool before = false;
  {
    const std::lock_guard lock(mutex);
    before = left == 0 && steps == 30;
  }
  long_one.join();
  if (before && !right) throw std::runtime_error("the short one came after the long one");
}

void atomic_wait(bool right) {
  std::atomic<int> value = 0;
  std::jthread reader([&] { value.wait(0); });
  if (!right) value.notify_one();
  value = 1;
  if (right) value.notify_one();
}

void stop_callback(bool right) {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> stopped = false;
  std::jthread reader([&](const std::stop_token& token) {
    const std::stop_callback callback(token, [&] {
      if (right) {
        const std::lock_guard lock(mutex);
        stopped = true;
      } else {
        stopped = true;
      }
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stopped.load(); });
  });
}

void shared_mutex() {
  std::shared_mutex mutex;
  int value = 0;
  const auto read = [&] {
    const std::shared_lock lock(mutex);
    const int before = value;
    std::this_thread::yield();
    if (value != before) throw std::runtime_error("changed under a shared lock");
  };
  std::jthread first(read);
  std::jthread second(read);
  for (int i = 0; i < 2; ++i) {
    const std::unique_lock lock(mutex);
    ++value;
  }
}

void latch_and_semaphore() {
  std::latch begun(2);
  std::counting_semaphore<2> places(1);
  int inside = 0;
  const auto enter = [&] {
    begun.arrive_and_wait();
    places.acquire();
    if (++inside != 1) throw std::runtime_error("two in one place");
    std::this_thread::yield();
    --inside;
    places.release();
  };
  std::jthread first(enter);
  std::jthread second(enter);
}

void call_once_and_async() {
  std::once_flag once;
  int calls = 0;
  const auto call = [&] {
    std::call_once(once, [&] {
      std::this_thread::yield();
      ++calls;
    });
    return calls;
  };
  auto other = std::async(std::launch::async, call);
  if (call() != 1 || other.get() != 1) throw std::runtime_error("not once");
}

void recursive_and_timed_mutex() {
  std::recursive_mutex recursive;
  std::timed_mutex timed;
  std::jthread other([&] {
    const std::lock_guard outer(recursive);
    const std::lock_guard inner(recursive);
    if (timed.try_lock_for(1h)) timed.unlock();
  });
  const std::lock_guard outer(timed);
  if (recursive.try_lock()) recursive.unlock();
}

void semaphores_of_posix() {
  sem_t filled;
  sem_init(&filled, 0, 0);
  {
    std::jthread writer([&] { sem_post(&filled); });
    sem_wait(&filled);
  }
  sem_destroy(&filled);
}

}  // namespace targets
