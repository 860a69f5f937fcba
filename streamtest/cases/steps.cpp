#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace streamtest {

using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;

void needs_cursors(const Bench& bench, std::size_t count) {
  if (cursor_limit(bench, count) < count)
    throw NotSupported(fmt::format("needs {} cursors at once, beside two of the kit's own", count));
}

std::vector<std::size_t> repeated(const std::vector<std::size_t>& pattern, std::size_t count) {
  std::vector<std::size_t> types;
  for (std::size_t i = 0; i < count; ++i) types.push_back(pattern[i % pattern.size()]);
  return types;
}

Offset must_read(Trial& trial, Reader& reader, Offset position, const EventTypeSet& filter,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<Logged> expected = trial.first_match(position, filter);
    if (!expected) break;
    reader.must_deliver(*expected);
    position = expected->offset + 1;
  }
  return position;
}

namespace {

/// Where the contenders of a race meet. One that leaves for good sets the others free.
class Meeting {
 public:
  explicit Meeting(std::size_t members)
      : members_(members), asleep_(static_cast<std::ptrdiff_t>(members)) {}

  /// Waits for all, however long they take; false if one has left.
  bool meet() {
    asleep_.arrive_and_wait();
    return !left_.load();
  }

  /// As meet(), for members that all come about now; they go on within a fraction of a microsecond.
  bool meet_spinning() {
    const std::uint64_t meeting = held_.load();
    if (arrived_.fetch_add(1) + 1 == members_) {
      arrived_.store(0);
      held_.fetch_add(1);
    } else {
      for (std::uint64_t spins = 0; held_.load() == meeting && !left_.load(); ++spins)
        if (spins > 2000) std::this_thread::yield();
    }
    return !left_.load();
  }

  void leave() {
    left_.store(true);
    asleep_.arrive_and_drop();
  }

 private:
  const std::size_t members_;
  std::barrier<> asleep_;
  std::atomic<std::size_t> arrived_ = 0;
  std::atomic<std::uint64_t> held_ = 0;
  std::atomic<bool> left_ = false;
};

/// Leaves the meeting when its thread ends, whichever way.
struct Leaving {
  Meeting& meeting;
  ~Leaving() { meeting.leave(); }
};

}  // namespace

bool is_failure(const boost::system::error_code& error) {
  using eventstream::Errc;
  for (const Errc lie : {Errc::cursor_closed, Errc::truncated, Errc::cancelled, Errc::not_yet,
                         Errc::timed_out, Errc::skipped, Errc::busy})
    if (error == lie) return false;
  return static_cast<bool>(error);
}

void race(Bench& bench, Rounds rounds, const std::function<void()>& before,
          const std::vector<std::function<void()>>& contenders,
          const std::function<void()>& after) {
  Meeting meeting(contenders.size());
  bool more = true;  // written by the first contender, read by the others after they met
  std::vector<std::function<void()>> threads;
  threads.emplace_back([&] {
    const Leaving leaving{meeting};
    for (;;) {
      more = rounds.more();
      if (more) before();
      if (!meeting.meet() || !more || !meeting.meet_spinning()) return;
      contenders.front()();
      if (!meeting.meet()) return;
      after();
    }
  });
  for (std::size_t i = 1; i < contenders.size(); ++i)
    threads.emplace_back([&meeting, &more, &contender = contenders[i]] {
      const Leaving leaving{meeting};
      for (;;) {
        if (!meeting.meet() || !more || !meeting.meet_spinning()) return;
        contender();
        if (!meeting.meet()) return;
      }
    });
  bench.together(std::move(threads));
}

RacedAppend::RacedAppend(Trial& trial, std::string actor, std::vector<Parcel> batch,
                         std::optional<Offset> expected)
    : trial_(&trial),
      batch_(std::move(batch)),
      expected_(expected),
      call_(trial.witness().history().invoke(
          "append", std::move(actor), "",
          fmt::format("{} events{}", batch_.size(),
                      expected ? fmt::format(", expected {}", *expected) : ""))),
      answer_(eventstream::Errc::unknown_outcome) {}

