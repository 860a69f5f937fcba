#include <persistedstream/tail.hpp>

#include <algorithm>

namespace persistedstream {

namespace {

/// How long a change of another process may go unnoticed if that process was killed between its
/// commit and the wake-up.
constexpr std::chrono::seconds longest_silence{1};

}  // namespace

Tail::Tail(std::shared_ptr<EventRepository> repository, std::uint64_t cache_size)
    : repository_(std::move(repository)), cache_size_(cache_size) {
  renew_cache().value();
  follower_ = std::jthread([this](const std::stop_token& token) { follow(token); });
}

Tail::~Tail() {
  stop();
}

EventTypeSet Tail::known_types() const {
  std::lock_guard lock(mutex_);
  return types_;
}

Result<EventTypeSet> Tail::event_types() {
  Result<EventTypeSet> stored = repository_->event_types();
  if (!stored || *stored == known_types()) return stored;
  // The cache knows fewer; nobody may put a batch into it meanwhile.
  std::lock_guard lock(writing_);
  const Result<void> renewed = renew_cache();
  if (!renewed) return renewed.error();
  return known_types();
}

std::shared_ptr<memorystream::Stream> Tail::cache() const {
  std::lock_guard lock(mutex_);
  return cache_;
}

std::unique_ptr<eventstream::PumpSource> Tail::history(Offset from, const EventTypeSet& types) {
  // Holds the repository and not this: what a pump's thread destroys last must not be the pump.
  return pump_.open(from, [repository = repository_, types](Offset position) {
    Result<Loaded> loaded = repository->load(position, &types);
    if (!loaded) return Result<eventstream::Page>(loaded.error());
    return Result<eventstream::Page>(
        eventstream::Page{.events = std::move(loaded->events),
                          .position = loaded->position,
                          .at_end = loaded->position >= loaded->extent.next});
  });
}

Result<Offset> Tail::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  std::lock_guard lock(writing_);
  const Result<Offset> start = repository_->append(batch, expected);
  if (start && !batch.empty()) cache_batch(*start, batch);
  return start;
}

Result<Offset> Tail::truncate(Offset first_retained) {
  const Result<Offset> first = cut(first_retained);
  if (first) repository_->remove_cut();
  return first;
}

Result<Offset> Tail::cut(Offset first_retained) {
  std::lock_guard lock(writing_);
  const Result<Offset> first = repository_->truncate(first_retained);
  if (first) truncated(*first);
  return first;
}

/// The batch is stored: whatever goes wrong here, the follower comes upon it and mends the cache.
void Tail::cache_batch(Offset start, std::span<const Parcel> batch) noexcept {
  try {
    const std::shared_ptr<memorystream::Stream> cache = this->cache();
    if (!cache) return;
    std::vector<eventstream::Event> events;
    events.reserve(batch.size());
    for (const Parcel& parcel : batch) events.push_back({start + events.size(), parcel});
    static_cast<void>(cache->add(events));
  } catch (const std::exception&) {
    return;
  }
}

/// Readers compare with first_ whatever they are given, so the cache may lag behind.
void Tail::truncated(Offset first) noexcept {
  Offset known = first_.load(std::memory_order_relaxed);
  while (known < first && !first_.compare_exchange_weak(known, first, std::memory_order_release)) {
  }
  // After first_, so that a cursor that meets the cut in the cache knows it for a real one.
  try {
    if (const std::shared_ptr<memorystream::Stream> cache = this->cache()) cache->truncate(first);
  } catch (const std::exception&) {
    return;
  }
}

void Tail::stop() {
  gone_.store(true, std::memory_order_release);
  follower_ = {};
  drop_cache();
  pump_.stop();
}

void Tail::follow(const std::stop_token& token) {
  while (!token.stop_requested()) {
    const std::uint32_t seen = repository_->changes();
    try {
      catch_up();
    } catch (const std::exception&) {  // out of memory: the cursors load for themselves
      drop_cache();
    }
    repository_->wait_for_change(seen, longest_silence, token);
  }
}

void Tail::catch_up() {
  while (!gone()) {
    const std::shared_ptr<memorystream::Stream> cache = this->cache();
    if (!cache) {
      static_cast<void>(renew_cache());
      return;
    }
    const Result<Loaded> loaded = repository_->load(cache->next_offset(), nullptr);
    if (!loaded || !cache->add(loaded->events)) {
      static_cast<void>(renew_cache());
      return;
    }
    // Also what was cut here after it was loaded, and is in the cache now.
    truncated(std::max(loaded->extent.first, first()));
    if (loaded->position >= loaded->extent.next) return;
  }
}

/// Fails if the store does; then there is no cache.
Result<void> Tail::renew_cache() {
  Result<EventTypeSet> types = repository_->event_types();
  const Result<Extent> extent = repository_->extent();
  if (!extent || !types) {
    drop_cache();
    return extent ? types.error() : extent.error();
  }
  truncated(extent->first);
  auto cache = std::make_shared<memorystream::Stream>(
      memorystream::Options{.application = repository_->application(),
                            .event_types = *types,
                            .first_offset = extent->next,
                            .buffer_size = cache_size_});
  {
    std::lock_guard lock(mutex_);
    cache.swap(cache_);
    types_ = *std::move(types);
  }
  cache.reset();  // its cursors go back to the repository
  pump_.wake();   // and those that wait there may come here
  return {};
}

void Tail::drop_cache() {
  std::shared_ptr<memorystream::Stream> cache;
  {
    std::lock_guard lock(mutex_);
    cache.swap(cache_);
  }
  cache.reset();
  pump_.wake();  // those that wait at the end meet the failure too
}

}  // namespace persistedstream
