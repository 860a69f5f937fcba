#include "around.hpp"
#include "odd.hpp"

#include <condition_variable>
#include <list>

namespace odd {
namespace {

/// An event and the way to the next one. Whoever holds a node holds all that follow.
struct Node {
  Node(Offset at, Parcel of) : offset(at), parcel(std::move(of)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  /// Lets a long tail go node by node: one destructor inside the other would exhaust the stack.
  ~Node() {
    std::shared_ptr<Node> rest = std::move(next);
    while (rest && rest.use_count() == 1) rest = std::move(rest->next);
  }

  const Offset offset;
  const Parcel parcel;
  std::shared_ptr<Node> next;
};

/// What the stream and its cursors share.
struct Chain {
  Chain(eventstream::Identity application, EventTypeSet event_types)
      : name(std::move(application)), types(std::move(event_types)) {}

  const eventstream::Identity name;
  const EventTypeSet types;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::shared_ptr<Node> before_first = std::make_shared<Node>(0, Parcel());
  std::shared_ptr<Node> last = before_first;
  Offset first = 0;
  Offset end = 0;
  bool gone = false;
  bool fail_next = false;
};

/// Stands on the node it looked at last, so no truncation takes from it what follows.
class LinkedCursor {
 public:
  LinkedCursor(std::shared_ptr<Chain> chain, std::shared_ptr<Node> at, Offset from,
               EventTypeSet filter, bool truncated)
      : inside_(std::make_unique<Inside>(
            Inside{std::move(chain), std::move(at), from, std::move(filter), truncated})) {}
  LinkedCursor(LinkedCursor&&) noexcept = default;
  LinkedCursor& operator=(LinkedCursor&&) noexcept = default;
  ~LinkedCursor() {
    if (inside_) (void)close();
  }

  Result<Event> next(const std::stop_token& token) {
    Inside& self = *inside_;
    for (;;) {
      std::unique_lock lock(self.chain->mutex);
      const auto ready = [&] { return self.closed || self.chain->gone || self.at->next; };
      if (self.closed || self.chain->gone) return Errc::cursor_closed;
      if (token.stop_requested()) return Errc::cancelled;
      if (self.truncated) return Errc::truncated;
      self.chain->changed.wait(lock, token, ready);
      if (self.closed || self.chain->gone) return Errc::cursor_closed;
      if (token.stop_requested()) return Errc::cancelled;
      // A bounded run, so that others, a close or a cancel get in.
      for (int budget = 500; budget > 0 && self.at->next; --budget) {
        self.move();
        const Node& node = *self.at;
        if (node.offset >= self.from && self.filter.contains(node.parcel->type))
          return Event{node.offset, node.parcel};
      }
    }
  }

  Result<void> close() {
    std::shared_ptr<Node> held;  // let go after the lock
    const std::lock_guard lock(inside_->chain->mutex);
    if (inside_->closed) return Errc::cursor_closed;
    inside_->closed = true;
    held = std::move(inside_->at);
    inside_->chain->changed.notify_all();
    return {};
  }

 private:
  struct Inside {
    void move() { at = std::shared_ptr<Node>(at->next); }

    std::shared_ptr<Chain> chain;
    std::shared_ptr<Node> at;
    Offset from;
    EventTypeSet filter;
    bool truncated;
    bool closed = false;
  };

  std::unique_ptr<Inside> inside_;
};

/// A linked list, a mutex and a condition variable; nothing of the project's waiting mechanism.
class LinkedStream {
 public:
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::held,
            .conditional_append = true,
            .cursors_outlive_stream = true,
            .twin = true};
  }

  LinkedStream(const std::shared_ptr<Backend>&, const streamtest::Scenario& scenario)
      : chain_(std::make_shared<Chain>(scenario.application, scenario.event_types)) {}
  ~LinkedStream() {
    const std::lock_guard lock(chain_->mutex);
    chain_->gone = true;
    chain_->changed.notify_all();
  }

  eventstream::Identity application() const { return chain_->name; }
  Result<EventTypeSet> event_types(const std::stop_token& token = {}) const {
    if (token.stop_requested()) return Errc::cancelled;
    return chain_->types;
  }

  Result<LinkedCursor> open(Offset offset, const EventTypeSet& filter,
                            const std::stop_token& token = {}) {
    if (token.stop_requested()) return Errc::cancelled;
    if (filter.empty()) return Errc::no_event_types;
    for (const eventstream::EventType& type : filter)
      if (!chain_->types.contains(type)) return Errc::unsupported_event_type;
    const std::lock_guard lock(chain_->mutex);
    std::shared_ptr<Node> at = chain_->last;
    if (offset < chain_->end) {
      at = chain_->before_first;
      while (at->next && at->next->offset < offset) at = std::shared_ptr<Node>(at->next);
    }
    return LinkedCursor(chain_, std::move(at), offset, filter, offset < chain_->first);
  }

  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected = {}) {
    for (const Parcel& parcel : batch) {
      if (!parcel || parcel->source_application != chain_->name) return Errc::invalid_argument;
      if (!chain_->types.contains(parcel->type)) return Errc::unsupported_event_type;
    }
    const std::lock_guard lock(chain_->mutex);
    if (std::exchange(chain_->fail_next, false)) return Errc::backend_failure;
    const Offset start = chain_->end;
    if (expected && *expected != start) return Errc::conflict;
    for (const Parcel& parcel : batch) {
      chain_->last->next = std::make_shared<Node>(chain_->end++, parcel);
      chain_->last = chain_->last->next;
    }
    if (!batch.empty()) chain_->changed.notify_all();
    return start;
  }

  Offset truncate(Offset first_retained) {
    std::shared_ptr<Node> cut;  // let go after the lock
    const std::lock_guard lock(chain_->mutex);
    cut = chain_->before_first;
    chain_->first = std::max(chain_->first, std::min(first_retained, chain_->end));
    std::shared_ptr<Node>& before = chain_->before_first;
    while (before->next && before->next->offset < chain_->first)
      before = std::shared_ptr<Node>(before->next);
    return chain_->first;
  }

  void fail_next_append() {
    const std::lock_guard lock(chain_->mutex);
    chain_->fail_next = true;
  }

 private:
  std::shared_ptr<Chain> chain_;
};

}  // namespace

streamtest::SubjectFactory linked(const std::string& name) {
  return streamtest::make_factory<Harness<LinkedStream>>(name);
}

}  // namespace odd
