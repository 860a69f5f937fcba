#ifndef EVENTSTREAM_EVENT_TYPE_HPP
#define EVENTSTREAM_EVENT_TYPE_HPP

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventstream {

/// The portable name of a kind of event, compared byte for byte: no case folding, no normal forms,
/// no patterns (rule TYP-2).
///
/// An immutable value, and a shared handle: copying costs a reference count, and copies of one type
/// are compared without looking at the text. The hash is computed once, because a stream looks up
/// the type of every appended event. Copies may be used from different threads at once.
class EventType {
 public:
  /// The empty name, which no event may carry.
  EventType() = default;
  explicit EventType(std::string name)
      : contents_(std::make_shared<const Contents>(std::move(name))) {}

  const std::string& name() const noexcept { return contents().name; }
  std::size_t hash() const noexcept { return contents().hash; }

  friend bool operator==(const EventType& left, const EventType& right) noexcept {
    return left.contents_ == right.contents_ ||
           (left.hash() == right.hash() && left.name() == right.name());
  }
  friend bool operator<(const EventType& left, const EventType& right) noexcept {
    return left.name() < right.name();
  }

 private:
  struct Contents {
    explicit Contents(std::string text)
        : name(std::move(text)), hash(std::hash<std::string>{}(name)) {}

    std::string name;
    std::size_t hash;
  };

  const Contents& contents() const noexcept {
    if (contents_) return *contents_;
    static const Contents empty{std::string()};
    return empty;
  }

  std::shared_ptr<const Contents> contents_;
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
  using is_avalanching = void;  // Boost's hash tables need not mix it again

  std::size_t operator()(const eventstream::EventType& type) const noexcept { return type.hash(); }
};

#endif
