#include <streamtest/subject/thread_runtime.hpp>
#include <streamtest/subject/wait_with.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <stdexcept>

namespace streamtest {

class ThreadRuntime::Loop : public boost::asio::io_context {
 public:
  Loop() : boost::asio::io_context(1), work_(get_executor()) {}
  /// Destroys what is queued. A handler may hold the last reference to its own runtime, so this
  /// can't wait for the context's destructor.
  void clear() { shutdown(); }

 private:
  boost::asio::executor_work_guard<executor_type> work_;
};

/// Keeps the loop: a timer that outlives the runtime refers to nothing that is gone.
class ThreadRuntime::SteadyAlarm final : public Alarm,
                                         public std::enable_shared_from_this<SteadyAlarm> {
 public:
  SteadyAlarm(std::shared_ptr<Loop> loop, time_point moment)
      : loop_(std::move(loop)), timer_(*loop_, moment) {}

  void start(std::unique_ptr<Waiter> waiter) override {
    const std::lock_guard lock(mutex_);
    wait_with(timer_, shared_from_this(), std::move(waiter));
  }

  bool cancel() override {
    const std::lock_guard lock(mutex_);
    return timer_.cancel() > 0;
  }

 private:
  std::shared_ptr<Loop> loop_;
  std::mutex mutex_;
  boost::asio::steady_timer timer_;
};

ThreadRuntime::ThreadRuntime() = default;

ThreadRuntime::~ThreadRuntime() {
  end();
}

ThreadRuntime::Loop& ThreadRuntime::begun() {
  const std::lock_guard lock(mutex_);
  // Most streams never ask, and needn't pay. Who asks again after end() or leave() gets no second
  // thread.
  if (!loop_) {
    auto loop = std::make_shared<Loop>();
    thread_ = std::thread([loop] { loop->run(); });
    loop_ = std::move(loop);
  }
  return *loop_;
}

boost::asio::any_io_executor ThreadRuntime::executor(std::string_view) {
  return begun().get_executor();
}

boost::asio::any_io_executor ThreadRuntime::strand(std::string_view) {
  return boost::asio::make_strand(begun().get_executor());
}

std::shared_ptr<Alarm> ThreadRuntime::alarm(time_point moment) {
  begun();
  return std::make_shared<SteadyAlarm>(loop_, moment);
}

void ThreadRuntime::end() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    std::swap(thread, thread_);
  }
  if (!thread.joinable()) return;
  loop_->stop();
  if (thread.get_id() == std::this_thread::get_id()) return thread.detach();
  thread.join();
  loop_->clear();
}

void ThreadRuntime::leave() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) thread_.detach();
}

// ---- Timer: here, because plug-ins find it in the binary only if something there needs its file

Timer::Timer(std::shared_ptr<Runtime> runtime, executor_type executor)
    : runtime_(std::move(runtime)), executor_(std::move(executor)) {
  if (!runtime_) throw std::invalid_argument("streamtest::Timer: there is no runtime");
}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  runtime_ = std::move(other.runtime_);
  executor_ = std::move(other.executor_);
  expiry_ = other.expiry_;
  alarms_ = std::move(other.alarms_);
  return *this;
}

Timer::~Timer() {
  cancel();
}

std::size_t Timer::expires_after(duration after) {
  const time_point now = runtime_->now();
  // What leads beyond the clock's range means never.
  return expires_at(after > time_point::max() - now ? time_point::max() : now + after);
}

std::size_t Timer::expires_at(time_point at) {
  expiry_ = at;
  return cancel();
}

std::size_t Timer::cancel() {
  std::size_t cancelled = 0;
  for (const std::weak_ptr<Alarm>& each : std::exchange(alarms_, {}))
    if (const std::shared_ptr<Alarm> alarm = each.lock()) cancelled += alarm->cancel() ? 1 : 0;
  return cancelled;
}

std::shared_ptr<Alarm> Timer::next_alarm() {
  std::erase_if(alarms_, [](const std::weak_ptr<Alarm>& each) { return each.expired(); });
  std::shared_ptr<Alarm> alarm = runtime_->alarm(expiry_);
  alarms_.push_back(alarm);
  return alarm;
}

}  // namespace streamtest
