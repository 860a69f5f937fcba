#ifndef STREAMTEST_EXPLORE_PERFORMANCE_PARTS_HPP
#define STREAMTEST_EXPLORE_PERFORMANCE_PARTS_HPP

#include <streamtest/explore/performance.hpp>
#include <streamtest/schedule/chooser.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace streamtest {

/// Who does a part of the program. Only its own thread begins and ends calls; others look.
struct Performance::Actor {
  std::uint32_t number = 0;
  std::atomic<streamtest::Actor> thread = 0;  ///< under control; the body's until it has begun
  BriefLock lock;                             ///< guards what is below
  std::vector<Call> calls = {};
  bool finished = true;
};

/// A slot of the program.
struct Performance::Place {
  std::size_t owner = 0;
  BriefLock lock;  ///< guards what is below
  std::shared_ptr<AnyCursor> cursor = {};
  std::uint32_t number = 0;           ///< of the cursor, in the record
  std::function<void()> cancel = {};  ///< the read that is under way; empty if none is
  Tick cancelled = never;             ///< when it was
};

/// Where asynchronous reads complete: an io_context that one thread runs.
class Performance::Reading {
 public:
  Reading();
  ~Reading();

  boost::asio::io_context& context();

  /// Lets the thread be where it is.
  void leave();

 private:
  struct Loop;
  std::shared_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace streamtest

#endif
