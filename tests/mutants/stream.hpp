#ifndef STREAMTEST_TESTS_MUTANTS_STREAM_HPP
#define STREAMTEST_TESTS_MUTANTS_STREAM_HPP

#include "log.hpp"

#include <eventstream/cursor.hpp>
#include <eventstream/identity.hpp>
#include <streamtest/subject/capabilities.hpp>
#include <streamtest/subject/scenario.hpp>

#include <atomic>
#include <stop_token>

namespace mutants {

/// The stand-in: a stream in memory, as simple as can be, correct unless a defect is switched on.
/// Thread-safe; cursors may outlive it.
class Stream {
 public:
  static streamtest::Capabilities capabilities();

  Stream(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  eventstream::Identity application() const;
  Result<EventTypeSet> event_types(const std::stop_token& token = {}) const;
  Result<eventstream::Cursor> open(Offset offset, const EventTypeSet& filter,
                                   const std::stop_token& token = {});
  /// What open() hands to the cursor; for streams that put something in between.
  Result<std::unique_ptr<eventstream::Source>> open_source(Offset offset,
                                                           const EventTypeSet& filter,
                                                           const std::stop_token& token);

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected = {});
  Offset truncate(Offset first_retained);
  /// Closes what is open and opens it anew.
  void reopen() { log_ = backend_->reopen(log_); }
  void fail_next_append() { log_->fail_next_append(); }

  const std::shared_ptr<Log>& log() const { return log_; }

 private:
  bool has(Defect defect) const { return log_->defect() == defect; }

  const std::shared_ptr<Backend> backend_;
  const eventstream::Identity application_;
  std::shared_ptr<Log> log_;
};

}  // namespace mutants

#endif
