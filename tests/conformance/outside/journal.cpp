#include "journal.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace journal {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

struct Pages {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Parcel> events;
};

struct Reader::State {
  struct Look {
    std::optional<Event> event;
    bool at_the_end = false;
  };

  /// The next event that is wanted, among so many at most that nobody waits long for the lock.
  Look look() {
    const std::lock_guard lock(pages->mutex);
    for (int looked = 0; looked < 1000 && position < pages->events.size(); ++looked) {
      const Offset offset = position++;
      const Parcel& parcel = pages->events[offset];
      if (wanted.contains(parcel->type)) return {.event = Event{offset, parcel}};
    }
    return {.event = std::nullopt, .at_the_end = position >= pages->events.size()};
  }

  /// Returns when there may be something new.
  void wait(const std::stop_token& token) {
    std::unique_lock lock(pages->mutex);
#ifdef JOURNAL_MENDED
    pages->changed.wait(
        lock, [&] { return closed || token.stop_requested() || position < pages->events.size(); });
#else
    if (!closed && !token.stop_requested()) pages->changed.wait(lock);
#endif
  }

  std::shared_ptr<Pages> pages;
  Offset position;
  EventTypeSet wanted;
  bool closed = false;
};

Reader::Reader(std::shared_ptr<Pages> pages, Offset begin, EventTypeSet wanted)
    : state_(std::make_unique<State>(std::move(pages), begin, std::move(wanted))) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() {
  if (state_) (void)close();
}

Result<Event> Reader::next(std::stop_token token) {
  Pages& pages = *state_->pages;
  const std::stop_callback wake(token, [&pages] {
    const std::lock_guard lock(pages.mutex);
    pages.changed.notify_all();
  });
  for (;;) {
    {
      const std::lock_guard lock(pages.mutex);
      if (state_->closed) return Errc::cursor_closed;
      if (token.stop_requested()) return Errc::cancelled;
    }
    State::Look look = state_->look();
    if (look.event) return *std::move(look.event);
    if (look.at_the_end) state_->wait(token);
  }
}

Result<void> Reader::close() {
  const std::lock_guard lock(state_->pages->mutex);
  if (std::exchange(state_->closed, true)) return Errc::cursor_closed;
  state_->pages->changed.notify_all();
  return {};
}

Journal::Journal(eventstream::Identity owner, EventTypeSet types)
    : owner_(std::move(owner)), types_(std::move(types)), pages_(std::make_shared<Pages>()) {}

Result<EventTypeSet> Journal::event_types(std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  return types_;
}

Result<Reader> Journal::open(Offset begin, const EventTypeSet& wanted, std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (wanted.empty()) return Errc::no_event_types;
  for (const eventstream::EventType& type : wanted)
    if (!types_.contains(type)) return Errc::unsupported_event_type;
  return Reader(pages_, begin, wanted);
}

Offset Journal::append(std::span<const Parcel> events) {
  const std::lock_guard lock(pages_->mutex);
  const Offset first = pages_->events.size();
  pages_->events.insert(pages_->events.end(), events.begin(), events.end());
  pages_->changed.notify_all();
  return first;
}

}  // namespace journal
