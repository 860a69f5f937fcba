#include <eventstream/event_type.hpp>

#include <algorithm>

namespace eventstream {

EventTypeSet::EventTypeSet(std::vector<EventType> types) : types_(std::move(types)) {
  std::sort(types_.begin(), types_.end());
  types_.erase(std::unique(types_.begin(), types_.end()), types_.end());
}

void EventTypeSet::insert(EventType type) {
  auto place = std::lower_bound(types_.begin(), types_.end(), type);
  if (place == types_.end() || !(*place == type)) types_.insert(place, std::move(type));
}

bool EventTypeSet::contains(const EventType& type) const {
  return std::binary_search(types_.begin(), types_.end(), type);
}

}  // namespace eventstream
