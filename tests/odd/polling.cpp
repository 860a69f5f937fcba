#include "around.hpp"
#include "odd.hpp"

#include <condition_variable>
#include <map>

namespace odd {
namespace {

/// Who waits, and the thread that makes them look every 3 ms. Shared by stream and cursors.
class Clockwork {
 public:
  /// False once the stream is gone: nobody would be woken.
  bool add(const Source* source, const Waker& waker) {
    const std::lock_guard lock(mutex_);
    if (!stopped_) waiting_[source] = waker;
    return !stopped_;
  }
  void remove(const Source* source) {
    Waker waker;  // let go after the lock
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(source);
    if (found == waiting_.end()) return;
    waker = found->second;
    waiting_.erase(found);
  }

  void run() {
    for (bool stopped = false; !stopped;) {
      std::vector<Waker> wakers;
      {
        std::unique_lock lock(mutex_);
        stopped =
            changed_.wait_for(lock, std::chrono::milliseconds(3), [this] { return stopped_; });
        for (const auto& [source, waker] : waiting_) wakers.push_back(waker);
      }
      for (const Waker& waker : wakers) waker.notify();
    }
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::map<const Source*, Waker> waiting_;
};

class PollingSource final : public SourceAround {
 public:
  PollingSource(std::unique_ptr<Source> inner, std::shared_ptr<Clockwork> clockwork)
      : SourceAround(std::move(inner)), clockwork_(std::move(clockwork)) {}
  ~PollingSource() override { clockwork_->remove(this); }

  bool watch(const Waker& waker) override { return clockwork_->add(this, waker); }
  void unwatch() override { clockwork_->remove(this); }

 private:
  std::shared_ptr<Clockwork> clockwork_;
};

/// Appends wake nobody: a reader over a store that can't notify.
class PollingStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.staleness = std::chrono::milliseconds(20);
    return claims;
  }

  PollingStream(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
      : Stream(std::move(backend), scenario),
        clockwork_(std::make_shared<Clockwork>()),
        thread_([clockwork = clockwork_] { clockwork->run(); }) {}
  ~PollingStream() {
    log()->leave();  // before the thread's last round, so that all who wait see it
    clockwork_->stop();
  }

  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    Result<std::unique_ptr<Source>> source = open_source(offset, filter, token);
    if (!source) return source.error();
    return Cursor(std::make_unique<PollingSource>(*std::move(source), clockwork_));
  }

 private:
  std::shared_ptr<Clockwork> clockwork_;
  std::jthread thread_;
};

}  // namespace

streamtest::SubjectFactory polling(const std::string& name) {
  return streamtest::make_factory<Harness<PollingStream>>(name);
}

}  // namespace odd
