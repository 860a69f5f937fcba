#ifndef EVENTSTREAM_EVENT_TYPE_HPP
#define EVENTSTREAM_EVENT_TYPE_HPP

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace eventstream {

/// The portable name of a kind of event, compared byte for byte: no case folding, no normal forms,
/// no patterns (rule TYP-2). A value; copying copies the name. The hash is computed once, at
/// construction, because a stream looks every appended event's type up.
class EventType {
 public:
  /// The empty name, which no event may carry.
  EventType() = default;
  explicit EventType(std::string name)
      : name_(std::move(name)), hash_(std::hash<std::string>{}(name_)) {}

  const std::string& name() const noexcept { return name_; }
  std::size_t hash() const noexcept { return hash_; }

  friend bool operator==(const EventType& left, const EventType& right) noexcept {
    return left.hash_ == right.hash_ && left.name_ == right.name_;
  }
  friend bool operator<(const EventType& left, const EventType& right) noexcept {
    return left.name_ < right.name_;
  }

 private:
  std::string name_;
  std::size_t hash_ = std::hash<std::string>{}(std::string());
};

/// A set of event types in the order of their names. A value: who gets one owns it, and later
/// changes of the original don't reach it (rules TYP-1, OPN-5). Adding a type that is there already
/// has no effect (FLT-2).
class EventTypeSet {
 public:
  using const_iterator = std::vector<EventType>::const_iterator;

  EventTypeSet() = default;
  EventTypeSet(std::initializer_list<EventType> types)
      : EventTypeSet(std::vector<EventType>(types)) {}
  explicit EventTypeSet(std::vector<EventType> types);

  void insert(EventType type);
  bool contains(const EventType& type) const;
  bool empty() const noexcept { return types_.empty(); }
  std::size_t size() const noexcept { return types_.size(); }
  const_iterator begin() const noexcept { return types_.begin(); }
  const_iterator end() const noexcept { return types_.end(); }

  friend bool operator==(const EventTypeSet&, const EventTypeSet&) = default;

 private:
  std::vector<EventType> types_;
};

}  // namespace eventstream

template <>
struct std::hash<eventstream::EventType> {
  std::size_t operator()(const eventstream::EventType& type) const noexcept { return type.hash(); }
};

#endif
