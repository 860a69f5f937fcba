#include <persistedstream/memory_repository.hpp>

#include <algorithm>

namespace persistedstream {

using eventstream::Errc;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

MemoryRepository::MemoryRepository(eventstream::Identity application, EventTypeSet event_types,
                                   std::size_t page_size)
    : application_(std::move(application)),
      event_types_(std::move(event_types)),
      page_size_(page_size) {}

Result<Extent> MemoryRepository::extent() {
  std::lock_guard lock(mutex_);
  return Extent{first_, first_ + parcels_.size()};
}

Result<Loaded> MemoryRepository::load(Offset from, const EventTypeSet* types) {
  std::lock_guard lock(mutex_);
  if (from < first_) return Errc::truncated;
  Loaded loaded{.extent = {first_, first_ + parcels_.size()}, .events = {}, .position = from};
  if (from >= loaded.extent.next) return loaded;
  loaded.position += std::min<Offset>(page_size_, loaded.extent.next - from);
  for (Offset offset = from; offset < loaded.position; ++offset) {
    const Parcel& parcel = parcels_[offset - first_];
    if (!types || types->contains(parcel->type)) loaded.events.push_back({offset, parcel});
  }
  return loaded;
}

Result<Offset> MemoryRepository::append(std::span<const Parcel> batch,
                                        std::optional<Offset> expected) {
  for (const Parcel& parcel : batch) {
    if (!parcel || parcel->source_application.key() != application_.key())
      return Errc::invalid_argument;
    if (!event_types_.contains(parcel->type)) return Errc::unsupported_event_type;
  }
  Offset next = 0;
  {
    std::lock_guard lock(mutex_);
    next = first_ + parcels_.size();
    if (expected && *expected != next) return Errc::conflict;
    if (batch.empty()) return next;
    parcels_.insert(parcels_.end(), batch.begin(), batch.end());
    ++changes_;
  }
  changed_.notify_all();
  return next;
}

Result<Offset> MemoryRepository::truncate(Offset first_retained) {
  {
    std::lock_guard lock(mutex_);
    first_retained = std::min<Offset>(first_retained, first_ + parcels_.size());
    if (first_retained <= first_) return first_;
    parcels_.erase(parcels_.begin(),
                   parcels_.begin() + static_cast<std::ptrdiff_t>(first_retained - first_));
    first_ = first_retained;
    ++changes_;
  }
  changed_.notify_all();
  return first_retained;
}

std::uint32_t MemoryRepository::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

void MemoryRepository::wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                                       std::stop_token token) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, token, longest, [&] { return changes_ != seen; });
}

}  // namespace persistedstream
