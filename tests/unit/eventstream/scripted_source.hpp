#ifndef TESTS_UNIT_EVENTSTREAM_SCRIPTED_SOURCE_HPP
#define TESTS_UNIT_EVENTSTREAM_SCRIPTED_SOURCE_HPP

#include <eventstream/cursor.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

/// What a scripted source is told and what it has seen; shared with the test. `mutex` guards all
/// but the counters.
struct Script {
  using Answer = eventstream::Result<eventstream::Event>;

  std::mutex mutex;
  std::deque<Answer> answers;  ///< what poll gives, one after the other; then `idle`
  Answer idle = eventstream::Errc::not_yet;
  bool watchable = true;          ///< what watch gives
  eventstream::Waker waker;       ///< of the last successful watch
  std::function<void()> on_poll;  ///< runs inside poll, without the mutex
  std::function<void(const eventstream::Waker&)> on_watch;

  std::atomic<int> polls = 0;
  std::atomic<int> watches = 0;   ///< that succeeded
  std::atomic<int> refusals = 0;  ///< that did not
  std::atomic<int> unwatches = 0;
  std::atomic<int> inside = 0;  ///< calls of the source under way
  std::atomic<bool> overlapped = false;
  std::atomic<bool> polled_while_watched = false;
  std::atomic<bool> released = false;

  void give(Answer answer) {
    eventstream::Waker wake;
    {
      std::lock_guard lock(mutex);
      answers.push_back(std::move(answer));
      wake = waker;
    }
    wake.notify();
  }
  void give(eventstream::Offset offset) { give(eventstream::Event{offset, {}}); }
};

/// A source that answers as its script says and notes every breach of the protocol.
class ScriptedSource final : public eventstream::Source {
 public:
  explicit ScriptedSource(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  ~ScriptedSource() override {
    const Entered entered(*script_);
    script_->released = true;
    std::lock_guard lock(script_->mutex);
    script_->waker = {};
  }

  eventstream::Result<eventstream::Event> poll() override {
    const Entered entered(*script_);
    ++script_->polls;
    if (watched_) script_->polled_while_watched = true;
    if (script_->on_poll) script_->on_poll();
    std::lock_guard lock(script_->mutex);
    if (script_->answers.empty()) return script_->idle;
    Script::Answer answer = std::move(script_->answers.front());
    script_->answers.pop_front();
    return answer;
  }

  bool watch(const eventstream::Waker& waker) override {
    const Entered entered(*script_);
    if (script_->on_watch) script_->on_watch(waker);
    std::lock_guard lock(script_->mutex);
    if (!script_->watchable || !script_->answers.empty()) {
      ++script_->refusals;
      return false;
    }
    ++script_->watches;
    script_->waker = waker;
    watched_ = true;
    return true;
  }

  void unwatch() override {
    const Entered entered(*script_);
    ++script_->unwatches;
    watched_ = false;
    std::lock_guard lock(script_->mutex);
    script_->waker = {};
  }

 private:
  struct Entered {
    explicit Entered(Script& entered_script) : script(entered_script) {
      if (script.inside++ != 0) script.overlapped = true;
    }
    ~Entered() { --script.inside; }
    Script& script;
  };

  std::shared_ptr<Script> script_;
  bool watched_ = false;
};

/// A cursor over a new script.
struct Scripted {
  std::shared_ptr<Script> script = std::make_shared<Script>();
  eventstream::Cursor cursor{std::make_unique<ScriptedSource>(script)};

  /// Returns once a read of the cursor waits. A reader that never does hangs the test.
  void until_waiting() const {
    for (;;) {
      std::lock_guard lock(script->mutex);
      if (script->watches > script->unwatches && script->watches > 0) return;
    }
  }
};

#endif
