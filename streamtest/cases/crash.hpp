#ifndef STREAMTEST_CASES_CRASH_HPP
#define STREAMTEST_CASES_CRASH_HPP

#include <streamtest/cases/aftermath.hpp>
#include <streamtest/cases/apart.hpp>
#include <streamtest/cases/kill.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What the cases about crashes share. Internal to the cases.

namespace streamtest {

/// One stream whose processes are killed, and what they said before: what was acknowledged, what
/// was read. Then the stream is opened in this process, and what it holds is compared with that.
///
/// A worker appends batches whose content is known from their numbers, and a reader in the same
/// process follows it. Every process goes on with the batch after the last that was begun.
class Crash {
 public:
  /// A fresh stream, in a folder of its own. `longest` limits the data of its events in bytes.
  Crash(Bench& bench, bool truncates, std::uint64_t longest = 20'000);
  Crash(const Crash&) = delete;
  Crash& operator=(const Crash&) = delete;
  ~Crash();

  /// A process opens the stream, works, and is killed at that moment.
  void run(const Moment& moment);
  /// Between two runs: what the last append wrote is torn (hooks `damage` and `reopen`), so that it
  /// need not be there any more.
  void tear();
  /// Opens the stream, appends to it, and reads all that is there up to that append. A stream that
  /// can't be opened, read or appended to breaks the rule.
  void survey();

  /// After survey().
  const Aftermath& aftermath() const { return aftermath_; }
  /// After survey(): the stream, opened here, and all that it holds from the start on.
  Trial& trial() { return *trial_; }
  const std::vector<Logged>& events() const { return events_; }
  /// After survey(): tear() took something away.
  bool was_torn() const;
  /// A truncation that removed something was acknowledged.
  bool has_cut() const { return cut_ > 0; }
  /// After survey(): what was cut is there again, or an offset was given anew; else nothing.
  std::optional<std::string> cut_forgotten();

 private:
  void take(const WorkerLine& line);
  void note(const WorkerLine& line);
  Trial& open();
  bool read_until(const std::string& sentinel);
  eventstream::Result<eventstream::Event> read_below_the_cut();

  Bench* bench_;
  const Apart apart_;
  WorkerTask task_;
  Aftermath aftermath_;
  std::vector<Logged> events_;
  eventstream::Offset cut_ = 0;      ///< the first offset that an acknowledged truncation left
  eventstream::Offset cutting_ = 0;  ///< that one that wasn't acknowledged may have left
  std::size_t runs_ = 0;
  std::map<std::uint64_t, History::Number> pending_;
  std::unique_ptr<Trial> trial_;
};

}  // namespace streamtest

#endif
