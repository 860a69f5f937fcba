#ifndef STREAMTEST_EXPLORE_PERFORMANCE_PARTS_HPP
#define STREAMTEST_EXPLORE_PERFORMANCE_PARTS_HPP

#include <streamtest/explore/performance.hpp>
#include <streamtest/schedule/chooser.hpp>
#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/simulation/context.hpp>
#include <streamtest/subject/witness.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  std::optional<Bystander> stuck = {};  ///< its thread, left where it is
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

/// What an actor that is a handler is about to do. Of one thread.
struct Performance::Part {
  Actor* actor = nullptr;
  const Program* commands = nullptr;
  bool reads_on = false;
  simulation::Executor executor;
  std::size_t next = 0;                     ///< of the commands
  std::shared_ptr<AnyCursor> reading = {};  ///< while a read is under way
};

/// Where asynchronous reads complete: an io_context that one thread runs.
class Performance::Reading {
 public:
  Reading();
  ~Reading();

  boost::asio::io_context& context();

  /// Lets the thread be where it is; what becomes of it a run of an exact way knows itself.
  void leave(bool exact);

 private:
  struct Loop;
  std::shared_ptr<Loop> loop_;
  std::thread thread_;
};

/// Whether to go on waiting: for as long as something came since one looked last, and then for the
/// patience, in pauses that grow.
class Performance::Lull {
 public:
  explicit Lull(const Performance& performance) : performance_(&performance) {}

  /// Pauses; false if nothing has come for the patience. `come` is how much there has been so far.
  bool goes_on(std::size_t come) {
    if (come > come_) {
      come_ = come;
      waited_ = {};
      step_ = std::chrono::milliseconds(1);
      performance_->comes();
    }
    if (waited_ >= performance_->circumstances_.patience) return false;
    performance_->way_->pause(step_);
    waited_ += step_;
    step_ *= 2;
    return true;
  }

 private:
  const Performance* performance_;
  std::size_t come_ = 0;
  std::chrono::nanoseconds waited_{0};
  std::chrono::nanoseconds step_ = std::chrono::milliseconds(1);
};

/// Makes the call and writes down what it came to.
template <typename Act>
void Performance::during(Actor& actor, std::size_t number, Act act) {
  Call result;
  CameTo came_to = CameTo::failed;
  try {
    came_to = act(result);
  } catch (const std::exception& error) {
    came_to = threw(actor.calls[number], error);
  } catch (...) {
    came_to = threw(actor.calls[number], std::runtime_error("something that is no std::exception"));
  }
  if (context_) {
    context_->note(static_cast<std::uint64_t>(came_to));
    context_->note(result.seen.offset);
    for (const std::uint64_t offset : result.offsets) context_->note(offset);
  }
  const std::lock_guard lock(actor.lock);
  Call& call = actor.calls[number];
  call.came_to = came_to;
  call.told = result.told;
  call.cursor = call.kind == CallKind::open ? result.cursor : call.cursor;
  call.offsets = std::move(result.offsets);
  call.cancelled = std::min(call.cancelled, result.cancelled);
  call.seen = result.seen;
  call.completions = result.completions;
  call.inside_call = result.inside_call;
  call.foreign_executor = result.foreign_executor;
  call.returned = ticks_++;
}

}  // namespace streamtest

#endif
