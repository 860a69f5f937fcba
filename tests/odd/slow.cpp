#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

void take_a_while() {
  std::this_thread::sleep_for(std::chrono::microseconds(below(200)));
}

class SlowSource final : public SourceAround {
 public:
  using SourceAround::SourceAround;
  Result<Event> poll() override {
    take_a_while();
    return SourceAround::poll();
  }
  bool watch(const Waker& waker) override {
    take_a_while();
    return SourceAround::watch(waker);
  }
  void unwatch() override {
    take_a_while();
    SourceAround::unwatch();
  }
};

/// Slow in all that it does, as if each call crossed a network.
class SlowStream : public mutants::Stream {
 public:
  using Stream::Stream;

  eventstream::Identity application() const {
    take_a_while();
    return Stream::application();
  }
  Result<EventTypeSet> event_types(const std::stop_token& token = {}) const {
    take_a_while();
    return Stream::event_types(token);
  }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    take_a_while();
    Result<std::unique_ptr<Source>> source = open_source(offset, filter, token);
    if (!source) return source.error();
    return Cursor(std::make_unique<SlowSource>(*std::move(source)));
  }
  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected = {}) {
    take_a_while();
    const Result<Offset> start = Stream::append(batch, expected);
    take_a_while();
    return start;
  }
  Offset truncate(Offset first_retained) {
    take_a_while();
    return Stream::truncate(first_retained);
  }
};

}  // namespace

streamtest::SubjectFactory slow(const std::string& name) {
  return streamtest::make_factory<Harness<SlowStream>>(name);
}

}  // namespace odd
