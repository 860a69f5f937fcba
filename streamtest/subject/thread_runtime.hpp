#ifndef STREAMTEST_SUBJECT_THREAD_RUNTIME_HPP
#define STREAMTEST_SUBJECT_THREAD_RUNTIME_HPP

#include <streamtest/subject/runtime.hpp>

#include <memory>
#include <mutex>
#include <thread>

namespace streamtest {

/// The runtime of a stream that isn't simulated: one thread, begun when somebody asks for an
/// executor or waits, and real time.
class ThreadRuntime final : public Runtime {
 public:
  ThreadRuntime();
  /// As end().
  ~ThreadRuntime() override;

  boost::asio::any_io_executor executor(std::string_view actor) override;
  boost::asio::any_io_executor strand(std::string_view actor) override;
  time_point now() const override { return clock::now(); }
  std::shared_ptr<Alarm> alarm(time_point moment) override;

  /// After the harness: joins the thread, which waits for the handler that is running, and destroys
  /// what is left. The thread that runs handlers can't join itself, and is let go.
  void end();
  /// Lets the thread be where it is, for a stream that is stuck: what it uses is kept for ever.
  void leave();

 private:
  class Loop;
  class SteadyAlarm;

  Loop& begun();

  std::mutex mutex_;  ///< guards the thread
  std::shared_ptr<Loop> loop_;
  std::thread thread_;
};

/// A runtime that ends with its owner, whoever still has it: a handler that is left may hold the
/// stream, and the stream the runtime. To be destroyed after the stream.
class OwnedRuntime {
 public:
  OwnedRuntime() = default;
  OwnedRuntime(const OwnedRuntime&) = delete;
  OwnedRuntime& operator=(const OwnedRuntime&) = delete;
  ~OwnedRuntime() { runtime_->end(); }

  std::shared_ptr<Runtime> shared() const { return runtime_; }

 private:
  std::shared_ptr<ThreadRuntime> runtime_ = std::make_shared<ThreadRuntime>();
};

}  // namespace streamtest

#endif
