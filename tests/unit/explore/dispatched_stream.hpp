#ifndef TESTS_UNIT_EXPLORE_DISPATCHED_STREAM_HPP
#define TESTS_UNIT_EXPLORE_DISPATCHED_STREAM_HPP

#include "../subject/little_stream.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace dispatched {

/// What the readers of one stream wait at.
struct Bell {
  std::mutex mutex;
  std::condition_variable_any rung;
  eventstream::Offset published = 0;  ///< readers see the events before it
  eventstream::Offset end = 0;
};

/// Rings all bells of a process now and then, in one thread that ends with the process.
class Dispatcher {
 public:
  void serve(const std::shared_ptr<Bell>& bell) {
    const std::lock_guard lock(mutex_);
    std::erase_if(bells_, [](const auto& each) { return each.expired(); });
    bells_.push_back(bell);
  }

 private:
  void run(const std::stop_token& token) {
    std::unique_lock lock(mutex_);
    while (!never_.wait_for(lock, token, std::chrono::milliseconds(400), [] { return false; }) &&
           !token.stop_requested())
      for (const std::weak_ptr<Bell>& each : bells_)
        if (const std::shared_ptr<Bell> bell = each.lock()) {
          const std::lock_guard guard(bell->mutex);
          bell->published = bell->end;
          bell->rung.notify_all();
        }
  }

  std::mutex mutex_;
  std::condition_variable_any never_;
  std::vector<std::weak_ptr<Bell>> bells_;
  std::jthread thread_{[this](const std::stop_token& token) { run(token); }};
};

/// One for each tag, made when it is first asked for.
template <typename Tag>
Dispatcher& dispatcher() {
  static Dispatcher value;
  return value;
}

struct Cursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    {
      std::unique_lock lock(bell->mutex);
      bell->rung.wait(lock, token, [this] { return bell->published > at || closed; });
    }
    auto event = inner.next(token);
    if (event) at = event->offset + 1;
    return event;
  }
  eventstream::Result<void> close() {
    const std::lock_guard lock(bell->mutex);
    closed = true;
    bell->rung.notify_all();
    return inner.close();
  }

  eventstream::Cursor inner;
  std::shared_ptr<Bell> bell;
  eventstream::Offset at = 0;
  bool closed = false;
};

struct Stream : AroundMemory {
  eventstream::Result<Cursor> open(eventstream::Offset offset,
                                   const eventstream::EventTypeSet& filter,
                                   const std::stop_token& token) {
    auto opened = memory->open(offset, filter, token);
    if (!opened) return opened.error();
    return Cursor{.inner = *std::move(opened), .bell = bell, .at = offset};
  }

  std::shared_ptr<Bell> bell;
};

/// A correct stream: what is appended wakes nobody, but a thread that all streams of the process
/// share does, within half a second.
template <typename Tag>
struct Harness : LittleHarness {
  using LittleHarness::LittleHarness;
  Stream& stream() { return outer; }
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    auto offsets = LittleHarness::append(batch);
    if (!offsets || offsets->empty()) return offsets;
    std::unique_lock lock(outer.bell->mutex);
    const bool first = outer.bell->end == 0;
    outer.bell->end = std::max(outer.bell->end, offsets->back() + 1);
    lock.unlock();
    if (first) dispatcher<Tag>().serve(outer.bell);
    return offsets;
  }

  Stream outer{{&memory}, std::make_shared<Bell>()};
};

}  // namespace dispatched

#endif
