#ifndef STREAMTEST_TESTS_MUTANTS_SOURCE_HPP
#define STREAMTEST_TESTS_MUTANTS_SOURCE_HPP

#include "log.hpp"

namespace mutants {

/// One cursor's view of the log.
class LogSource final : public eventstream::Source {
 public:
  LogSource(std::shared_ptr<Log> log, Offset opened_at, Filter filter);
  ~LogSource() override;

  Result<Event> poll() override;
  bool watch(const Waker& waker) override;
  void unwatch() override;

 private:
  bool has(Defect defect) const { return log_->defect() == defect; }
  Offset& position() { return waiter_->position; }
  Result<Event> look();
  bool is_truncated();
  Result<Event> scan();
  bool wants(const Parcel& parcel);
  Result<Event> deliver(Offset offset, const Parcel& parcel);
  void lose_oldest();

  const std::shared_ptr<Log> log_;
  const std::shared_ptr<Waiter> waiter_;
  const Offset opened_at_;
  std::optional<Offset> last_;  ///< the last offset delivered
  // For single defects:
  Offset first_at_open_ = 0;
  Offset end_at_open_ = 0;
  std::shared_ptr<Offset> shared_position_;
  std::uint64_t passed_ = 0;
  bool failed_ = false;
  bool holds_next_ = false;  ///< it had seen what comes next when it was asked last
  bool blocked_ = false;     ///< it waits although something is there
  Parcel buffer_;
};

}  // namespace mutants

#endif
