#ifndef PERSISTEDSTREAM_MEMORY_REPOSITORY_HPP
#define PERSISTEDSTREAM_MEMORY_REPOSITORY_HPP

#include <persistedstream/event_repository.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

namespace persistedstream {

/// A repository that stores in memory, for tests of what uses one. Several streams may share it,
/// one after the other or at once, as if they were processes on one database.
class MemoryRepository final : public EventRepository {
 public:
  /// `page_size`: how many events one load looks at.
  MemoryRepository(eventstream::Identity application, eventstream::EventTypeSet event_types,
                   std::size_t page_size = 256);

  eventstream::Identity application() const override { return application_; }
  eventstream::Result<eventstream::EventTypeSet> event_types() override { return event_types_; }
  eventstream::Result<Extent> extent() override;
  eventstream::Result<Loaded> load(eventstream::Offset from,
                                   const eventstream::EventTypeSet* types) override;
  eventstream::Result<eventstream::Offset> append(
      std::span<const eventstream::Parcel> batch,
      std::optional<eventstream::Offset> expected) override;
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) override;
  std::uint32_t changes() const override;
  void wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                       std::stop_token token) override;

 private:
  const eventstream::Identity application_;
  const eventstream::EventTypeSet event_types_;
  const std::size_t page_size_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint32_t changes_ = 0;
  eventstream::Offset first_ = 0;
  std::deque<eventstream::Parcel> parcels_;  // from first_ on
};

}  // namespace persistedstream

#endif
