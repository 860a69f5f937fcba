#ifndef STREAMTEST_TESTS_MUTANTS_READ_AHEAD_HPP
#define STREAMTEST_TESTS_MUTANTS_READ_AHEAD_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>
#include <streamtest/subject/subject.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace mutants {

/// What is wrong with a cursor that reads ahead. One at a time, or none.
enum class AheadDefect {
  none,
  token_of_open_is_parent,
  idle_wait_times_out,
  cancelled_read_drops_handed_over,
  close_waits_for_reading,
  full_queue_holds_thread,
};

/// A thread reads ahead into a queue, as a client of a remote stream does. What is in the queue,
/// and the event that the thread holds while it is full, survive a truncation; close throws them
/// away.
class ReadAhead final : public streamtest::AnyCursor {
 public:
  /// Keeps so many events ready. `token` is that of open.
  ReadAhead(std::unique_ptr<AnyCursor> cursor, std::size_t most,
            AheadDefect defect = AheadDefect::none, const std::stop_token& token = {});
  ~ReadAhead() override;

  eventstream::Result<eventstream::Event> next(std::stop_token token) override;
  eventstream::Result<void> close() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// False if it ended by itself.
  bool wait_for_event(Lock& lock, const std::stop_token& token);
  void wait_for_room(Lock& lock, const std::stop_token& token);
  void fill(const std::stop_token& token);

  const std::unique_ptr<AnyCursor> cursor_;
  const std::size_t most_;
  const AheadDefect defect_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<eventstream::Event> events_;
  std::optional<boost::system::error_code> failure_;
  bool closed_ = false;
  std::jthread thread_;  // it ends before what it uses
  std::optional<std::stop_callback<std::function<void()>>> parent_;
};

}  // namespace mutants

#endif
