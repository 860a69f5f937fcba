#include "around.hpp"
#include "odd.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace odd {
namespace {

constexpr std::chrono::milliseconds group_window{1};

/// A thread commits what all appenders brought within a millisecond, batch by batch, and answers
/// them only then: readers see events long before their append returns.
class CommittingStream : public mutants::Stream {
 public:
  CommittingStream(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
      : Stream(std::move(backend), scenario),
        committer_([this](const std::stop_token& token) { commit(token); }) {}

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected = {}) {
    Waiting mine{batch, expected, std::nullopt};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    changed_.notify_all();
    changed_.wait(lock, [&] { return mine.answer.has_value(); });
    return *std::move(mine.answer);
  }

 private:
  /// On the stack of an appender, who waits for the answer.
  struct Waiting {
    std::span<const Parcel> batch;
    std::optional<Offset> expected;
    std::optional<Result<Offset>> answer;
  };

  void commit(const std::stop_token& token) {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, token, [this] { return !waiting_.empty(); })) return;
      lock.unlock();
      std::this_thread::sleep_for(group_window);
      lock.lock();
      const std::vector<Waiting*> group = std::exchange(waiting_, {});
      lock.unlock();
      std::vector<Result<Offset>> answers;
      answers.reserve(group.size());
      for (const Waiting* each : group)
        answers.push_back(Stream::append(each->batch, each->expected));
      std::this_thread::sleep_for(std::chrono::microseconds(below(1000)));
      lock.lock();
      for (std::size_t i = 0; i < group.size(); ++i) group[i]->answer = answers[i];
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Waiting*> waiting_;
  std::jthread committer_;  ///< last: it ends before what it uses
};

}  // namespace

streamtest::SubjectFactory committing(const std::string& name) {
  return streamtest::make_factory<Harness<CommittingStream>>(name);
}

}  // namespace odd
