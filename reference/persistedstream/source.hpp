#ifndef PERSISTEDSTREAM_SOURCE_HPP
#define PERSISTEDSTREAM_SOURCE_HPP

#include <persistedstream/tail.hpp>

namespace persistedstream {

/// One cursor of a Stream. It reads either pages of the repository or the cache, never both, and
/// passes from one to the other at its own position: whatever is appended, truncated or lost from
/// the cache in between, it goes on at the first offset that it hasn't looked at.
class PersistedSource final : public eventstream::Source {
 public:
  PersistedSource(std::shared_ptr<Tail> tail, Offset offset, EventTypeSet types);

  Result<eventstream::Event> poll() override;
  bool watch(const eventstream::Waker& waker) override;
  void unwatch() override;

 private:
  Result<eventstream::Event> look();
  Result<eventstream::Event> unless_cut(Result<eventstream::Event> event);
  bool enter_cache(const std::shared_ptr<memorystream::Stream>& cache, Offset position);
  void leave_cache();
  eventstream::Source& current();

  const std::shared_ptr<Tail> tail_;
  const EventTypeSet types_;
  bool truncated_ = false;
  // One of the two, always.
  std::unique_ptr<memorystream::TailSource> live_;
  std::unique_ptr<eventstream::PumpSource> history_;
};

}  // namespace persistedstream

#endif