void RacedAppend::run() {
  try {
    Subject& subject = trial_->subject();
    answer_ = expected_ ? subject.append_expecting(batch_, *expected_) : subject.append(batch_);
  } catch (const std::exception& error) {
    if (is_told(error)) throw;
    throw HarnessFailure(fmt::format("append threw: {}", error.what()));
  }
}

const RacedAppend::Answer& RacedAppend::conclude() {
  Outcome outcome;
  outcome.kind = answer_ ? "ok" : error_name(answer_.error());
  if (answer_ && !answer_->empty()) outcome.offset = answer_->front();
  trial_->witness().history().complete(call_, std::move(outcome));
  return answer_;
}

std::vector<Parcel> some_parcels(Bench& bench, Trial& trial, std::size_t most) {
  std::vector<Parcel> batch;
  for (std::size_t left = batch_limit(bench.capabilities(), 1 + bench.below(most)); left > 0;
       --left)
    batch.push_back(trial.parcel(trial.type(bench.below(3))));
  return batch;
}

namespace {

/// What a process holds that a closed cursor might have left; zeros where the system doesn't tell.
struct Resources {
  std::int64_t threads = 0;
  std::int64_t descriptors = 0;
};

std::int64_t entries(const char* directory) {
  std::error_code error;
  std::filesystem::directory_iterator each(directory, error);
  std::int64_t count = 0;
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) ++count;
  return count;
}

Resources resources() {
  return {entries("/proc/self/task"), entries("/proc/self/fd")};
}

}  // namespace

void must_release(Bench& bench, std::string_view what, const std::function<void()>& cycle) {
  if (bench.factory().in_another_process)
    throw NotSupported("the stream lives in another process: what it holds can't be seen");
  const auto cycles = static_cast<std::int64_t>(bench.size(128, 24));
  Resources start = resources();
  // A pool grows for a while, and then no more; a leak goes on.
  for (int period = 0; period < 3; ++period) {
    start = resources();
    for (std::int64_t i = 0; i < cycles; ++i) cycle();
    bench.count(static_cast<std::uint64_t>(cycles));
    const Resources now = resources();
    if (now.threads - start.threads < cycles / 2 &&
        now.descriptors - start.descriptors < cycles / 2)
      return;
  }
  // What is let go in the background may take its time; what others do in this process is far less
  // than half.
  const auto deadline = std::chrono::steady_clock::now() + bench.patience();
  for (;;) {
    const Resources now = resources();
    const std::int64_t threads = now.threads - start.threads;
    const std::int64_t descriptors = now.descriptors - start.descriptors;
    if (threads < cycles / 2 && descriptors < cycles / 2) return;
    if (std::chrono::steady_clock::now() >= deadline)
      bench.fail(
          fmt::format("{} {} times left {} threads and {} descriptors behind: expected "
                      "everything to be released",
                      what, cycles, std::max<std::int64_t>(threads, 0),
                      std::max<std::int64_t>(descriptors, 0)));
    std::this_thread::yield();
  }
}

void must_return(Bench& bench, std::string_view what, const std::function<void()>& action,
                 const std::function<void()>& free) {
  std::mutex mutex;
  std::condition_variable changed;
  bool returned = false;
  bool in_time = false;
  const auto watch = [&] {
    {
      std::unique_lock lock(mutex);
      in_time = changed.wait_for(lock, bench.patience(), [&] { return returned; });
    }
    if (!in_time) free();
  };
  const auto act = [&] {
    const auto tell = [&] {
      std::lock_guard lock(mutex);
      returned = true;
      changed.notify_all();
    };
    try {
      action();
    } catch (...) {
      tell();
      throw;
    }
    tell();
  };
  bench.together({act, watch});
  if (!in_time)
    bench.fail(fmt::format("{} is stuck: it had not returned within {:.3g} s", what,
                           std::chrono::duration<double>(bench.patience()).count()));
}

}  // namespace streamtest
