#ifndef TESTS_UNIT_CASES_LYING_CURSOR_HPP
#define TESTS_UNIT_CASES_LYING_CURSOR_HPP

#include "lie.hpp"

#include <eventstream/errors.hpp>
#include <eventstream/source.hpp>

#include <mutex>
#include <utility>
#include <vector>

// The cursors of a stream that lies.

namespace streamtest {

/// What is said instead of an answer, if the lie is one of those; throws if it is to.
std::optional<eventstream::Errc> code_of(Lie lie);

/// Who waits on one lying stream. Shared by the stream, which rings after each append and
/// truncation, and its sources, which enter and leave themselves, in their destructor at the
/// latest. A waker may outlive its cursor, so that it is notified without the lock. Thread-safe.
class Bell {
 public:
  void add(const eventstream::Source* source, const eventstream::Waker& waker) {
    const std::lock_guard lock(mutex_);
    wakers_.emplace_back(source, waker);
  }
  void remove(const eventstream::Source* source) {
    const std::lock_guard lock(mutex_);
    std::erase_if(wakers_, [&](const auto& each) { return each.first == source; });
  }
  void ring() {
    std::vector<std::pair<const eventstream::Source*, eventstream::Waker>> woken;
    {
      const std::lock_guard lock(mutex_);
      woken = wakers_;
    }
    for (const auto& each : woken) each.second.notify();
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<const eventstream::Source*, eventstream::Waker>> wakers_;
};

/// Lies in Call::next and Call::close, and only blocks.
std::unique_ptr<AnyCursor> lying_cursor(std::unique_ptr<AnyCursor> truth,
                                        std::shared_ptr<Liar> liar);

/// Lies in Call::poll and Call::wait. The truth is one of the project's own cursors, as this is.
std::unique_ptr<AnyCursor> lying_source(std::unique_ptr<AnyCursor> truth,
                                        std::shared_ptr<Liar> liar, std::shared_ptr<Bell> bell);

}  // namespace streamtest

#endif
