#ifndef NETWORKSTREAM_WAKES_HPP
#define NETWORKSTREAM_WAKES_HPP

#include <eventstream/source.hpp>

#include <vector>

// Internal to the library.

namespace networkstream {

/// False if an executor couldn't queue the read: it has destroyed it then, which ended its wait.
inline bool wake(const eventstream::Waker& waker) noexcept {
  try {
    waker.notify();
    return true;
  } catch (...) {
    return false;
  }
}

/// Who is to be woken once nothing else is ready. A reader that is woken by the first event of a
/// burst would read it and sleep again, for each of them. One thread at a time.
class Wakes {
 public:
  void later(const eventstream::Waker& waker) { due_.push_back(waker); }
  void now() {
    for (const eventstream::Waker& waker : due_) wake(waker);
    due_.clear();
  }
  bool due() const { return !due_.empty(); }

 private:
  std::vector<eventstream::Waker> due_;
};

}  // namespace networkstream

#endif
