#ifndef STREAMTEST_SUBJECT_WORKER_HPP
#define STREAMTEST_SUBJECT_WORKER_HPP

#include <streamtest/subject/child_process.hpp>
#include <streamtest/subject/subject.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// A process of its own that appends to a stream and reads it until it is killed, for the rules
// about crashes. The case's side and the process's side are here together.

namespace streamtest {

/// What a worker is to do. Its batches follow from the seed, so that the case knows what it wrote
/// without being told.
struct WorkerTask {
  Scenario scenario;
  std::uint64_t seed = 0;
  std::uint64_t first_batch = 0;  ///< the number of its first batch; the others count up
  std::uint64_t longest = 0;      ///< at most so many bytes of data an event, as far as it is free
  eventstream::Offset from = 0;   ///< where its reader begins
  bool truncates = false;         ///< now and then, up to what its reader has seen or behind it
  bool handles = false;           ///< it works on a handler and not on a stream
};

/// The batch with that number: the same in the worker and in the case.
std::vector<eventstream::Parcel> planned_batch(const SubjectFactory& factory,
                                               const WorkerTask& task, std::uint64_t number);

/// What a handler is given at that offset: the first event of the batch with that number.
eventstream::Event planned_event(const SubjectFactory& factory, const WorkerTask& task,
                                 eventstream::Offset offset);

/// What tells a planned event from all others, read from its token: "12-3" for the member 3
/// (from 0) of batch 12. Empty if the token isn't one of a planned event of that stream.
std::string planned_name(const Scenario& scenario, const std::string& token);

/// One thing that a worker says.
struct WorkerLine {
  enum class Kind {
    ready,     ///< the stream, or the handler, is open
    begun,     ///< append of batch `number` is called next; of a handler, event `number`
    stored,    ///< and succeeded, with these `offsets` if the stream tells them
    refused,   ///< and failed with the error `text`
    cutting,   ///< truncate(offsets[0]) is called next
    cut,       ///< and gave the first offset offsets[0]
    seen,      ///< its reader was given, at offsets[0], the event `text` (its planned_name)
    unread,    ///< its reader was given the error `text`, and reads no more
    unopened,  ///< the stream could not be opened: `text`
    failed,    ///< the harness failed: `text`
  };
  Kind kind = Kind::failed;
  std::uint64_t number = 0;
  std::vector<eventstream::Offset> offsets = {};
  std::string text = {};
};

/// A running worker. For one thread; killed by the destructor.
class Worker {
 public:
  /// `command` starts this program as a worker (Bench::worker_command()). Throws
  /// `std::runtime_error`.
  Worker(const std::vector<std::string>& command, const WorkerTask& task);

  /// What it says next; nothing at its end, or if it says nothing for that long, which ends it.
  std::optional<WorkerLine> next(std::chrono::nanoseconds limit);
  /// Ends it as a crash does. What it said before can still be read.
  void kill() { process_.kill(); }
  /// How it ended, in words.
  std::string wait() { return process_.wait(); }

 private:
  ChildProcess process_;
};

/// The worker's side, after begin_child(): reads its task from standard input, and works until it
/// is killed. Returns an exit code if it can't.
int run_worker(const SubjectFactory& factory);

}  // namespace streamtest

#endif
