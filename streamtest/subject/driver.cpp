#include <eventstream/async.hpp>
#include <streamtest/schedule/process_threads.hpp>
#include <streamtest/subject/driver.hpp>
#include <streamtest/subject/witness.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace streamtest {

using eventstream::Event;
using eventstream::Result;

std::string_view to_string(Delivery delivery) {
  return delivery == Delivery::blocking ? "next" : "async_next";
}

namespace {

/// Looks for a moment whether it holds. Most reads are done within microseconds, and to sleep and
/// be woken takes several times as long. Gives way in between: on a busy machine the thread that is
/// waited for may have no core yet.
template <typename Condition>
bool soon(Condition holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(20);
  do {
    for (int i = 0; i < 16; ++i)
      if (holds()) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

}  // namespace

bool Slot::done() const {
  return done_.load(std::memory_order_acquire);
}

bool Slot::wait(std::chrono::nanoseconds patience) {
  if (soon([this] { return done(); })) return true;
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return done(); });
}

void Slot::finish(Result<Event> outcome, std::optional<Thrown> thrown) {
  outcome_.emplace(std::move(outcome));
  thrown_ = std::move(thrown);
  on_done_(*this);
  std::lock_guard lock(mutex_);
  done_.store(true, std::memory_order_release);
  changed_.notify_all();
}

namespace {

/// A thread that runs one job after another. Shared by the pool and the thread itself, because a
/// stuck thread outlives the pool.
struct PoolThread {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> job;
  std::atomic<bool> called = false;  // there is a job, or no more
  bool idle = true;
  bool quit = false;

  void run() {
    for (;;) {
      std::optional<Bystander> bystander(std::in_place);
      soon([this] { return called.load(std::memory_order_relaxed); });
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return quit || job; });
      bystander.reset();
      called = quit;
      if (!job) return;
      std::function<void()> current = std::exchange(job, nullptr);
      lock.unlock();
      current();
      current = nullptr;
      lock.lock();
      idle = true;
      changed.notify_all();
    }
  }

  /// False if the thread is inside a call that doesn't return. A thread that has filled its slot is
  /// idle within moments; the second is for a machine that is very busy.
  bool settled() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(1), [this] { return idle; });
  }
};

void call_next(std::shared_ptr<AnyCursor> cursor, Slot& slot, std::stop_token token) {
  Result<Event> outcome = eventstream::Errc::backend_failure;
  std::optional<Thrown> thrown;
  try {
    outcome = cursor->next(std::move(token));
  } catch (const HarnessFailure& failure) {
    thrown = {failure.what(), Thrown::By::harness};
  } catch (const StreamLost& lost) {
    thrown = {lost.what(), Thrown::By::lost_stream};
  } catch (const std::exception& error) {
    thrown = {error.what(), Thrown::By::stream};
  } catch (...) {
    thrown = {"something that is no std::exception", Thrown::By::stream};
  }
  // Let go before the slot says done: whoever waits for it may go on to destroy the cursor for
  // real.
  cursor.reset();
  slot.finish(std::move(outcome), std::move(thrown));
}

class ThreadsDriver final : public Driver {
 public:
  ~ThreadsDriver() override {
    for (Pooled& pooled : workers_) {
      const bool idle = pooled.worker->settled();
      {
        std::lock_guard lock(pooled.worker->mutex);
        pooled.worker->quit = pooled.worker->called = true;
        pooled.worker->changed.notify_all();
      }
      if (idle)
        pooled.thread.join();
      else
        pooled.thread.detach();
    }
  }

  Delivery delivery() const override { return Delivery::blocking; }

  void start(std::shared_ptr<AnyCursor> cursor, std::shared_ptr<Slot> slot,
             bool cancelled) override {
    std::stop_source stop;
    if (cancelled) stop.request_stop();
    slot->cancel = [stop]() mutable { stop.request_stop(); };
    std::lock_guard pool(mutex_);
    PoolThread& worker = idle_worker();
    std::lock_guard lock(worker.mutex);
    worker.idle = false;
    worker.job = [cursor = std::move(cursor), slot = std::move(slot),
                  token = stop.get_token()]() mutable {
      call_next(std::move(cursor), *slot, std::move(token));
    };
    worker.called = true;
    worker.changed.notify_all();
  }

  std::size_t stuck() const override {
    std::lock_guard pool(mutex_);
    std::size_t count = 0;
    for (const Pooled& pooled : workers_)
      if (!pooled.worker->settled()) ++count;
    return count;
  }

 private:
  struct Pooled {
    std::shared_ptr<PoolThread> worker;
    std::thread thread;
  };

  PoolThread& idle_worker() {
    for (Pooled& pooled : workers_) {
      std::lock_guard lock(pooled.worker->mutex);
      if (pooled.worker->idle) return *pooled.worker;
    }
    auto worker = std::make_shared<PoolThread>();
    workers_.push_back({worker, std::thread([worker] { worker->run(); })});
    return *worker;
  }

  mutable std::mutex mutex_;
  std::vector<Pooled> workers_;
};

class AsynchronousDriver final : public Driver {
 public:
  AsynchronousDriver() : work_(context_.get_executor()), thread_([this] { run(); }) {}
  ~AsynchronousDriver() override {
    work_.reset();
    context_.stop();
    thread_.join();
  }

  Delivery delivery() const override { return Delivery::asynchronous; }

  void start(std::shared_ptr<AnyCursor> cursor, std::shared_ptr<Slot> slot,
             bool cancelled) override {
    eventstream::Cursor* native = cursor->native();
    if (!native || cancelled) return threads_.start(std::move(cursor), std::move(slot), cancelled);
    auto signal = std::make_shared<boost::asio::cancellation_signal>();
    slot->cancel = [this, signal] {
      boost::asio::post(context_,
                        [signal] { signal->emit(boost::asio::cancellation_type::terminal); });
    };
    // The handler doesn't hold the cursor: destroying one with a read pending must be possible
    // (LIF-1).
    auto handler = [slot, signal](boost::system::error_code error, Event event) {
      slot->finish(error ? Result<Event>(error) : Result<Event>(std::move(event)));
    };
    native->async_next(boost::asio::bind_cancellation_slot(
        signal->slot(), boost::asio::bind_executor(context_.get_executor(), std::move(handler))));
  }

  std::size_t stuck() const override { return threads_.stuck(); }

 private:
  void run() {
    const Bystander bystander;  // nothing is read by it while programs are explored
    const auto worked = [this] { return context_.poll() > 0 || context_.stopped(); };
    while (!context_.stopped())
      if (!soon(worked)) context_.run_one();
  }

  ThreadsDriver threads_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Driver> make_threads_driver() {
  return std::make_unique<ThreadsDriver>();
}

std::unique_ptr<Driver> make_asynchronous_driver() {
  return std::make_unique<AsynchronousDriver>();
}

}  // namespace streamtest
