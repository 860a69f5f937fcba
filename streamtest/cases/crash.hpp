#ifndef STREAMTEST_CASES_CRASH_HPP
#define STREAMTEST_CASES_CRASH_HPP

#include <streamtest/cases/apart.hpp>
#include <streamtest/subject/worker.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
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
  /// Which line the worker says, for which time, before it is killed, and how long after it.
  struct Moment {
    WorkerLine::Kind after = WorkerLine::Kind::stored;
    std::uint64_t count = 1;
    std::uint64_t spins = 0;
  };

  /// A fresh stream, in a folder of its own. `longest` limits the data of its events in bytes.
  Crash(Bench& bench, bool truncates, std::uint64_t longest = 20'000);
  Crash(const Crash&) = delete;
  Crash& operator=(const Crash&) = delete;

  /// A process opens the stream, works, and is killed at that moment.
  void run(const Moment& moment);
  /// Between two runs: what was written last is torn off (hook `damage`), so that the batches of
  /// the processes so far need not all be there any more.
  void tear();
  /// Opens the stream, appends to it, and reads all that is there up to that append. A stream that
  /// can't be opened, read or appended to breaks the rule.
  void survey();

  // After survey(); what is wrong, or nothing:
  /// An acknowledged event isn't there any more, or not at the offset that was acknowledged.
  std::optional<std::string> lost() const;
  /// An event that a reader was given isn't there any more.
  std::optional<std::string> taken_back() const;
  /// A batch is there in part, twice or out of order, offsets have a gap, or there is something
  /// that nobody appended.
  std::optional<std::string> torn() const;
  /// What was cut is there again, or what wasn't is missing at the front; an offset below the old
  /// end was given anew.
  std::optional<std::string> cut_forgotten() const;

 private:
  struct Batch {
    bool acknowledged = false;
    bool may_be_lost = false;
    std::vector<eventstream::Offset> offsets = {};  ///< as acknowledged, if the stream tells
  };
  struct Survivor {
    eventstream::Offset offset = 0;
    std::string name;  ///< planned_name; empty if nobody planned it
  };

  void take(const WorkerLine& line);
  void note(const WorkerLine& line);
  [[noreturn]] void ended_early(const std::optional<WorkerLine>& line, Worker& worker);
  Trial& open();
  Reader open_reader(Trial& trial);
  void read_until(Reader& reader, const std::string& sentinel);
  std::optional<std::string> misplaced(std::uint64_t number, const Batch& batch) const;

  Bench* bench_;
  const Apart apart_;
  WorkerTask task_;
  std::map<std::uint64_t, Batch> batches_;
  std::map<eventstream::Offset, std::string> seen_;
  eventstream::Offset cut_ = 0;      ///< the first offset that an acknowledged truncation left
  eventstream::Offset cutting_ = 0;  ///< that one that wasn't acknowledged may have left
  std::size_t runs_ = 0;
  std::map<std::uint64_t, History::Number> pending_;
  std::unique_ptr<Trial> trial_;
  eventstream::Offset start_ = 0;  ///< where the survey began to read
  std::vector<Survivor> survivors_;
  std::map<std::string, eventstream::Offset> places_;  ///< of the survivors, by name
};

}  // namespace streamtest

#endif
